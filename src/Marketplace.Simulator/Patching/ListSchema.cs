namespace Marketplace.Simulator.Patching;

/// <summary>
/// Which Kubernetes lists are merged by key, instead of being replaced whole. The keys are those of the public API's
/// patchMergeKey and x-kubernetes-list-map-keys markers for the kinds served here.
/// </summary>
internal static class ListSchema
{
    private static readonly string[] ByName = ["name"];

    /// <summary>The keys that identify an item; empty when the list is atomic. <paramref name="forApply"/>: server-side apply knows two-part keys.</summary>
    public static string[] Keys(string? parent, string field, bool forApply) =>
        (parent, field) switch
        {
            (_, "containers" or "initContainers" or "ephemeralContainers") => ByName,
            ("containers" or "initContainers" or "ephemeralContainers", "env") => ByName,
            ("containers" or "initContainers" or "ephemeralContainers", "volumeMounts") => ["mountPath"],
            ("containers" or "initContainers" or "ephemeralContainers", "volumeDevices") => ["devicePath"],
            ("containers" or "initContainers" or "ephemeralContainers", "ports") => forApply
                ? ["containerPort", "protocol"]
                : ["containerPort"],
            ("spec", "ports") => forApply ? ["port", "protocol"] : ["port"],
            ("spec", "volumes" or "imagePullSecrets" or "resourceClaims") => ByName,
            (null or "", "imagePullSecrets" or "secrets") => ByName,
            ("spec", "topologySpreadConstraints") => forApply ? ["topologyKey", "whenUnsatisfiable"] : ["topologyKey"],
            ("spec", "hostAliases") => ["ip"],
            ("spec", "taints") when !forApply => ["key"],
            ("metadata", "ownerReferences") => ["uid"],
            ("status", "conditions" or "addresses") => ["type"],
            ("status", "podIPs") => ["ip"],
            _ => [],
        };

    /// <summary>Lists of plain values that are merged as sets.</summary>
    public static bool IsSet(string? parent, string field) => (parent, field) is ("metadata", "finalizers");
}
