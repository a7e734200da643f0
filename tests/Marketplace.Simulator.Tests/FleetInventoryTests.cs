using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Simulator.Fleets;

namespace Marketplace.Simulator.Tests;

/// <summary>The demo fleets as the marketplace's own inventory reads them.</summary>
public sealed class FleetInventoryTests
{
    [Theory]
    [InlineData("cloud-nvidia", "A100-80G=95/96 H100-80G=96/96 L40S=48/48", 0)]
    [InlineData("cloud-chinese", "Ascend910B3=160/160 K100-AI=64/64 MLU590=48/48 P800=40/40", 1)]
    [InlineData("edge-arm", "Ascend310P=40/40 L4=16/16 T4=16/16", 0)]
    [InlineData("edge-chinese", "Ascend310P=8/8 MLU370-X4=8/8 R300=8/8 Z100L=8/8", 0)]
    public async Task Every_card_is_known_but_those_that_should_not_be(string fleet, string expected, int unknownNodes)
    {
        var options = RunningCluster.Options();
        options.Machines = DemoFleets.Named(fleet);
        await using var running = await RunningCluster.StartAsync(options);
        using var client = new KubernetesClient(KubeConfig.Parse(running.Cluster.KubeConfig).Required);
        var nodes = (await client.ListAsync(KubeKinds.Nodes, null)).Required.Items;

        var inventory = new InventoryReader(AcceleratorCatalogue.Default).Read(nodes, [], DateTimeOffset.UnixEpoch);

        var cards = inventory
            .Nodes.SelectMany(n => n.Devices)
            .GroupBy(d => d.Model, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Key}={g.Count(d => d.Healthy)}/{g.Count()}");
        Assert.Equal(expected, string.Join(' ', cards));
        Assert.Equal(unknownNodes, inventory.Nodes.Count(n => n.Unknown.Count > 0));
        Assert.All(inventory.Nodes, n => Assert.NotNull(n.Architecture));
        Assert.All(inventory.Nodes, n => Assert.NotNull(n.Rack));
    }

    [Fact]
    public async Task A_broken_share_of_a_shared_card_breaks_the_card()
    {
        var options = RunningCluster.Options();
        options.Machines = DemoFleets.CloudNvidia();
        await using var running = await RunningCluster.StartAsync(options);
        using var client = new KubernetesClient(KubeConfig.Parse(running.Cluster.KubeConfig).Required);

        Assert.True(await running.Cluster.Nodes.SetBrokenDevicesAsync("l40s-03", "nvidia.com/gpu", 11));

        var node = (await client.GetAsync(KubeKinds.Nodes, null, "l40s-03")).Required;
        var read = new InventoryReader(AcceleratorCatalogue.Default).ReadNode(node, []);
        Assert.Equal([true, true, false, false], read.Devices.Select(d => d.Healthy));
    }
}
