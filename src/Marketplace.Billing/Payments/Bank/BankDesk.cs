using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.States;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>What the network desk sees of the bank, and what it decides about entries that explain themselves to nobody.</summary>
internal sealed class BankDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    ImportStatements import,
    MatchEntries match,
    TransferDesk transfers,
    LocalPaymentProvider bank,
    IPartyNames names,
    OpenBooks books,
    IChangeFeed changes,
    TimeProvider time
) : IBankStatements
{
    private const int MaxReason = 300;

    /// <summary>Announced when anything about the bank changes; for the desk's page.</summary>
    public const string Topic = "bank";

    public static readonly TransitionTable<BankEntryState> States = new(
        "Bank entry",
        (BankEntryState.Open, [BankEntryState.Booked, BankEntryState.Dismissed]),
        (BankEntryState.Dismissed, [BankEntryState.Open]),
        (BankEntryState.Booked, [])
    );

    public static readonly KeySorting<BankEntryRow> Sorting = KeySorting<BankEntryRow>
        .NewestFirst("importedAt", e => e.Id)
        .By("bookedOn", e => e.BookedOn)
        .By("amount", e => e.Currency, e => e.Amount);

    public async Task<Outcome<BankImport>> ImportAsync(string content, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        var kept = await import.KeepAsync(content, ct);
        if (!kept.IsOk)
            return kept.Problem;
        int booked = await match.RunAsync(ct);
        return new BankImport(
            [.. kept.Value.Statements.Select(View)],
            kept.Value.New,
            booked,
            await Entries().LongCountAsync(e => e.State == BankEntryState.Open, ct)
        );
    }

    public async Task<Outcome<int>> MatchAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        return await books.RefuseAsync(ct) is { } behind ? behind : await match.RunAsync(ct);
    }

    public async Task<Outcome<IReadOnlyList<BankStanding>>> StandingAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        var newest = (
            await db.ReadAsync(
                "select distinct on (currency) id from billing.bank_statement where closing is not null order by currency, closing_on desc, id desc",
                r => r.GetString(0),
                ct
            )
        ).ToHashSet(StringComparer.Ordinal);
        var said = (await db.Set<BankStatementRow>().AsNoTracking().Where(s => newest.Contains(s.Id)).ToListAsync(ct)).ToDictionary(
            s => s.Currency,
            View,
            StringComparer.Ordinal
        );
        var open = await Entries()
            .Where(e => e.State == BankEntryState.Open)
            .GroupBy(e => new { e.Currency, e.Incoming })
            .Select(g => new { g.Key, Sum = g.Sum(e => e.Amount) })
            .ToDictionaryAsync(g => (g.Key.Currency, g.Key.Incoming), g => g.Sum, ct);
        var ours = (
            await db.ReadAsync(
                """
                select a.currency, b.debits - b.credits from billing.account a
                join billing.balances(array(select id from billing.account where kind = 'bank')) b on b.account_id = a.id
                """,
                r => (Currency: r.GetString(0), Micros: r.GetInt64(1)),
                ct
            )
        ).ToDictionary(r => r.Currency, r => r.Micros, StringComparer.Ordinal);
        return Currency
            .All.Where(c => ours.ContainsKey(c.Code) || said.ContainsKey(c.Code))
            .Select(c => new BankStanding(
                c,
                new Money(ours.GetValueOrDefault(c.Code), c),
                new Money(open.GetValueOrDefault((c.Code, true)), c),
                new Money(open.GetValueOrDefault((c.Code, false)), c),
                said.GetValueOrDefault(c.Code)
            ))
            .ToList();
    }

    public async Task<Outcome<Page<BankEntryView>>> EntriesAsync(BankEntryQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        IQueryable<BankEntryRow> rows = Entries();
        if (query.State is { } state)
            rows = rows.Where(e => e.State == state);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string like = $"%{query.Search.Trim()}%";
            rows = rows.Where(e =>
                EF.Functions.ILike(e.Reference, like)
                || EF.Functions.ILike(e.Details, like)
                || EF.Functions.ILike(e.Counterparty!, like)
                || EF.Functions.ILike(e.CounterpartyAccount!, like)
            );
        }
        long? total = query.Cursor is null ? await rows.LongCountAsync(ct) : null;
        return (await Sorting.PageAsync(rows, query, total, ct)).Select(View);
    }

    public async Task<Outcome<BankEntryView>> AssignAsync(string entryId, string partyId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (string.IsNullOrEmpty(partyId) || await names.NameAsync(partyId, ct) is null)
            return Problem.Invalid("/partyId", $"There is no organisation '{partyId}'.", "Choose the customer whose money arrived.");
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        return await DecideAsync(
            entryId,
            async (entry, t) =>
            {
                if (entry is { State: BankEntryState.Booked, PaymentId: not null } && entry.PartyId == partyId)
                    return null;
                if (entry.State != BankEntryState.Open)
                    return Decided(entry);
                if (!entry.Incoming || entry.Reversal)
                    return Problem.Conflict(
                        "bank-entry-not-credit",
                        "This is no money that came in. Settle what it is about, then dismiss it with a reason."
                    );
                var amount = new Money(entry.Amount, Currency.Parse(entry.Currency));
                string? waiting = await db.Set<PaymentRow>()
                    .Where(p =>
                        p.PartyId == partyId
                        && p.Provider == bank.Name
                        && p.State == PaymentState.RequiresAction
                        && p.Amount == entry.Amount
                        && p.Currency == entry.Currency
                    )
                    .OrderBy(p => p.Id)
                    .Select(p => p.Id)
                    .FirstOrDefaultAsync(t);
                var booked = waiting is null
                    ? await transfers.CreditAsync(partyId, amount, entry.Reference, entry.Id, t)
                    : await transfers.BookAsync(waiting, entry.Reference, t);
                if (!booked.IsOk)
                    return booked.Problem;
                match.Book(entry, new Awaited(AwaitedKind.Payment, booked.Value.Id, partyId, amount));
                return null;
            },
            ct
        );
    }

    public async Task<Outcome<BankEntryView>> DismissAsync(string entryId, string reason, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (reason?.Trim() is not { Length: > 0 and <= MaxReason } why)
            return Problem.Invalid(
                "/reason",
                "The reason is missing or too long.",
                "Say what the entry is, for example the bank's own fee."
            );
        return await DecideAsync(
            entryId,
            (entry, _) =>
            {
                if (entry.State == BankEntryState.Dismissed && entry.Reason == why)
                    return Task.FromResult<Problem?>(null);
                if (entry.State != BankEntryState.Open)
                    return Task.FromResult<Problem?>(Decided(entry));
                entry.State = States.Move(entry.State, BankEntryState.Dismissed);
                (entry.Reason, entry.DecidedAt) = (why, time.GetUtcNow());
                db.Audit("bank-entry.dismissed", "bank entry", entry.Id, why);
                return Task.FromResult<Problem?>(null);
            },
            ct
        );
    }

    public async Task<Outcome<BankEntryView>> ReopenAsync(string entryId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        return await DecideAsync(
            entryId,
            (entry, _) =>
            {
                if (entry.State == BankEntryState.Open)
                    return Task.FromResult<Problem?>(null);
                if (entry.State != BankEntryState.Dismissed)
                    return Task.FromResult<Problem?>(Decided(entry));
                entry.State = States.Move(entry.State, BankEntryState.Open);
                (entry.Reason, entry.DecidedAt) = (null, null);
                db.Audit("bank-entry.reopened", "bank entry", entry.Id, "Dismissal taken back");
                return Task.FromResult<Problem?>(null);
            },
            ct
        );
    }

    private Task<Outcome<BankEntryView>> DecideAsync(
        string entryId,
        Func<BankEntryRow, CancellationToken, Task<Problem?>> decide,
        CancellationToken ct
    ) =>
        db.InTransactionAsync(
            async t =>
            {
                await db.TakeTurnAsync(TransferDesk.Turn, t);
                if (await match.LockAsync(entryId, t) is not { } entry)
                    return Problem.NotFound("bank entry", entryId);
                if (await decide(entry, t) is { } problem)
                    return problem;
                changes.Announce(Topic);
                await db.SaveChangesAsync(t);
                return Outcome<BankEntryView>.Ok(View(entry));
            },
            ct,
            o => o.IsOk
        );

    private IQueryable<BankEntryRow> Entries() => db.Set<BankEntryRow>().AsNoTracking();

    private static Problem Decided(BankEntryRow entry) =>
        Problem.Conflict("bank-entry-decided", $"This entry is {entry.State} already. Look at it again.");

    private static BankStatementView View(BankStatementRow row)
    {
        Currency currency = Currency.Parse(row.Currency);
        return new BankStatementView(
            row.Id,
            row.Account,
            row.Number,
            currency,
            row.Closing is { } micros ? new Money(micros, currency) : null,
            row.ClosingOn,
            row.Entries,
            row.ImportedAt
        );
    }

    private static BankEntryView View(BankEntryRow row) =>
        new(
            row.Id,
            row.Account,
            row.Reference,
            row.BookedOn,
            new Money(row.Amount, Currency.Parse(row.Currency)),
            row.Incoming,
            row.Reversal,
            row.Counterparty,
            row.CounterpartyAccount,
            row.Details,
            row.State,
            row.PartyId,
            row.PaymentId,
            row.RefundId,
            row.PayoutId,
            row.Reason
        );
}
