using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>Fetches a dispute's current state and records it.</summary>
internal sealed class StripeDisputes(StripeClient stripe, MarketplaceDbContext db, DisputeBook book)
{
    /// <summary>Whether it is about a payment of ours, and Stripe said how it stands.</summary>
    public async Task<bool> RefreshAsync(string reference, CancellationToken ct)
    {
        var found = await stripe.GetDisputeAsync(reference, ct);
        if (found.Error is { IsUnknown: true } or { IsMissing: true })
            return false;
        StripeDispute dispute = found.Must();
        string? intent = dispute.PaymentIntent?.Id;
        string? charge = dispute.Charge?.Id;
        var payment = await db.Set<PaymentRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(
                p =>
                    p.Provider == StripePaymentProvider.ProviderName
                    && ((charge != null && p.ChargeReference == charge) || (intent != null && p.ProviderReference == intent)),
                ct
            );
        // A payment whose success is not booked yet comes first; the event is tried again.
        if (payment is null || !payment.State.IsPaid())
            return false;
        await book.RecordAsync(payment.Id, Report(dispute, Currency.Parse(payment.Currency)), ct);
        return true;
    }

    private static DisputeReport Report(StripeDispute dispute, Currency currency)
    {
        if (dispute.Currency != StripeMoney.Code(currency))
            throw new InvalidOperationException($"{dispute.Id} is in {dispute.Currency}, its payment in {currency}.");
        IReadOnlyList<StripeBalanceTransaction> moved = dispute.BalanceTransactions ?? [];
        return new DisputeReport(
            dispute.Id,
            StripeReading.Dispute(dispute.Status),
            StripeMoney.ToMoney(dispute.Amount, currency),
            StripeMoney.ToMoney(moved.Where(m => m.Amount < 0).Sum(m => m.Fee), currency),
            StripeMoney.ToMoney(-moved.Where(m => m.Amount > 0).Sum(m => m.Fee), currency),
            dispute.Reason,
            dispute.EvidenceDetails?.DueBy is { } due ? DateTimeOffset.FromUnixTimeSeconds(due) : null
        );
    }
}
