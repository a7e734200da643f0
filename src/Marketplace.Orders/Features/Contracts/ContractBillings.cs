using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Contracts;

/// <summary>Quoted and billed, side by side.</summary>
internal sealed class ContractBillings(MarketplaceDbContext db, ActorContext actor, IRating rating, TimeProvider time)
{
    private const decimal SecondsPerHour = 3600;

    public async Task<ContractBillingView?> FindAsync(string contractId, CancellationToken ct)
    {
        if (
            !actor.Current.Allows(Permission.OrdersRead)
            || await db.Set<Contract>().AsNoTracking().FirstOrDefaultAsync(c => c.Id == contractId, ct) is not { } contract
            || await rating.BillingAsync(contractId, Ahead(contract), ct) is not { } billing
        )
            return null;
        Currency currency = Currency.Parse(contract.Currency);
        DateTimeOffset from = contract.Plan.PricedFrom ?? contract.CreatedAt;
        var quoted = PriceEstimate.Of(Pricing.PriceOf(contract.Plan.Terms), contract.CardMilli / 1000m, from, contract.Hours);
        var total = new Money(quoted.Total, currency);
        return new ContractBillingView(
            contract.Id,
            currency,
            new QuotedView(
                contract.RetailPerCardHour,
                Pricing.ContractPlan(contract.Plan.Terms),
                contract.TaxRate,
                contract.CardMilli / 1000m,
                contract.Hours,
                new Money(quoted.UsageNet, currency),
                new Money(quoted.CommitmentNet, currency),
                new Money(quoted.Net, currency),
                new Money(quoted.Tax, currency),
                total,
                new Money(contract.HeldMicros, currency)
            ),
            new BilledView(
                billing.CardSeconds / SecondsPerHour,
                billing.WeightedCardSeconds / SecondsPerHour,
                billing.ReservedCardSeconds / SecondsPerHour,
                billing.UsageNet,
                billing.CommitmentNet,
                billing.Net,
                billing.Tax,
                billing.Total
            ),
            billing.Expected,
            billing.Expected - total,
            billing.Proof
        );
    }

    // What has not run yet runs as bought; before it is ready the hours are all still to come.
    private UsageAhead? Ahead(Contract contract)
    {
        if (!contract.IsOpen || contract.StopRequestedAt is not null)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        return contract.ReadyAt is null
            ? new UsageAhead(contract.CardMilli / 1000m, now, now.AddHours((double)contract.Hours))
            : new UsageAhead(contract.CardMilli / 1000m, now, contract.EndsAt);
    }
}
