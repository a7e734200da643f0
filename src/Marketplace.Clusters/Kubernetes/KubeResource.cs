using System.Text;
using System.Text.Json.Serialization.Metadata;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>Where a kind lives in the API: group, version, plural name, and whether it is namespaced.</summary>
public record KubeResource(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    /// <summary><c>v1</c> or <c>group/version</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The path below the server's base address, without a leading slash.</summary>
    /// <param name="ns">The namespace; null for all namespaces or a kind of the whole cluster.</param>
    /// <param name="name">The object; null for the collection.</param>
    /// <param name="subresource">For example <c>status</c>.</param>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(Group.Length == 0 ? "api/" : "apis/").Append(ApiVersion);
        if (Namespaced && ns is { Length: > 0 })
        {
            path.Append("/namespaces/").Append(Uri.EscapeDataString(ns));
        }

        path.Append('/').Append(Plural);
        if (name is not null)
        {
            if (name.Length == 0)
            {
                throw new ArgumentException(
                    $"An object of kind {Kind} needs a name: an empty one would address the whole collection.",
                    nameof(name)
                );
            }

            path.Append('/').Append(Uri.EscapeDataString(name));
        }

        return subresource is null ? path.ToString() : path.Append('/').Append(subresource).ToString();
    }
}

/// <summary>A kind with a typed model.</summary>
/// <typeparam name="T">The model.</typeparam>
public sealed record KubeResource<T> : KubeResource
    where T : KubeObject
{
    internal KubeResource(
        string group,
        string version,
        string plural,
        string kind,
        bool namespaced,
        JsonTypeInfo<T> item,
        JsonTypeInfo<KubeList<T>> list
    )
        : base(group, version, plural, kind, namespaced)
    {
        Item = item;
        List = list;
    }

    internal JsonTypeInfo<T> Item { get; }

    internal JsonTypeInfo<KubeList<T>> List { get; }
}

/// <summary>The kinds the marketplace uses.</summary>
public static class KubeKinds
{
    private static readonly KubeJson Json = KubeJson.Default;

    public static KubeResource<KubeNode> Nodes { get; } = new("", "v1", "nodes", "Node", false, Json.KubeNode, Json.KubeListKubeNode);

    public static KubeResource<KubePod> Pods { get; } = new("", "v1", "pods", "Pod", true, Json.KubePod, Json.KubeListKubePod);

    public static KubeResource<KubeJob> Jobs { get; } = new("batch", "v1", "jobs", "Job", true, Json.KubeJob, Json.KubeListKubeJob);

    public static KubeResource<KubeDeployment> Deployments { get; } =
        new("apps", "v1", "deployments", "Deployment", true, Json.KubeDeployment, Json.KubeListKubeDeployment);

    public static KubeResource<KubeEvent> Events { get; } = new("", "v1", "events", "Event", true, Json.KubeEvent, Json.KubeListKubeEvent);

    public static KubeResource<KubeGeneric> Namespaces { get; } = Generic("", "v1", "namespaces", "Namespace", false);

    public static KubeResource<KubeGeneric> Services { get; } = Generic("", "v1", "services", "Service");

    public static KubeResource<KubeGeneric> ConfigMaps { get; } = Generic("", "v1", "configmaps", "ConfigMap");

    public static KubeResource<KubeGeneric> Secrets { get; } = Generic("", "v1", "secrets", "Secret");

    public static KubeResource<KubeGeneric> ServiceAccounts { get; } = Generic("", "v1", "serviceaccounts", "ServiceAccount");

    public static KubeResource<KubeGeneric> ResourceQuotas { get; } = Generic("", "v1", "resourcequotas", "ResourceQuota");

    public static KubeResource<KubeGeneric> LimitRanges { get; } = Generic("", "v1", "limitranges", "LimitRange");

    public static KubeResource<KubeGeneric> NetworkPolicies { get; } =
        Generic("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy");

    public static KubeResource<KubeGeneric> Roles { get; } = Generic("rbac.authorization.k8s.io", "v1", "roles", "Role");

    public static KubeResource<KubeGeneric> RoleBindings { get; } =
        Generic("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding");

    public static KubeResource<KubeGeneric> ClusterRoles { get; } =
        Generic("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false);

    public static KubeResource<KubeGeneric> ClusterRoleBindings { get; } =
        Generic("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false);

    /// <summary>Every kind above.</summary>
    public static IReadOnlyList<KubeResource> All { get; } =
    [
        Nodes,
        Pods,
        Jobs,
        Deployments,
        Events,
        Namespaces,
        Services,
        ConfigMaps,
        Secrets,
        ServiceAccounts,
        ResourceQuotas,
        LimitRanges,
        NetworkPolicies,
        Roles,
        RoleBindings,
        ClusterRoles,
        ClusterRoleBindings,
    ];

    /// <summary>The kind of an object by its <c>apiVersion</c> and <c>kind</c>; null when the marketplace does not use it.</summary>
    public static KubeResource? Find(string? apiVersion, string? kind) =>
        All.FirstOrDefault(r => r.Kind == kind && r.ApiVersion == apiVersion);

    private static KubeResource<KubeGeneric> Generic(string group, string version, string plural, string kind, bool namespaced = true) =>
        new(group, version, plural, kind, namespaced, Json.KubeGeneric, Json.KubeListKubeGeneric);
}
