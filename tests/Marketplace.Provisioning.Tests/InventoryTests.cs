using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;

namespace Marketplace.Provisioning.Tests;

/// <summary>What is read from the cluster, as the center sees it and as the scheduler gets it.</summary>
public sealed class InventoryTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_inventory_is_stored_and_every_change_is_a_new_version()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        await Eventually.HoldsAsync(async () => (await house.ViewAsync()).Devices is [{ Total: 16, Healthy: 16, Free: 16 }], "16 cards");
        var before = await house.InventoryAsync();
        Assert.Equal((3, 3), ((await house.ViewAsync()).Nodes, (await house.ViewAsync()).ReadyNodes));
        Assert.All(before.Nodes, n => Assert.StartsWith($"{house.ClusterId}/", n.Id, StringComparison.Ordinal));
        Assert.True(await house.Cluster.Nodes.SetBrokenDevicesAsync("gpu-01", "nvidia.com/gpu", 2));
        await Eventually.HoldsAsync(async () => (await house.ViewAsync()).Devices is [{ Healthy: 14 }], "two broken cards to show");
        var after = await house.InventoryAsync();
        Assert.True(after.Version > before.Version);
        Assert.True(await house.Cluster.Nodes.FailNodeAsync("gpu-02"));
        await Eventually.HoldsAsync(async () => (await house.ViewAsync()).ReadyNodes == 2, "the failed node to show");
        Assert.True((await house.InventoryAsync()).Version > after.Version);
    }

    [Fact]
    public async Task An_accelerator_that_the_catalogue_does_not_know_is_shown_and_never_sold()
    {
        await using var house = await ProvisioningHouse.RunningAsync(db);
        await Eventually.HoldsAsync(async () => (await house.ViewAsync()).Nodes == 3, "three nodes");
        var inventory = await house.InventoryAsync();
        var shown = Assert.Single(inventory.Fleet, n => n.Name == ProvisioningHouse.UnknownNode);
        Assert.Contains("mystery.example/gpu", shown.UnknownAccelerator, StringComparison.Ordinal);
        Assert.Equal(1, (await house.ViewAsync()).UnknownAccelerators);
        Assert.Empty(shown.Devices);
        Assert.DoesNotContain(
            inventory.Nodes.Where(n => n.Id.EndsWith(ProvisioningHouse.UnknownNode, StringComparison.Ordinal)),
            n => n.Devices.Count > 0
        );
        Assert.Contains(inventory.Nodes, n => n.Devices.Count == 8);
    }
}
