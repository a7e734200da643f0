using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Tests.Centers;

internal static class CenterSamples
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public static ClusterView Cluster(ClusterState state, long inventory = 0, int nodes = 0, string? error = null) =>
        new(
            "clu_1",
            "pty_1",
            "sit_1",
            "hall-b",
            state,
            "v1.33.0",
            "https://10.0.0.1:6443/",
            error,
            Now,
            Now,
            nodes,
            nodes,
            [],
            0,
            inventory
        );

    public static ListingView Listing(decimal price, ListingState state = ListingState.Live) =>
        new(
            "lst_1",
            "pty_1",
            "sit_1",
            "clu_1",
            "A100, Hohhot",
            "A100",
            64,
            16,
            0,
            48,
            1,
            price,
            "CNY",
            [ContractClass.OnDemand],
            0.995m,
            false,
            state,
            1,
            Now
        );
}
