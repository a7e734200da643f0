using System.Collections.Concurrent;
using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Tests;

/// <summary>Clusters that tests build and change by hand; every change gives the cluster a new version.</summary>
internal sealed class FakeClusters : IClusterSupply
{
    private readonly ConcurrentDictionary<string, ClusterSupply> all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> silent = new(StringComparer.Ordinal);

    public ValueTask<ClusterSupply?> FindAsync(string clusterId, CancellationToken ct) =>
        ValueTask.FromResult(silent.ContainsKey(clusterId) ? null : all.GetValueOrDefault(clusterId));

    public ValueTask<int> CapacityAsync(string clusterId, string? deviceModel, CancellationToken ct)
    {
        if (!all.TryGetValue(clusterId, out var supply))
            return ValueTask.FromResult(0);
        return ValueTask.FromResult(
            deviceModel is null
                ? supply.Nodes.Sum(n => n.CpuMilli) / 1000
                : supply.Nodes.Sum(n => n.Devices.Count(d => d.Healthy && d.Model == deviceModel))
        );
    }

    public void Put(string clusterId, string siteId, IReadOnlyList<Node> nodes) =>
        all[clusterId] = new ClusterSupply(new Cluster(clusterId, siteId), nodes, (all.GetValueOrDefault(clusterId)?.Version ?? 0) + 1);

    /// <summary>Suspect or lost: nothing new is placed there.</summary>
    public void Silence(string clusterId, bool isSilent = true)
    {
        if (isSilent)
            silent[clusterId] = true;
        else
            silent.TryRemove(clusterId, out _);
    }

    /// <summary>Nodes of 8 cards (or fewer), named after the cluster, with devices d0 to d7.</summary>
    public static Node[] Nodes(
        string clusterId,
        int cards,
        string model = "H100-80G",
        int memoryMib = 81_920,
        DeviceSharing? sharing = null,
        string vendor = "NVIDIA",
        string stack = "CUDA"
    ) =>
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
                                Vendor = vendor,
                                Model = model,
                                Stack = stack,
                                MemoryMib = memoryMib,
                                FreeComputeMilli = 1000,
                                FreeMemoryMib = memoryMib,
                                Sharing = sharing ?? new WholeOnly(),
                            }),
                    ],
                }),
        ];
}
