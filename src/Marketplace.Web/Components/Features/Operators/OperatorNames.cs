using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Operators;

/// <summary>Names of centers and sites for listings, which carry only ids.</summary>
public sealed record OperatorNames(IReadOnlyDictionary<string, PartyView> Centers, IReadOnlyDictionary<string, SiteView> Sites)
{
    public static readonly OperatorNames None = new(
        new Dictionary<string, PartyView>(StringComparer.Ordinal),
        new Dictionary<string, SiteView>(StringComparer.Ordinal)
    );

    public static async Task<OperatorNames> OfAsync(PortalActions actions, IReadOnlyCollection<ListingView> listings, CancellationToken ct)
    {
        var centers = await actions.RunAsync<IParties, IReadOnlyDictionary<string, PartyView>>(p =>
            p.FindManyAsync([.. listings.Select(l => l.CenterId).Distinct(StringComparer.Ordinal)], ct)
        );
        var sites = await actions.RunAsync<ISupply, Dictionary<string, SiteView>>(async supply =>
        {
            var found = new Dictionary<string, SiteView>(StringComparer.Ordinal);
            foreach (string id in listings.Select(l => l.SiteId).Distinct(StringComparer.Ordinal))
            {
                if (await supply.FindSiteAsync(id, ct) is { } site)
                    found.Add(id, site);
            }
            return found;
        });
        return new OperatorNames(centers, sites);
    }

    public string Center(ListingView listing) => Centers.GetValueOrDefault(listing.CenterId)?.Name ?? listing.CenterId;

    public string Site(ListingView listing) => Sites.GetValueOrDefault(listing.SiteId) is { } site ? SiteName(site) : listing.SiteId;

    public static string SiteName(SiteView site) =>
        CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh" && site.NameZh.Length > 0 ? site.NameZh : site.Name;
}
