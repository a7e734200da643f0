using Marketplace.Billing.Data;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>Fetches a transfer's current state and records it with its payout.</summary>
internal sealed class StripeTransfers(StripeClient stripe, MarketplaceDbContext db, FinishPayout finish)
{
    /// <summary>Whether Stripe said how it stands, and what it says is written down. A transfer nobody here made is reconciliation's affair.</summary>
    public async Task<bool> RefreshAsync(string reference, CancellationToken ct)
    {
        var found = await stripe.GetTransferAsync(reference, ct);
        if (found.Error is { IsUnknown: true } or { IsMissing: true })
            return false;
        StripeTransfer transfer = found.Must();
        if (transfer.Metadata?.GetValueOrDefault("payout_id") is not { } payoutId)
            return true;
        var row = await db.Set<PayoutRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(p => p.Id == payoutId && p.Provider == StripePaymentProvider.ProviderName, ct);
        if (row is null)
            return false;
        if (row.ProviderReference is { } ours && ours != reference)
            throw new InvalidOperationException($"{reference} was transferred for {row.Id}, whose transfer is {ours}.");
        var answer = StripePayoutProvider.Read(transfer, row.Id, PayoutStore.AmountOf(row));
        await db.InTransactionAsync(t => finish.RecordAsync(row.Id, answer, t), ct);
        return true;
    }
}
