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

    public void Put(string clusterId, string siteId, int cards, DateTimeOffset at) =>
        all[clusterId] = new ClusterInventoryView(clusterId, siteId, ClusterState.Connected, 1, Nodes(clusterId, cards), [], at);

    public void SetState(string clusterId, ClusterState state) => all[clusterId] = all[clusterId] with { State = state };

    private static Node[] Nodes(string clusterId, int cards) =>
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
                                Model = Model,
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
