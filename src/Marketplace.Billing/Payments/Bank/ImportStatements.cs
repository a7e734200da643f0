using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>Keeps the statements of a file, all or none of them, and each entry once however many statements show it.</summary>
internal sealed class ImportStatements(MarketplaceDbContext db, IOptions<BillingOptions> options, IdFactory ids, TimeProvider time)
{
    private const int MaxLength = 20_000_000;
    private const int MaxEntries = 50_000;

    public sealed record Kept(IReadOnlyList<BankStatementRow> Statements, int New);

    public async Task<Outcome<Kept>> KeepAsync(string content, CancellationToken ct)
    {
        string text = (content ?? "").Trim().TrimStart('\uFEFF');
        if (text.Length is 0 or > MaxLength)
            return Problem.Invalid(
                "/content",
                "The file is empty or too large.",
                "Import a statement of at most 20 MB; ask the bank for shorter periods."
            );
        var read = text[0] == '<' ? Camt.Read(text) : StatementCsv.Read(text);
        if (!read.IsOk)
            return read.Problem;
        if (read.Value.Sum(s => s.Movements.Count) > MaxEntries)
            return Problem.Invalid("/content", $"The file has more than {MaxEntries:N0} entries.", "Ask the bank for shorter periods.");
        if (read.Value.FirstOrDefault(s => !IsOurs(s.Account)) is { } other)
            return Problem.Invalid(
                "/content",
                $"This is a statement of the account {other.Account}, which is not the network's.",
                "Import the network's own statement, or add the account to Billing:BankTransfer:OtherAccounts."
            );
        return await db.InTransactionAsync(t => SaveAsync(read.Value, t), ct);
    }

    // Whoever has told the marketplace no account takes any.
    private bool IsOurs(string account)
    {
        BankTransferOptions bank = options.Value.BankTransfer;
        return bank.AccountNumber.Length == 0
            || bank.OtherAccounts.Prepend(bank.AccountNumber).Any(a => AccountNumbers.Compact(a) == account);
    }

    private async Task<Kept> SaveAsync(IReadOnlyList<BankStatement> statements, CancellationToken ct)
    {
        await db.TakeTurnAsync(TransferDesk.Turn, ct);
        List<BankStatementRow> kept = [];
        int fresh = 0;
        foreach (BankStatement statement in statements)
        {
            string currency = statement.Currency.Code;
            BankStatementRow? row = await db.Set<BankStatementRow>()
                .AsNoTracking()
                .SingleOrDefaultAsync(s => s.Account == statement.Account && s.Currency == currency && s.Number == statement.Number, ct);
            if (row is null)
            {
                row = new BankStatementRow
                {
                    Id = ids.New(IdPrefix.BankStatement),
                    Account = statement.Account,
                    Number = statement.Number,
                    Currency = currency,
                    Closing = statement.Closing?.Micros,
                    ClosingOn = statement.ClosingOn,
                    Entries = statement.Movements.Count,
                    ImportedAt = time.GetUtcNow(),
                };
                db.Add(row);
                db.Audit("bank-statement.imported", "bank statement", row.Id, $"{statement.Account} {statement.Number}");
                await db.SaveChangesAsync(ct);
            }
            kept.Add(row);
            fresh += await AddAsync(row, statement, ct);
            await db.SaveChangesAsync(ct);
        }
        return new Kept(kept, fresh);
    }

    private async Task<int> AddAsync(BankStatementRow row, BankStatement statement, CancellationToken ct)
    {
        var references = statement.Movements.Select(m => m.Reference).ToList();
        var known = (
            await db.Set<BankEntryRow>()
                .Where(e => e.Account == row.Account && e.Currency == row.Currency && references.Contains(e.Reference))
                .Select(e => new { e.Reference, e.Incoming })
                .ToListAsync(ct)
        )
            .Select(e => (e.Reference, e.Incoming))
            .ToHashSet();
        int added = 0;
        foreach (BankMovement movement in statement.Movements.Where(m => known.Add((m.Reference, m.Incoming))))
        {
            db.Add(
                new BankEntryRow
                {
                    Id = ids.New(IdPrefix.BankEntry),
                    StatementId = row.Id,
                    Account = row.Account,
                    Currency = row.Currency,
                    Reference = movement.Reference,
                    Incoming = movement.Incoming,
                    Reversal = movement.Reversal,
                    BookedOn = movement.BookedOn,
                    Amount = movement.Amount.Micros,
                    Counterparty = movement.Counterparty,
                    CounterpartyAccount = movement.CounterpartyAccount,
                    Details = movement.Details,
                    State = BankEntryState.Open,
                }
            );
            added++;
        }
        return added;
    }
}
