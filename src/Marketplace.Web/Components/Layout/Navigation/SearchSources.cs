using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Pages;
using Marketplace.Web.Identity.Acting;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>Ctrl K finds the customer's runs by name or id.</summary>
internal sealed class RunSearch(PortalActions actions, IStringLocalizer<LayoutText> text) : ISearchSource
{
    public async Task<IReadOnlyList<SearchHit>> FindAsync(WorkspaceKind workspace, string words, int limit, CancellationToken cancellation)
    {
        if (workspace != WorkspaceKind.Customer)
            return [];
        var found = await actions.RunAsync<IContracts, Page<ContractView>>(c =>
            c.ListAsync(
                new ContractQuery
                {
                    Search = words,
                    Side = "customer",
                    Limit = limit,
                },
                cancellation
            )
        );
        return [.. found.Items.Select(c => new SearchHit(text["Nav.Runs"], c.Name, $"{c.SiteName}, {c.DeviceModel}", $"/runs/{c.Id}"))];
    }
}

/// <summary>Ctrl K finds chips and sites on sale.</summary>
internal sealed class OfferSearchSource(PortalActions actions, IStringLocalizer<LayoutText> text) : ISearchSource
{
    public async Task<IReadOnlyList<SearchHit>> FindAsync(WorkspaceKind workspace, string words, int limit, CancellationToken cancellation)
    {
        if (workspace != WorkspaceKind.Customer)
            return [];
        var found = await actions.RunAsync<IMarketCatalog, SearchResult>(c =>
            c.SearchAsync(new OfferSearch { Text = words, Limit = limit }, cancellation)
        );
        return
        [
            .. found.Matches.Select(m => new SearchHit(
                text["Nav.Explore"],
                m.Offer.Title,
                m.Offer.OperatorName,
                $"/configure?offer={Uri.EscapeDataString(m.Offer.Id)}"
            )),
        ];
    }
}
