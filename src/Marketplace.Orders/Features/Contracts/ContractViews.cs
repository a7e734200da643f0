using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Contracts;

/// <summary>A contract as one of its parties sees it: the center does not learn the customer, nor the customer the wholesale price, nor whose machines a white-label offer sells.</summary>
internal sealed class ContractViews(
    MarketplaceDbContext db,
    ActorContext actor,
    IParties parties,
    IProjects projects,
    IRating rating,
    IWorkloads workloads
)
{
    public async Task<IReadOnlyList<ContractView>> OfAsync(IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        var names = await parties.FindManyAsync(
            [.. contracts.SelectMany(c => new[] { c.CustomerId, c.OperatorId, c.CenterId }).Distinct(StringComparer.Ordinal)],
            ct
        );
        var costs = await rating.CostsAsync([.. contracts.Select(c => c.Id)], ct);
        var running = await workloads.FindManyAsync([.. contracts.Select(c => c.Id)], ct);
        var named = await projects.NamesAsync(
            [.. contracts.Select(c => c.ProjectId).OfType<string>().Distinct(StringComparer.Ordinal)],
            ct
        );
        return
        [
            .. contracts.Select(c =>
                Of(c, names, named, costs.GetValueOrDefault(c.Id), running.GetValueOrDefault(c.Id), explanation: null)
            ),
        ];
    }

    public async Task<ContractView> WithExplanationAsync(Contract contract, CancellationToken ct)
    {
        var names = await parties.FindManyAsync([contract.CustomerId, contract.OperatorId, contract.CenterId], ct);
        string? quoteId = await db.Set<Order>().Where(o => o.Id == contract.OrderId).Select(o => o.QuoteId).FirstOrDefaultAsync(ct);
        Quote? quote = quoteId is null ? null : await db.Set<Quote>().FirstOrDefaultAsync(q => q.Id == quoteId, ct);
        return Of(
            contract,
            names,
            await projects.NamesAsync(contract.ProjectId is { } project ? [project] : [], ct),
            await rating.CostAsync(contract.Id, ct),
            await workloads.FindAsync(contract.Id, ct),
            quote?.Plan.Explanation
        );
    }

    private ContractView Of(
        Contract c,
        IReadOnlyDictionary<string, PartyView> names,
        IReadOnlyDictionary<string, string> projectNames,
        ContractCost? cost,
        WorkloadView? workload,
        Explanation? explanation
    )
    {
        Actor who = actor.Current;
        Currency currency = Currency.Parse(c.Currency);
        bool customer = who.SeesAll || who.PartyId == c.CustomerId;
        bool seller = who.SeesAll || who.PartyId == c.OperatorId;
        bool center = who.SeesAll || who.PartyId == c.CenterId;
        bool seesCenter = seller || center || !c.Plan.WhiteLabel;
        return new ContractView(
            c.Id,
            c.OrderId,
            c.LineId,
            c.Name,
            customer || seller ? c.CustomerId : "",
            customer || seller ? names.GetValueOrDefault(c.CustomerId)?.Name : null,
            c.OperatorId,
            names.GetValueOrDefault(c.OperatorId)?.Name ?? c.OperatorId,
            seesCenter ? c.CenterId : "",
            seesCenter ? names.GetValueOrDefault(c.CenterId)?.Name : null,
            c.SiteId,
            c.Plan.SiteName,
            c.ClusterId,
            c.Product,
            c.DeviceModel,
            c.CardMilli / 1000m,
            c.Class,
            c.State,
            c.ReasonNumber is { } number ? new ContractReason(number, c.ReasonText ?? "") : null,
            customer || seller ? c.RetailPerCardHour : 0,
            seller || center ? c.WholesalePerCardHour : null,
            currency,
            customer || seller ? new Money(c.HeldMicros, currency) : Money.Zero(currency),
            customer || seller ? cost?.Total ?? Money.Zero(currency) : Money.Zero(currency),
            customer || seller
                ? Money.From(Pricing.PerHour(c.Plan.Terms, c.CardMilli), currency)
                : Money.From(c.WholesalePerCardHour * c.CardMilli / 1000m, currency),
            customer ? explanation : null,
            Timeline.Of(c, workload, showMoney: customer || seller),
            c.CreatedAt,
            c.ReadyAt,
            c.EndsAt,
            c.EndedAt
        )
        {
            PlaceChanges = [.. Timeline.PlaceChangesOf(c)],
            ProjectId = customer ? c.ProjectId : null,
            ProjectName = customer && c.ProjectId is { } project ? projectNames.GetValueOrDefault(project) : null,
            MemberId = customer ? c.MemberId : null,
            OfferId = seller ? c.Plan.Terms.OfferId : null,
            MarginPerHour = seller
                ? Money.From(
                    ((c.RetailPerCardHour * (1 - c.Plan.Terms.CommissionRate)) - c.WholesalePerCardHour) * c.CardMilli / 1000m,
                    currency
                )
                : null,
        };
    }
}
