namespace Marketplace.Clusters.Access;

/// <summary>One thing an account may do in a cluster.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resource">Plural name, with its subresource: <c>pods/binding</c>.</param>
/// <param name="Verb">As Kubernetes calls it.</param>
/// <param name="Name">The one object it is about; null for any.</param>
public sealed record ClusterRight(string Group, string Resource, string Verb, string? Name = null)
{
    /// <summary>All verbs on all resources, which administrators have.</summary>
    internal static readonly ClusterRight Everything = new("*", "*", "*");

    /// <summary>
    /// What the marketplace does in a cluster, and nothing it does not: the contract tests run with exactly these rights. No secrets, no access to
    /// containers, no change of nodes. What customers may do in a namespace of their own is one fixed role, which we may hand on but do not hold.
    /// </summary>
    public static IReadOnlyList<ClusterRight> Needed { get; } =
    [
        // Inventory and status.
        .. Of("", "nodes", "list", "watch"),
        .. Of("", "pods", "list", "watch"),
        .. Of("batch", "jobs", "list", "watch"),
        .. Of("apps", "deployments", "list", "watch"),
        .. Of("", "events", "list"),
        .. Of("", "pods/log", "get"),
        // Placement: the rank of a gang's pod, its node, and why it waits.
        .. Of("", "pods", "patch"),
        .. Of("", "pods/binding", "create"),
        .. Of("", "pods/status", "patch"),
        // Pods that outlive their contract, and those of a suspended namespace.
        .. Of("", "pods", "delete"),
        // Contracts.
        .. Kept("", "namespaces"),
        .. Kept("batch", "jobs"),
        .. Kept("apps", "deployments"),
        .. Kept("", "services"),
        .. Kept("", "configmaps"),
        .. Kept("", "resourcequotas"),
        .. Kept("", "limitranges"),
        .. Kept("networking.k8s.io", "networkpolicies"),
        // Dedicated namespaces.
        .. Kept("", "serviceaccounts"),
        .. Of("", "serviceaccounts/token", "create"),
        .. Kept(AccessManifest.Group, "rolebindings"),
        new(AccessManifest.Group, "clusterroles", "get", AccessManifest.TenantRole),
        new(AccessManifest.Group, "clusterroles", "bind", AccessManifest.TenantRole),
    ];

    /// <summary>The resource with its group, as <c>kubectl</c> prints it: <c>jobs.batch</c>.</summary>
    public string Target
    {
        get
        {
            var slash = Resource.IndexOf('/', StringComparison.Ordinal);
            var (main, sub) = slash < 0 ? (Resource, "") : (Resource[..slash], Resource[slash..]);
            return (Group.Length == 0 ? main : $"{main}.{Group}") + sub + (Name is null ? "" : $" \"{Name}\"");
        }
    }

    /// <summary>Rights in plain words, by what they are about: <c>nodes: list, watch; pods/binding: create</c>.</summary>
    public static string Words(IEnumerable<ClusterRight> rights) =>
        string.Join(
            "; ",
            rights.GroupBy(r => r.Target, r => r.Verb, StringComparer.Ordinal).Select(g => $"{g.Key}: {string.Join(", ", g)}")
        );

    private static IEnumerable<ClusterRight> Of(string group, string resource, params string[] verbs) =>
        verbs.Select(v => new ClusterRight(group, resource, v));

    // Server-side apply is a patch that may create.
    private static IEnumerable<ClusterRight> Kept(string group, string resource) => Of(group, resource, "get", "create", "patch", "delete");
}
