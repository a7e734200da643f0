using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Supply;

/// <summary>Provisioning's view of the market's sites.</summary>
internal sealed class SiteDirectory(ISupply supply) : ISiteDirectory
{
    public async Task<string?> CenterOfAsync(string siteId, CancellationToken ct) => (await supply.FindSiteAsync(siteId, ct))?.CenterId;
}
