using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Filters;

/// <summary>Whether a node's shape may take a variant: architecture, cordon, taints.</summary>
internal static class NodeRules
{
    public static bool Allows(Constraints constraints, Variant variant, NodeShape node) =>
        node.Schedulable
        && (variant.Architecture is null || variant.Architecture == node.Architecture)
        && (constraints.Architectures.Count == 0 || constraints.Architectures.Contains(node.Architecture))
        && node.Taints.All(taint => taint.Effect == TaintEffect.PreferNoSchedule || Tolerated(constraints.Tolerations, taint));

    private static bool Tolerated(IReadOnlyList<Toleration> tolerations, Taint taint) =>
        tolerations.Any(toleration =>
            (toleration.Key is null || toleration.Key == taint.Key)
            && (toleration.Value is null || toleration.Value == taint.Value)
            && (toleration.Effect is null || toleration.Effect == taint.Effect)
        );
}

/// <summary>Whether a device may serve a variant under the request's constraints.</summary>
internal static class DeviceRules
{
    public static bool Allows(Constraints constraints, Variant variant, DeviceShape device) =>
        (variant.DeviceModel is null || variant.DeviceModel == device.Model)
        && Any(constraints.DeviceModels, device.Model)
        && Any(constraints.Vendors, device.Vendor)
        && Any(constraints.Stacks, device.Stack)
        && device.MemoryMib >= constraints.MinDeviceMemoryMib;

    private static bool Any(IReadOnlyList<string> wanted, string has)
    {
        for (var w = 0; w < wanted.Count; w++)
        {
            if (wanted[w] == has)
            {
                return true;
            }
        }

        return wanted.Count == 0;
    }
}
