using System.Collections.Concurrent;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Tests;

/// <summary>Cluster inventories that tests build by hand: nodes of 8 cards.</summary>
internal sealed class FakeInventories : IInventories
{
    public const string Model = "H100-80G";
    private readonly ConcurrentDictionary<string, ClusterInventoryView> all = new(StringComparer.Ordinal);

    public ValueTask<ClusterInventoryView?> FindAsync(string clusterId, CancellationToken ct) =>
        ValueTask.FromResult(all.GetValueOrDefault(clusterId));

    public void Put(string clusterId, string siteId, int cards, DateTimeOffset at, string model = Model) =>
        Put(new ClusterInventoryView(clusterId, siteId, ClusterState.Connected, 1, Nodes(clusterId, cards, model), [], at), _ => true);

    /// <summary>The cluster reports other machines, under the next version.</summary>
    /// <param name="change">A node as it is now; null when it is gone.</param>
    /// <param name="ready">Whether a node, by its name, is ready; one that is not takes nothing new.</param>
    /// <param name="since">Since when the others are not, if the cluster says so.</param>
    public InventoryChanged Change(
        string clusterId,
        Func<Node, Node?> change,
        Func<string, bool>? ready = null,
        DateTimeOffset? since = null
    )
    {
        ClusterInventoryView now = all[clusterId];
        Put(now with { Version = now.Version + 1, Nodes = [.. now.Nodes.Select(change).OfType<Node>()] }, ready ?? (_ => true), since);
        return new InventoryChanged(clusterId, now.Version + 1);
    }

    private void Put(ClusterInventoryView view, Func<string, bool> ready, DateTimeOffset? since = null) =>
        all[view.ClusterId] = view with { Fleet = [.. view.Nodes.Select(n => FleetOf(n, ready(n.Id.Split('/')[1]), since))] };

    private static FleetNode FleetOf(Node node, bool ready, DateTimeOffset? since) =>
        new(
            node.Id,
            node.Id.Split('/')[1],
            node.Architecture,
            node.Rack,
            ready,
            ready ? null : "not-ready",
            node.CpuMilli,
            node.MemoryMib,
            node.FreeCpuMilli,
            [.. node.Devices.Select(d => new FleetDevice(d.Id, d.Vendor, d.Model, d.MemoryMib, d.Healthy, 0, 0, null, false))],
            null,
            ready ? null : since
        );

    public void SetState(string clusterId, ClusterState state) => all[clusterId] = all[clusterId] with { State = state };

    private static Node[] Nodes(string clusterId, int cards, string model) =>
        [
            .. Enumerable
                .Range(0, (cards + 7) / 8)
                .Select(n => new Node
                {
                    Id = $"{clusterId}/n{n}",
                    ClusterId = clusterId,
                    Architecture = CpuArchitecture.X64,
                    CpuMilli = 96_000,
                    MemoryMib = 1_000_000,
                    FreeCpuMilli = 96_000,
                    FreeMemoryMib = 1_000_000,
                    Devices =
                    [
                        .. Enumerable
                            .Range(0, Math.Min(8, cards - (n * 8)))
                            .Select(d => new Device
                            {
                                Id = $"d{d}",
                                Vendor = "NVIDIA",
                                Model = model,
                                Stack = "CUDA",
                                MemoryMib = 81_920,
                                FreeComputeMilli = 1000,
                                FreeMemoryMib = 81_920,
                                Sharing = new WholeOnly(),
                            }),
                    ],
                }),
        ];
}
