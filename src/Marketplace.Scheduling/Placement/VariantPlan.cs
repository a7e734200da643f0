using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>What one card of a variant takes of one device class, or that the class cannot serve it.</summary>
/// <param name="ComputeMilli">Compute after rounding up, in 1/1000 device.</param>
/// <param name="MemoryMib">Memory after rounding up, in MiB.</param>
/// <param name="CardMilli">Billed part of the card in 1/1000: the larger of the compute and the memory fraction, at least 1.</param>
internal readonly record struct Grant(bool Eligible, bool Whole, int ComputeMilli, int MemoryMib, int CardMilli);

/// <summary>A variant compiled against a snapshot: which device and node classes can serve it and what it takes of each.</summary>
internal sealed class VariantPlan
{
    private readonly SupplyColumns columns;
    private readonly KeyValuePair<string, string>[] labels;
    private readonly bool[] nodeClassAllowed;
    private readonly bool[] servedModels;

    /// <param name="model">The one model to use, or null for every model the request allows.</param>
    /// <param name="nodeClasses">What <see cref="AllowedNodeClasses"/> says; the same for all models of a variant.</param>
    public VariantPlan(SupplyColumns columns, PlacementRequest request, Variant variant, string? model, bool[] nodeClasses)
    {
        this.columns = columns;
        Variant = variant;
        Cards = variant.CardsPerReplica;
        CpuMilli = variant.CpuMilli;
        MemoryMib = variant.MemoryMib;
        labels = request.Constraints.NodeLabels.Count == 0 ? [] : [.. request.Constraints.NodeLabels];
        nodeClassAllowed = nodeClasses;
        servedModels = new bool[columns.DeviceClasses.Count];
        Grants = new Grant[columns.DeviceClasses.Count];
        if (Cards == 0)
        {
            return;
        }

        if (model is not null)
        {
            Serve(request.Constraints, columns.ClassesOfModel.GetValueOrDefault(model, []));
            return;
        }

        foreach (var kinds in columns.ClassesOfModel.Values)
        {
            Serve(request.Constraints, kinds);
        }
    }

    /// <summary>By node class: whether its nodes may take the variant.</summary>
    public static bool[] AllowedNodeClasses(SupplyColumns columns, PlacementRequest request, Variant variant) =>
        [.. columns.NodeClasses.Select(shape => NodeRules.Allows(request.Constraints, variant, shape))];

    public Variant Variant { get; }
    public int Cards { get; }
    public int CpuMilli { get; }
    public int MemoryMib { get; }

    /// <summary>By device class.</summary>
    public Grant[] Grants { get; }

    /// <summary>Whether some device of the same model as this class can serve it: a quick no for whole nodes.</summary>
    public bool ServesModelOf(int deviceClass) => servedModels[deviceClass];

    /// <summary>Whether so many replicas would need more whole cards than the cluster has, free or not.</summary>
    public bool IsLarger(int replicas, int cluster) => !Variant.IsShared && (long)Cards * replicas > columns.CardsOf(cluster);

    public bool AllowsNode(int node)
    {
        if (!nodeClassAllowed[columns.NodeClass[node]])
        {
            return false;
        }

        foreach (var (key, value) in labels)
        {
            if (!columns.Nodes[node].Labels.TryGetValue(key, out var has) || has != value)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// What one replica takes from an offer of this cluster, in 1/1000 card (or processor unit). Where devices differ the
    /// largest part counts, so the price does not depend on which device is chosen. Null when no device there can serve it.
    /// </summary>
    public long? BilledMilli(int cluster, Offer? offer)
    {
        if (Cards == 0)
        {
            return offer is null ? 0 : Math.Max(Units(CpuMilli, offer.UnitCpuMilli), Units(MemoryMib, offer.UnitMemoryMib));
        }

        var largest = 0;
        foreach (var kind in columns.ClusterDeviceClasses[cluster])
        {
            largest = Grants[kind].Eligible ? Math.Max(largest, Grants[kind].CardMilli) : largest;
        }

        return largest == 0 ? null : (long)largest * Cards;
    }

    private void Serve(Constraints constraints, int[] kindsOfModel)
    {
        var serves = false;
        foreach (var kind in kindsOfModel)
        {
            var device = columns.DeviceClasses[kind];
            Grants[kind] = DeviceRules.Allows(constraints, Variant, device) ? Sharing.GrantOf(Variant, device) : default;
            serves |= Grants[kind].Eligible;
        }

        foreach (var kind in kindsOfModel)
        {
            servedModels[kind] = serves;
        }
    }

    private static long Units(int amount, int unit) => ((amount * 1000L) + unit - 1) / unit;
}
