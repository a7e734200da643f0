using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Inventory;

/// <summary>
/// What the pods of a node leave of its devices. Our pods say which devices they hold; pods of others only say how many, so whole free cards
/// are counted as theirs: rather too little for sale than sold twice.
/// </summary>
internal sealed class DeviceUsage(List<InventoryDevice> devices, AcceleratorCatalogue catalogue)
{
    private readonly int[] freeCompute = [.. devices.Select(d => d.FreeComputeMilli)];
    private readonly int[] freeMemory = [.. devices.Select(d => d.FreeMemoryMib)];
    private readonly List<KubePod> strangers = [];

    public bool IsOversold { get; private set; }

    public void Take(KubePod pod)
    {
        if (devices.Count == 0)
        {
            return;
        }

        if (PodDevices.Assigned(pod) is { Count: > 0 } assigned)
        {
            foreach (var one in assigned)
            {
                var at = devices.FindIndex(d => d.Id == one.Id);
                if (at >= 0)
                {
                    Reduce(at, one.ComputeMilli, one.MemoryMib);
                }
            }
        }
        else
        {
            strangers.Add(pod);
        }
    }

    public IReadOnlyList<InventoryDevice> Finish()
    {
        foreach (var pod in strangers)
        {
            TakeWhole(pod);
        }

        return [.. devices.Select((d, i) => d with { FreeComputeMilli = freeCompute[i], FreeMemoryMib = freeMemory[i] })];
    }

    private void TakeWhole(KubePod pod)
    {
        foreach (var (vendor, count) in Cards(pod))
        {
            // The last cards first: the scheduler fills from the first, so strangers and we rarely meet.
            for (var left = count; left > 0; left--)
            {
                var at = LastUsable(vendor, wholeOnly: true);
                if (at < 0)
                {
                    at = LastUsable(vendor, wholeOnly: false);
                }

                if (at < 0)
                {
                    IsOversold = true;
                    break;
                }

                freeCompute[at] = 0;
                freeMemory[at] = 0;
            }
        }
    }

    private int LastUsable(string vendor, bool wholeOnly)
    {
        for (var i = devices.Count - 1; i >= 0; i--)
        {
            var free = wholeOnly ? devices[i].Healthy && freeCompute[i] == Device.FullComputeMilli : freeCompute[i] > 0;
            if (free && devices[i].Vendor == vendor)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>How many cards of each vendor the pod asks for, by any of the vendor's counting resources.</summary>
    private IEnumerable<(string Vendor, long Count)> Cards(KubePod pod)
    {
        var names = pod
            .Spec.Containers.Concat(pod.Spec.InitContainers)
            .SelectMany(c => c.Resources.Requests.Keys.Concat(c.Resources.Limits.Keys))
            .Distinct(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var (kind, vendor) = catalogue.Classify(name);
            var counts =
                kind is AcceleratorResourceKind.Whole or AcceleratorResourceKind.Partition
                || (kind == AcceleratorResourceKind.Shared && vendor!.Models.Any(m => m.Sharing?.CountResource == name));
            if (counts)
            {
                yield return (vendor!.Name, Math.Min(PodRequests.Of(pod, name).Units, InputBounds.MaxDevicesPerNode));
            }
        }
    }

    private void Reduce(int at, int computeMilli, int memoryMib)
    {
        freeCompute[at] -= computeMilli;
        freeMemory[at] -= memoryMib;
        if (freeCompute[at] < 0 || freeMemory[at] < 0)
        {
            IsOversold = true;
            freeCompute[at] = Math.Max(0, freeCompute[at]);
            freeMemory[at] = Math.Max(0, freeMemory[at]);
        }
    }
}
