using Marketplace.Billing.Contracts;
using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Sealing;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Npgsql;

namespace Marketplace.Billing.Ledger;

/// <summary>Holds, and the ledger's readings by way of <see cref="LedgerReader"/> and <see cref="AccountReader"/>.</summary>
internal sealed class GeneralLedger(
    MarketplaceDbContext db,
    ActorContext actor,
    Holds holds,
    ManyHolds many,
    LedgerWriter writer,
    LedgerReader reader,
    AccountReader accounts,
    BooksCheck books,
    SealChain seals,
    Collection collection,
    Lending lending,
    TimeProvider time
) : ILedger
{
    public Task<Outcome<HoldView>> HoldAsync(
        string reference,
        string customerId,
        Money amount,
        DateTimeOffset? expiresAt,
        CancellationToken ct
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        ArgumentOutOfRangeException.ThrowIfNegative(amount.Micros);
        if (!MayMove(customerId))
            return Task.FromResult(Outcome<HoldView>.Fail(Problem.Forbidden("You can set aside your own organisation's money only.")));
        return db.InTransactionAsync(t => PlaceAsync(reference, customerId, amount, expiresAt, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<HoldView>> PlaceAsync(
        string reference,
        string customerId,
        Money amount,
        DateTimeOffset? expiresAt,
        CancellationToken ct
    )
    {
        LockedWallet wallet = await holds.LockWalletAsync(customerId, amount.Currency, ct);
        if (await holds.FindAsync(reference, ct) is { } there)
        {
            return HoldRules.Repeated(there, customerId, new HoldRequest(reference, amount)) is { } other ? other : there.View();
        }
        wallet = await WithLineAsync(wallet, customerId, amount, ct);
        if (HoldRules.Missing(wallet, amount) is { } missing)
            return missing;
        DateTimeOffset now = time.GetUtcNow();
        await holds.OpenAsync(reference, customerId, amount, now, expiresAt, ct);
        await MoveInAsync(reference, customerId, wallet, amount, reference, now, ct);
        return new HoldView(reference, customerId, amount, amount, expiresAt, Resolved: false);
    }

    public Task<IReadOnlyList<Problem?>> HoldManyAsync(string customerId, IReadOnlyList<HoldGroup> groups, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (HoldRequest hold in groups.SelectMany(g => g.Holds))
        {
            ArgumentException.ThrowIfNullOrEmpty(hold.Reference);
            ArgumentOutOfRangeException.ThrowIfNegative(hold.Amount.Micros);
        }
        return MayMove(customerId)
            ? db.InTransactionAsync(t => many.PlaceAsync(customerId, groups, t), ct)
            : Task.FromResult<IReadOnlyList<Problem?>>([
                .. groups.Select(_ => Problem.Forbidden("You can set aside your own organisation's money only.")),
            ]);
    }

    public Task<Outcome<HoldView>> GrowHoldAsync(string reference, Money by, string idempotencyKey, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(by.Micros);
        return db.InTransactionAsync(t => GrowAsync(reference, by, idempotencyKey, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<HoldView>> GrowAsync(string reference, Money by, string idempotencyKey, CancellationToken ct)
    {
        if (await holds.FindAsync(reference, ct) is not { } hold || !MayMove(hold.PartyId))
            return Problem.NotFound("hold", reference);
        if (hold.Currency != by.Currency)
            return Problem.Conflict("hold-currency", $"'{reference}' holds {hold.Currency}. Send an amount in {hold.Currency}.");
        await LockContractsAsync(reference, ct);
        LockedWallet wallet = await holds.LockWalletAsync(hold.PartyId, hold.Currency, ct);
        string key = $"{reference}/{idempotencyKey}";
        if (await reader.TotalAsync("hold", key, ct) is { } grown)
        {
            return grown == by.Micros ? (await holds.FindAsync(reference, ct))!.View() : Problem.KeyReused();
        }
        hold = (await holds.FindAsync(reference, ct))!;
        if (hold.Resolved)
            return Problem.Conflict("hold-resolved", $"'{reference}' has been released. Place a new order.");
        wallet = await WithLineAsync(wallet, hold.PartyId, by, ct);
        if (HoldRules.Missing(wallet, by) is { } missing)
            return missing;
        await MoveInAsync(reference, hold.PartyId, wallet, by, key, time.GetUtcNow(), ct);
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            "update billing.contract_cost c set exhausted_at = null from billing.contract_terms t where t.contract_id = c.contract_id and t.hold_reference = $1 and c.exhausted_at is not null",
            reference
        );
        await batch.ExecuteNonQueryAsync(ct);
        return (await holds.FindAsync(reference, ct))!.View();
    }

    public Task<Money> ReleaseAsync(string reference, CancellationToken ct) => db.InTransactionAsync(t => ReturnAsync(reference, t), ct);

    private async Task<Money> ReturnAsync(string reference, CancellationToken ct)
    {
        if (await holds.FindAsync(reference, ct) is not { } hold || !MayMove(hold.PartyId))
            throw new InvalidOperationException($"There is no hold '{reference}' for this actor.");
        if (hold.Resolved)
            return Money.Zero(hold.Currency);
        await holds.LockWalletAsync(hold.PartyId, hold.Currency, ct);
        // Read again under the lock: a charge or another release may have been first.
        hold = (await holds.FindAsync(reference, ct))!;
        if (hold.Resolved)
            return Money.Zero(hold.Currency);
        DateTimeOffset now = time.GetUtcNow();
        if (hold.RemainingMicros > 0)
        {
            JournalDraft draft = Postings.Release(
                reference,
                hold.PartyId,
                new Money(hold.PromoMicros, hold.Currency),
                new Money(hold.AvailableMicros, hold.Currency),
                now
            );
            await writer.PostOneAsync(draft, ct);
        }
        await holds.ResolveAsync(reference, now, ct);
        if (hold.AvailableMicros > 0)
            await collection.CollectAsync(hold.PartyId, hold.Currency, ct);
        return new Money(hold.RemainingMicros, hold.Currency);
    }

    public async Task<HoldView?> FindHoldAsync(string reference, CancellationToken ct) =>
        await holds.FindAsync(reference, ct) is { } hold && MayMove(hold.PartyId) ? hold.View() : null;

    public Task<WalletView> WalletAsync(string partyId, Currency currency, CancellationToken ct) =>
        reader.WalletAsync(partyId, currency, ct);

    public Task<Page<JournalView>> JournalsAsync(JournalQuery query, CancellationToken ct) => reader.JournalsAsync(query, ct);

    public Task<JournalDetail?> FindJournalAsync(string journalId, CancellationToken ct) => reader.FindAsync(journalId, ct);

    public Task<Page<AccountView>> AccountsAsync(AccountQuery query, CancellationToken ct) => accounts.ListAsync(query, ct);

    public Task<AccountView?> FindAccountAsync(string accountId, CancellationToken ct) => accounts.FindAsync(accountId, ct);

    public Task<Outcome<Page<AccountLegView>>> AccountLegsAsync(string accountId, PageQuery query, CancellationToken ct) =>
        accounts.LegsAsync(accountId, query, ct);

    public Task<BooksReport> CheckBooksAsync(CancellationToken ct) => books.RunAsync(ct);

    public Task<BooksReport?> LastBooksAsync(CancellationToken ct) => books.LastAsync(ct);

    public Task<SealStanding> SealsAsync(CancellationToken ct) => seals.StandingAsync(ct);

    // Contracts before wallets, as every charge and every settlement locks them: the other way round two of them wait for each other.
    private async Task LockContractsAsync(string reference, CancellationToken ct) =>
        await db.ReadAsync(
            """
            select c.contract_id from billing.contract_cost c join billing.contract_terms t on t.contract_id = c.contract_id
            where t.hold_reference = $1 order by c.contract_id for no key update of c
            """,
            r => r.GetString(0),
            ct,
            reference
        );

    private bool MayMove(string partyId) => actor.Current.SeesAll || actor.Current.PartyId == partyId;

    private async Task MoveInAsync(
        string reference,
        string customerId,
        LockedWallet wallet,
        Money amount,
        string key,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (amount.IsZero)
            return;
        var (promo, available, advance) = wallet.For(amount.Micros);
        if (advance > 0)
            await writer.PostOneAsync(Postings.Advance(reference, customerId, new Money(advance, amount.Currency), key, now), ct);
        await writer.PostOneAsync(
            Postings.Hold(reference, customerId, new Money(promo, amount.Currency), new Money(available, amount.Currency), key, now),
            ct
        );
    }

    // What is lent is read only for who needs it: most holds are covered.
    private async Task<LockedWallet> WithLineAsync(LockedWallet wallet, string customerId, Money amount, CancellationToken ct) =>
        HoldRules.Missing(wallet, amount) is null
            ? wallet
            : wallet with
            {
                Line = (await lending.OfAsync(customerId, amount.Currency, ct)).Left,
            };
}
