using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payouts;

/// <summary>The end of a payout, whoever tells it: the desk or the provider.</summary>
internal sealed class FinishPayout(MarketplaceDbContext db, PayoutStore store, LedgerWriter writer, TimeProvider time)
{
    internal const string SentBack = "The payment provider sent it back.";

    /// <summary>Writes down what a provider said, in the open transaction. An answer that is older than what is known changes nothing.</summary>
    /// <returns>Whether it was news.</returns>
    /// <exception cref="InvalidOperationException">Money arrived for a payout that has come back: nobody may overlook that.</exception>
    public async Task<bool> RecordAsync(string payoutId, ProviderPayout answer, CancellationToken ct)
    {
        if (answer.State is not (PayoutState.Submitted or PayoutState.Paid or PayoutState.Returned))
            throw new InvalidOperationException($"A payout with its provider cannot be {answer.State}.");
        PayoutRow row = (await store.LockAsync(payoutId, ct))!;
        if (row.State == PayoutState.Returned && answer.State == PayoutState.Paid)
            throw new InvalidOperationException($"Payout {payoutId} came back, and its provider says {answer.Reference} was paid.");
        if (row.State != PayoutState.Submitted && (row.State, answer.State) != (PayoutState.Paid, PayoutState.Returned))
            return false;
        bool news = (row.ProviderReference is null && answer.Reference is not null) || answer.State != PayoutState.Submitted;
        row.ProviderReference ??= answer.Reference;
        row.UpdatedAt = time.GetUtcNow();
        if (answer.State == PayoutState.Submitted)
        {
            row.Reason = answer.Failure;
            row.Attempt += answer.NeedsNewAttempt ? 1 : 0;
        }
        else if (answer.State == PayoutState.Paid)
            await FinishAsync(row, PayoutState.Paid, answer.Reference, null, ct);
        else
            await FinishAsync(row, PayoutState.Returned, row.BankReference, answer.Failure ?? SentBack, ct);
        return news;
    }

    /// <summary>In the open transaction, on a locked row that is with the bank or provider.</summary>
    public async Task FinishAsync(PayoutRow row, PayoutState to, string? bankReference, string? reason, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        PayoutSide side = PayoutSide.Of(row);
        Money amount = PayoutStore.AmountOf(row);
        AccountRef paidFrom = row.Provider == BankTransferProvider.ProviderName ? Chart.Bank(side.Currency) : Chart.Psp(side.Currency);
        JournalDraft draft = to switch
        {
            PayoutState.Paid => Postings.PayoutPaid(row.Id, paidFrom, amount, now),
            PayoutState.Returned => Postings.PayoutReturned(row.Id, row.JournalId!, side.PayableAccount, amount, now),
            _ => throw new InvalidOperationException($"A payout does not end as {to}."),
        };
        // Taken back after it had arrived: it is on its way again first, and comes back from there as any other.
        if (row.State == PayoutState.Paid)
            await writer.PostOneAsync(Postings.PayoutReversed(row.Id, await PaidJournalAsync(row.Id, ct), paidFrom, amount, now), ct);
        store.Move(row, to, now);
        (row.BankReference, row.Reason, row.FinishedAt) = (bankReference, reason, now);
        await writer.PostOneAsync(draft, ct);
        db.Audit(to == PayoutState.Paid ? "payout.paid" : "payout.returned", "payout", row.Id, $"{amount}: {reason ?? bankReference}");
    }

    private async Task<string> PaidJournalAsync(string payoutId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                "select id from billing.journal where source = 'payout' and idem_key = $1",
                r => r.GetString(0),
                ct,
                payoutId + "/paid"
            )
        ).Single();
}
