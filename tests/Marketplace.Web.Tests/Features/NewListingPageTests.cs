using Bunit;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers.Listings;
using Marketplace.Web.Tests.Centers;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Features;

/// <summary>What a center lists is of the cluster it came from, or it is told that it is not.</summary>
public sealed class NewListingPageTests(NewListingPageTests.TwoClusters host)
    : PageContext(host),
        IClassFixture<NewListingPageTests.TwoClusters>
{
    private const string Gone = "The cluster you came from is not connected now.";

    [Theory]
    [InlineData(ClusterState.Connected, "clu_second", false)]
    [InlineData(ClusterState.Suspect, "clu_second", false)]
    [InlineData(ClusterState.Connecting, "clu_first", true)]
    [InlineData(ClusterState.Lost, "clu_first", true)]
    [InlineData(ClusterState.Disconnected, "clu_first", true)]
    public async Task Another_cluster_is_never_chosen_in_silence(ClusterState second, string chosen, bool told)
    {
        host.Clusters.Second = second;
        await SignInAsync(PartyKinds.Center);
        Navigation.NavigateTo("/center/listings/new?cluster=clu_second");
        var page = Render<NewListingPage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("select")));
        Assert.Equal(chosen, page.FindAll("select")[0].GetAttribute("value"));
        Assert.Equal(told, page.Markup.Contains(Gone, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_names_no_cluster_is_told_nothing()
    {
        await SignInAsync(PartyKinds.Center);
        Navigation.NavigateTo("/center/listings/new");
        var page = Render<NewListingPage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("select")));
        Assert.DoesNotContain(Gone, page.Markup, StringComparison.Ordinal);
    }

    /// <summary>A center with two clusters, the second in a state that the test says.</summary>
    public sealed class TwoClusters : PortalHost
    {
        internal PlayedClusters Clusters { get; } = new();

        protected override void AddMore(IServiceCollection services) => services.AddSingleton<IClusters>(Clusters);
    }

    internal sealed class PlayedClusters : IClusters
    {
        public ClusterState Second { get; set; } = ClusterState.Connected;

        public Task<IReadOnlyList<ClusterView>> ListAsync(CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<ClusterView>>([
                CenterSamples.Cluster(ClusterState.Connected) with
                {
                    Id = "clu_first",
                },
                CenterSamples.Cluster(Second) with
                {
                    Id = "clu_second",
                },
            ]);

        public Task<ClusterView?> FindAsync(string clusterId, CancellationToken ct) => Task.FromResult<ClusterView?>(null);

        public Task<ClusterInventoryView?> InventoryAsync(string clusterId, CancellationToken ct) =>
            Task.FromResult<ClusterInventoryView?>(null);

        public Task<Outcome<ClusterView>> ConnectAsync(ConnectCluster request, CancellationToken ct) => throw new NotSupportedException();

        public Task<Outcome<ClusterView>> DisconnectAsync(string clusterId, CancellationToken ct) => throw new NotSupportedException();
    }
}
