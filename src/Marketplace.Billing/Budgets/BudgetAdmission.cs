using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Budgets;

internal sealed class BudgetAdmission(MarketplaceDbContext db, ActorContext actor, BudgetReader reader, BudgetWatch watch)
    : IBudgetAdmission
{
    public async Task<IReadOnlyList<Problem?>> AdmitAsync(string customerId, IReadOnlyList<SpendRequest> requests, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(requests);
        if (requests.Count == 0)
            return [];
        Currency currency = requests[0].Total.Currency;
        if (requests.Any(r => r.Total.Currency != currency || r.PerHour.Currency != currency))
            throw new ArgumentException("Requests decided together are in one currency.", nameof(requests));
        return MayAsk(customerId)
            ? Admission.Decide(await reader.LockedStandingsAsync(customerId, currency, ct), requests)
            : [.. requests.Select(_ => Problem.Forbidden("You can spend your own organisation's money only."))];
    }

    public async Task<IReadOnlyList<BudgetFit>> FitsAsync(string customerId, SpendRequest request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        return MayAsk(customerId) ? Admission.Fits(await reader.StandingsAsync(customerId, request.Total.Currency, ct), request) : [];
    }

    public void Register(IReadOnlyList<ContractScope> contracts)
    {
        ArgumentNullException.ThrowIfNull(contracts);
        db.AddRange(
            contracts.Select(c => new ContractScopeRow
            {
                ContractId = c.ContractId,
                PartyId = c.CustomerId,
                ProjectId = c.ProjectId,
                MemberId = c.MemberId,
                PerHour = c.PerHour.Micros,
                BundleId = c.BundleId,
                OfferId = c.OfferId,
                SiteId = c.SiteId,
                ClusterId = c.ClusterId,
            })
        );
    }

    public Task WatchAsync(string contractId, CancellationToken ct) => watch.WatchContractAsync(contractId, ct);

    private bool MayAsk(string customerId) => actor.Current.SeesAll || actor.Current.PartyId == customerId;
}
