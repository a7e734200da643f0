using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payouts;

/// <summary>
/// Hands approved payouts to the provider in three steps: the intent is committed with its posting, the provider is called outside any
/// transaction under the payout's id, and its answer is committed. A payout without an answer is looked up under that id before it is
/// handed over again.
/// </summary>
internal sealed class SubmitPayouts(
    MarketplaceDbContext db,
    PayoutStore store,
    Destinations destinations,
    FinishPayout finish,
    PayoutProviders providers,
    LedgerWriter writer,
    TimeProvider time
)
{
    private const int PerRound = 200;

    /// <summary>Younger ones are still being handed over by somebody.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    internal const string AccountNotReady = "The account at the payment provider cannot be paid. Look at what it waits for.";

    /// <returns>How many payouts went on.</returns>
    /// <exception cref="AggregateException">The provider failed for some; the others were handed over, and these are looked up next time.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        List<Exception> failures = [];
        int done = 0;
        var approved = await db.Set<PayoutRow>()
            .AsNoTracking()
            .Where(p => p.State == PayoutState.Approved)
            .OrderBy(p => p.UpdatedAt)
            .Take(PerRound)
            .Select(p => p.Id)
            .ToListAsync(ct);
        foreach (string id in approved)
        {
            if (await db.InTransactionAsync(t => IntendAsync(id, t), ct) is { } intent)
                done += await AskAsync(intent, firstTime: true, failures, ct);
        }
        DateTimeOffset patient = time.GetUtcNow() - Patience;
        IReadOnlyCollection<string> names = providers.Names;
        var waiting = await db.Set<PayoutRow>()
            .AsNoTracking()
            .Where(p => p.State == PayoutState.Submitted && names.Contains(p.Provider!) && p.UpdatedAt <= patient)
            .Where(p => p.ProviderReference == null || p.Provider != BankTransferProvider.ProviderName)
            .OrderBy(p => p.UpdatedAt)
            .Take(PerRound)
            .ToListAsync(ct);
        foreach (PayoutRow row in waiting)
            done += await AskAsync(row, firstTime: false, failures, ct);
        return failures.Count == 0 ? done : throw new AggregateException("The payout provider failed.", failures);
    }

    /// <returns>null when it is no longer approved, or no longer covered.</returns>
    private async Task<PayoutRow?> IntendAsync(string payoutId, CancellationToken ct)
    {
        var seen = await db.Set<PayoutRow>().AsNoTracking().SingleAsync(p => p.Id == payoutId, ct);
        await db.TakeTurnAsync(PayoutStore.Turn(seen.PartyId), ct);
        PayoutRow row = (await store.LockAsync(payoutId, ct))!;
        if (row.State != PayoutState.Approved)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        PayoutSide side = PayoutSide.Of(row);
        Money amount = PayoutStore.AmountOf(row);
        if (PayoutRule.Amount(await store.EarningsAsync(side, ct), side.Currency) < amount)
            return Stop(row, AccruePayouts.NoLongerCovered, now);
        PayoutDestinationRow? destination = await destinations.NewestAsync(side.PartyId, side.Currency, ct);
        if (destination is null || destination.Id != row.DestinationId)
            return Stop(row, "The destination was changed after the approval.", now);
        if (await providers.OfAsync(destination, ct) is not { } provider)
            return Stop(row, AccountNotReady, now);
        row.JournalId = await writer.PostOneAsync(Postings.PayoutSubmitted(row.Id, side.PayableAccount, amount, now), ct);
        (row.Provider, row.SubmittedAt) = (provider.Name, now);
        store.Move(row, PayoutState.Submitted, now);
        db.Audit("payout.submitted", "payout", row.Id, $"{amount}: {provider.Name}");
        return row;
    }

    private PayoutRow? Stop(PayoutRow row, string reason, DateTimeOffset now)
    {
        store.Hold(row, reason, now);
        db.Audit("payout.held", "payout", row.Id, reason);
        return null;
    }

    private async Task<int> AskAsync(PayoutRow row, bool firstTime, List<Exception> failures, CancellationToken ct)
    {
        ProviderPayout answer;
        try
        {
            IPayoutProvider provider = providers.Named(row.Provider!);
            var order = new ProviderPayoutOrder(
                row.Id,
                row.PartyId,
                await DestinationAsync(row, ct),
                PayoutStore.AmountOf(row),
                row.Attempt
            );
            answer = (firstTime ? null : await provider.FindAsync(order, ct)) ?? await provider.SubmitAsync(order, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            // Whether the money has left is not known: it stays submitted and is looked up. The run reports the failure.
            failures.Add(e);
            return 0;
        }
        return await db.InTransactionAsync(t => finish.RecordAsync(row.Id, answer, t), ct) ? 1 : 0;
    }

    private async Task<PayoutDestination> DestinationAsync(PayoutRow row, CancellationToken ct) =>
        destinations.Open(await db.Set<PayoutDestinationRow>().AsNoTracking().SingleAsync(d => d.Id == row.DestinationId, ct));
}
