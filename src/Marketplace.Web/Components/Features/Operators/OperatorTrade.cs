using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Operators;

/// <summary>What the operator traded in the last days, from metered charges and from its contracts, in its own currency.</summary>
/// <param name="ByContract">Charges of the period by contract id.</param>
/// <param name="Before">Retail before tax in the period of the same length before.</param>
public sealed record OperatorTrade(
    string PartyId,
    Currency Currency,
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyDictionary<string, CostGroup> ByContract,
    Money Before,
    WalletView Wallet,
    IReadOnlyList<ContractView> Contracts
)
{
    private const int MaxPages = 20;

    public Money Retail => Sum(ByContract.Values.Select(g => g.Split?.Retail));
    public Money Wholesale => Sum(ByContract.Values.Select(g => g.Split?.Wholesale));
    public Money Commission => Sum(ByContract.Values.Select(g => g.Split?.Commission));

    /// <summary>What the operator kept.</summary>
    public Money Margin => Sum(ByContract.Values.Select(g => (Money?)g.Amount));

    public IEnumerable<ContractView> Running => Contracts.Where(IsRunning);

    public Money RetailOf(ContractView contract) => ByContract.GetValueOrDefault(contract.Id)?.Split?.Retail ?? Money.Zero(Currency);

    public Money Sum(IEnumerable<Money?> amounts) => amounts.OfType<Money>().Aggregate(Money.Zero(Currency), (a, b) => a + b);

    public static async Task<OperatorTrade> LoadAsync(PortalActions actions, DateTimeOffset now, int days, CancellationToken ct)
    {
        var me = await actions.PersonAsync();
        var party = await actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(me.WorkspaceId, ct));
        var currency = Currency.Parse(party!.Currency);
        DateTimeOffset from = now.AddDays(-days);
        var groups = await actions.RunAsync<IRating, IReadOnlyList<CostGroup>>(r =>
            r.GroupedAsync("contract", currency, from, now, "operator", ct)
        );
        var before = await actions.RunAsync<IRating, IReadOnlyList<CostGroup>>(r =>
            r.GroupedAsync("day", currency, from.AddDays(-days), from, "operator", ct)
        );
        var wallet = await actions.RunAsync<ILedger, WalletView>(l => l.WalletAsync(me.WorkspaceId, currency, ct));
        var contracts = await actions.RunAsync<IContracts, IReadOnlyList<ContractView>>(c => AllAsync(c, ct));
        return new OperatorTrade(
            me.WorkspaceId,
            currency,
            from,
            now,
            groups.ToDictionary(g => g.Key, StringComparer.Ordinal),
            before.Select(g => g.Split?.Retail).OfType<Money>().Aggregate(Money.Zero(currency), (a, b) => a + b),
            wallet,
            contracts
        );
    }

    public static bool IsRunning(ContractView contract) =>
        contract.State is ContractState.Active or ContractState.Degraded or ContractState.Migrating or ContractState.PastDue;

    private static async Task<IReadOnlyList<ContractView>> AllAsync(IContracts contracts, CancellationToken ct)
    {
        List<ContractView> all = [];
        string? cursor = null;
        for (int page = 0; page < MaxPages; page++)
        {
            var next = await contracts.ListAsync(
                new ContractQuery
                {
                    Side = "operator",
                    Limit = PageQuery.MaxLimit,
                    Cursor = cursor,
                },
                ct
            );
            all.AddRange(next.Items);
            cursor = next.NextCursor;
            if (cursor is null)
                break;
        }
        return all;
    }
}
