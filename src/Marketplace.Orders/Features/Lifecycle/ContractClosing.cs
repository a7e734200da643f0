using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Replacement;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>How every contract closes, whoever ends it: settled, invoiced, its capacity free again. Call inside a transaction.</summary>
internal sealed class ContractClosing(MarketplaceDbContext db, IRating rating, IInvoices invoices, ICapacity capacity, IOutbox outbox)
{
    /// <param name="ended">When nothing of it ran any more.</param>
    /// <param name="told">When that was known here.</param>
    public async Task CloseAsync(Contract contract, DateTimeOffset ended, DateTimeOffset told, ContractReason why, CancellationToken ct)
    {
        contract.MoveTo(ContractState.Ended, ended, why);
        contract.MoveTo(ContractState.Settling, told);
        // Money before capacity, as everywhere: an order that holds the wallet waits for the listing, so this must not wait the other way.
        await rating.SettleAsync(contract.Id, ct);
        await invoices.InvoiceContractAsync(contract.Id, ct);
        await capacity.ReleaseAsync(contract.Id, ct);
        // What it leaves may be the place that another contract's replica waits for.
        if (await db.Set<Contract>().AnyAsync(c => c.ClusterId == contract.ClusterId && c.PlaceLostSince != null && c.EndedAt == null, ct))
            outbox.Publish(new PlacesFreed(contract.ClusterId), key: contract.ClusterId);
        contract.MoveTo(ContractState.Settled, told);
    }
}
