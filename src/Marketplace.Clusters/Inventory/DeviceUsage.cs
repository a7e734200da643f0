using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Inventory;

/// <summary>
/// What the pods of a node leave of its devices. Our pods say which devices they hold; dedicated namespaces hold what they bought; pods of others
/// only say how many, so whole free cards are counted as theirs: rather too little for sale than sold twice. Whatever a pod says of itself, it
/// never counts for fewer cards than it asks the cluster for.
/// </summary>
internal sealed class DeviceUsage(List<InventoryDevice> devices, AcceleratorCatalogue catalogue)
{
    private readonly int[] freeCompute = [.. devices.Select(d => d.FreeComputeMilli)];
    private readonly int[] freeMemory = [.. devices.Select(d => d.FreeMemoryMib)];
    private readonly List<(string Vendor, long Count)> strangers = [];

    public bool IsOversold { get; private set; }

    public void Take(KubePod pod)
    {
        if (devices.Count == 0)
        {
            return;
        }

        var told = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var one in PodDevices.Assigned(pod) ?? [])
        {
            var at = devices.FindIndex(d => d.Id == one.Id);
            if (at >= 0)
            {
                Reduce(at, one.ComputeMilli, one.MemoryMib);
                told[devices[at].Vendor] = told.GetValueOrDefault(devices[at].Vendor) + 1;
            }
        }

        foreach (var (vendor, count) in Cards(pod))
        {
            var known = Math.Min(count, told.GetValueOrDefault(vendor));
            told[vendor] = told.GetValueOrDefault(vendor) - known;
            strangers.Add((vendor, count - known));
        }
    }

    /// <summary>
    /// Sets aside what was sold here with a dedicated namespace: the devices the sale named, and others of the model where those are taken, because
    /// within a node devices are the binder's choice.
    /// </summary>
    public IReadOnlyList<DeviceAssignment> Hold(SoldPiece piece)
    {
        var held = new List<DeviceAssignment>();
        if (piece.Accelerators is not { } ask || catalogue.FindModel(ask.Model) is not { } model)
        {
            return held;
        }

        ClusterResult<(int ComputeMilli, int MemoryMib)> share = ask.IsWhole
            ? (Device.FullComputeMilli, 0)
            : AcceleratorResources.Share(model, ask);
        for (var i = 0; share.IsOk && i < ask.Cards; i++)
        {
            var named = piece.Devices is { } ids && i < ids.Count ? devices.FindIndex(d => d.Id == ids[i] && d.Model == model.Name) : -1;
            var at = named >= 0 && Fits(named) ? named : Enumerable.Range(0, devices.Count).FirstOrDefault(Fits, named);
            if (at < 0)
            {
                IsOversold = true;
                continue;
            }

            var one = new DeviceAssignment(
                devices[at].Id,
                model.Name,
                share.Value.ComputeMilli,
                ask.IsWhole ? devices[at].MemoryMib : share.Value.MemoryMib
            );
            Reduce(at, one.ComputeMilli, one.MemoryMib);
            held.Add(one);
        }

        return held;

        bool Fits(int at) =>
            devices[at].Model == model.Name
            && freeCompute[at] >= share.Value.ComputeMilli
            && freeMemory[at] >= (ask.IsWhole ? devices[at].MemoryMib : share.Value.MemoryMib)
            && !held.Exists(d => d.Id == devices[at].Id);
    }

    public IReadOnlyList<InventoryDevice> Finish()
    {
        foreach (var (vendor, count) in strangers)
        {
            TakeWhole(vendor, count);
        }

        return [.. devices.Select((d, i) => d with { FreeComputeMilli = freeCompute[i], FreeMemoryMib = freeMemory[i] })];
    }

    private void TakeWhole(string vendor, long count)
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
