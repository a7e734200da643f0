using System.Text.Json;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Spaces;

/// <summary>A device, or a share of one, that a dedicated namespace holds, and what its pods leave of it.</summary>
internal sealed record HeldDevice(DeviceAssignment Sold, int FreeComputeMilli, int FreeMemoryMib);

/// <summary>What a dedicated namespace holds on one node, what its pods leave free of it, and which of them stand outside of it.</summary>
internal sealed record HeldSpace
{
    public required string Namespace { get; init; }

    /// <summary>Sold here, in 1/1000 core.</summary>
    public required int CpuMilli { get; init; }

    /// <summary>Sold here, in MiB.</summary>
    public required int MemoryMib { get; init; }

    public required int FreeCpuMilli { get; init; }

    public required int FreeMemoryMib { get; init; }

    public required IReadOnlyList<HeldDevice> Devices { get; init; }

    /// <summary>Pods that take more of this node than was sold here: they use what is somebody else's, and are counted so.</summary>
    public required IReadOnlyList<KubePod> Outside { get; init; }

    /// <summary>Fits the pods of a namespace into what it holds on a node. Pure; the order of the pods does not matter.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="pieces">What was sold on this node.</param>
    /// <param name="devices">The devices that are held for it here.</param>
    /// <param name="pods">Its pods here that have not finished.</param>
    /// <param name="catalogue">The accelerators we know.</param>
    public static HeldSpace Of(
        string ns,
        IReadOnlyList<SoldPiece> pieces,
        IReadOnlyList<DeviceAssignment> devices,
        IEnumerable<KubePod> pods,
        AcceleratorCatalogue catalogue
    )
    {
        var (cpu, memory) = (pieces.Sum(p => p.CpuMilli), pieces.Sum(p => p.MemoryMib));
        var room = new Room(cpu, memory, devices, [.. new SoldSpace(pieces).Models], catalogue);

        // First those that say where our binder put them, as far as that is possible; the rest takes what is left, the oldest first.
        var outside = pods.OrderBy(p => p.Metadata.CreationTimestamp)
            .ThenBy(p => p.Key, StringComparer.Ordinal)
            .Where(p => !room.TakeClaimed(p))
            .ToList()
            .Where(p => !room.Take(p))
            .ToList();
        return new HeldSpace
        {
            Namespace = ns,
            CpuMilli = cpu,
            MemoryMib = memory,
            FreeCpuMilli = (int)room.Cpu,
            FreeMemoryMib = (int)room.Memory,
            Devices = room.Devices,
            Outside = outside,
        };
    }

    private sealed class Room(
        long cpu,
        long memory,
        IReadOnlyList<DeviceAssignment> sold,
        IReadOnlyList<string> models,
        AcceleratorCatalogue catalogue
    )
    {
        private readonly List<HeldDevice> devices = [.. Merged(sold).Select(d => new HeldDevice(d, d.ComputeMilli, d.MemoryMib))];

        public long Cpu { get; private set; } = cpu;

        public long Memory { get; private set; } = memory;

        public IReadOnlyList<HeldDevice> Devices => devices;

        public bool TakeClaimed(KubePod pod) => Claims(pod) is { Count: > 0 } claimed && Take(pod, d => claimed.Contains(d.Sold.Id));

        public bool Take(KubePod pod) => Take(pod, _ => true);

        private bool Take(KubePod pod, Func<HeldDevice, bool> allowed)
        {
            var (podCpu, podMemory) = (PodRequests.Of(pod, "cpu").Milli, PodRequests.Of(pod, "memory").MibUp);
            var wanted = CustomerAsk.Of(pod, models, catalogue);
            if (wanted.Error is not null || podCpu > Cpu || podMemory > Memory)
            {
                return false;
            }

            if (wanted.Value is { } ask && !TakeDevices(ask, allowed))
            {
                return false;
            }

            (Cpu, Memory) = (Cpu - podCpu, Memory - podMemory);
            return true;
        }

        private bool TakeDevices(AcceleratorAsk ask, Func<HeldDevice, bool> allowed)
        {
            ClusterResult<(int ComputeMilli, int MemoryMib)> share = ask.IsWhole
                ? (Device.FullComputeMilli, 0)
                : AcceleratorResources.Share(catalogue.FindModel(ask.Model)!, ask);
            if (!share.IsOk)
            {
                return false;
            }

            var chosen = Enumerable
                .Range(0, devices.Count)
                .Where(i => Fits(devices[i], ask, share.Value) && allowed(devices[i]))
                .Take(ask.Cards)
                .ToList();
            if (chosen.Count < ask.Cards)
            {
                return false;
            }

            foreach (var i in chosen)
            {
                var (compute, memoryMib) = ask.IsWhole ? (Device.FullComputeMilli, devices[i].FreeMemoryMib) : share.Value;
                devices[i] = devices[i] with
                {
                    FreeComputeMilli = devices[i].FreeComputeMilli - compute,
                    FreeMemoryMib = devices[i].FreeMemoryMib - memoryMib,
                };
            }

            return true;
        }

        private static bool Fits(HeldDevice device, AcceleratorAsk ask, (int ComputeMilli, int MemoryMib) share) =>
            string.Equals(device.Sold.Model, ask.Model, StringComparison.OrdinalIgnoreCase)
            && device.FreeComputeMilli >= share.ComputeMilli
            && device.FreeMemoryMib >= share.MemoryMib;

        // Two pieces may be shares of one card.
        private static IEnumerable<DeviceAssignment> Merged(IReadOnlyList<DeviceAssignment> sold) =>
            sold.GroupBy(d => d.Id, StringComparer.Ordinal)
                .Select(g =>
                    g.First() with
                    {
                        ComputeMilli = Math.Min(Device.FullComputeMilli, g.Sum(d => d.ComputeMilli)),
                        MemoryMib = g.Sum(d => d.MemoryMib),
                    }
                );

        private static HashSet<string>? Claims(KubePod pod)
        {
            if (!pod.Metadata.Annotations.TryGetValue(Marks.ClaimedDevices, out var text))
            {
                return null;
            }

            try
            {
                // The customer can write anything here.
                return JsonSerializer
                    .Deserialize(text, DeviceJson.Default.IReadOnlyListDeviceAssignment)
                    ?.Select(d => d?.Id)
                    .OfType<string>()
                    .ToHashSet(StringComparer.Ordinal);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
