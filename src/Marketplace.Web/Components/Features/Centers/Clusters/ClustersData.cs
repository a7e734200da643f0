using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers.Earnings;

namespace Marketplace.Web.Components.Features.Centers.Clusters;

/// <summary>What the page shows, and the figures that follow from it. Amounts are main units of the currency.</summary>
internal sealed record ClustersData(
    IReadOnlyList<ClusterView> Clusters,
    IReadOnlyList<SiteView> Sites,
    IReadOnlyList<ListingView> Listings,
    IReadOnlyList<AuthorizationView> Resale,
    IReadOnlyList<EarningsWeek> Weeks,
    Currency Currency,
    decimal Week,
    decimal WeekBefore
)
{
    private IEnumerable<ClusterView> Answering => Clusters.Where(c => c.State == ClusterState.Connected);

    private IEnumerable<ListingView> CardListings => Listings.Where(l => l.DeviceModel is not null);

    public int Connected => Answering.Count();
    public int Online => Answering.Sum(c => c.Devices.Sum(d => d.Healthy));
    public int Nodes => Answering.Sum(c => c.Nodes);
    public int Sold => CardListings.Sum(l => l.SoldCards);
    public int Held => CardListings.Sum(l => l.HeldCards);
    public int Faulty => Answering.Sum(c => c.Devices.Sum(d => d.Total - d.Healthy));
    public int Silent => Clusters.Count(c => c.State is ClusterState.Suspect or ClusterState.Lost);
    public int Requests => Resale.Count(a => a.State == AuthorizationState.Requested);

    public bool IsListed(ClusterView? cluster) => cluster is not null && ListingsOf(cluster.Id) > 0;

    public int ListingsOf(string clusterId) => Listings.Count(l => l.ClusterId == clusterId && l.State != ListingState.Withdrawn);
}
