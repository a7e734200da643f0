namespace Marketplace.Simulator.Resources;

/// <summary>Every resource the simulated cluster serves.</summary>
internal static class ResourceCatalog
{
    public static readonly ResourceType Namespaces = Core("namespaces", "Namespace", namespaced: false) with
    {
        ShortNames = ["ns"],
        HasStatus = true,
    };
    public static readonly ResourceType Nodes = Core("nodes", "Node", namespaced: false) with { ShortNames = ["no"], HasStatus = true };
    public static readonly ResourceType Pods = Core("pods", "Pod") with { ShortNames = ["po"], Categories = ["all"], HasStatus = true };
    public static readonly ResourceType Services = Core("services", "Service") with
    {
        ShortNames = ["svc"],
        Categories = ["all"],
        HasStatus = true,
    };
    public static readonly ResourceType Endpoints = Core("endpoints", "Endpoints") with { ShortNames = ["ep"] };
    public static readonly ResourceType Events = Core("events", "Event") with { ShortNames = ["ev"] };
    public static readonly ResourceType ConfigMaps = Core("configmaps", "ConfigMap") with { ShortNames = ["cm"] };
    public static readonly ResourceType Secrets = Core("secrets", "Secret");
    public static readonly ResourceType ServiceAccounts = Core("serviceaccounts", "ServiceAccount") with { ShortNames = ["sa"] };
    public static readonly ResourceType ResourceQuotas = Core("resourcequotas", "ResourceQuota") with
    {
        ShortNames = ["quota"],
        HasStatus = true,
    };
    public static readonly ResourceType LimitRanges = Core("limitranges", "LimitRange") with { ShortNames = ["limits"] };

    public static readonly ResourceType Claims = Core("persistentvolumeclaims", "PersistentVolumeClaim") with
    {
        ShortNames = ["pvc"],
        HasStatus = true,
    };

    public static readonly ResourceType Volumes = Core("persistentvolumes", "PersistentVolume", namespaced: false) with
    {
        ShortNames = ["pv"],
        HasStatus = true,
    };

    public static readonly ResourceType ReplicationControllers = Core("replicationcontrollers", "ReplicationController") with
    {
        ShortNames = ["rc"],
        Categories = ["all"],
        HasStatus = true,
        CountsGeneration = true,
    };

    public static readonly ResourceType Jobs = new("batch", "v1", "jobs", "Job", Namespaced: true)
    {
        Categories = ["all"],
        HasStatus = true,
        CountsGeneration = true,
    };

    public static readonly ResourceType Deployments = App("deployments", "Deployment", "deploy") with { HasScale = true };
    public static readonly ResourceType ReplicaSets = App("replicasets", "ReplicaSet", "rs") with { HasScale = true };
    public static readonly ResourceType StatefulSets = App("statefulsets", "StatefulSet", "sts") with { HasScale = true };
    public static readonly ResourceType DaemonSets = App("daemonsets", "DaemonSet", "ds");

    public static readonly ResourceType ControllerRevisions = new(
        "apps",
        "v1",
        "controllerrevisions",
        "ControllerRevision",
        Namespaced: true
    );

    public static readonly ResourceType NetworkPolicies = new(
        "networking.k8s.io",
        "v1",
        "networkpolicies",
        "NetworkPolicy",
        Namespaced: true
    )
    {
        ShortNames = ["netpol"],
        CountsGeneration = true,
    };

    public static readonly ResourceType Ingresses = new("networking.k8s.io", "v1", "ingresses", "Ingress", Namespaced: true)
    {
        ShortNames = ["ing"],
        HasStatus = true,
        CountsGeneration = true,
    };

    public static readonly ResourceType Roles = Rbac("roles", "Role", namespaced: true);
    public static readonly ResourceType RoleBindings = Rbac("rolebindings", "RoleBinding", namespaced: true);
    public static readonly ResourceType ClusterRoles = Rbac("clusterroles", "ClusterRole", namespaced: false);
    public static readonly ResourceType ClusterRoleBindings = Rbac("clusterrolebindings", "ClusterRoleBinding", namespaced: false);

    public static readonly ResourceType StorageClasses = new("storage.k8s.io", "v1", "storageclasses", "StorageClass", Namespaced: false)
    {
        ShortNames = ["sc"],
    };

    public static readonly ResourceType RuntimeClasses = new("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", Namespaced: false);

    public static readonly ResourceType PriorityClasses = new(
        "scheduling.k8s.io",
        "v1",
        "priorityclasses",
        "PriorityClass",
        Namespaced: false
    )
    {
        ShortNames = ["pc"],
    };

    public static readonly ResourceType Leases = new("coordination.k8s.io", "v1", "leases", "Lease", Namespaced: true) { Volatile = true };

    public static readonly ResourceType Autoscalers = new(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        Namespaced: true
    )
    {
        ShortNames = ["hpa"],
        Categories = ["all"],
        HasStatus = true,
    };

    public static readonly ResourceType DisruptionBudgets = new(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        Namespaced: true
    )
    {
        ShortNames = ["pdb"],
        HasStatus = true,
        CountsGeneration = true,
    };

    public static readonly ResourceType SelfAccessReviews = new(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        Namespaced: false
    )
    {
        CreateOnly = true,
    };

    public static readonly IReadOnlyList<ResourceType> All =
    [
        Namespaces,
        Nodes,
        Pods,
        Services,
        Endpoints,
        Events,
        ConfigMaps,
        Secrets,
        ServiceAccounts,
        ResourceQuotas,
        LimitRanges,
        Claims,
        Volumes,
        ReplicationControllers,
        Jobs,
        Deployments,
        ReplicaSets,
        StatefulSets,
        DaemonSets,
        ControllerRevisions,
        NetworkPolicies,
        Ingresses,
        Roles,
        RoleBindings,
        ClusterRoles,
        ClusterRoleBindings,
        StorageClasses,
        RuntimeClasses,
        PriorityClasses,
        Leases,
        Autoscalers,
        DisruptionBudgets,
        SelfAccessReviews,
    ];

    private static readonly Dictionary<(string Group, string Version, string Plural), ResourceType> ByPath = All.ToDictionary(t =>
        (t.Group, t.Version, t.Plural)
    );

    private static readonly Dictionary<(string ApiVersion, string Kind), ResourceType> ByKind = All.ToDictionary(t =>
        (t.ApiVersion, t.Kind)
    );

    public static ResourceType? Find(string group, string version, string plural) => ByPath.GetValueOrDefault((group, version, plural));

    public static ResourceType? OfKind(string? apiVersion, string? kind) => ByKind.GetValueOrDefault((apiVersion ?? "", kind ?? ""));

    /// <summary>The group's versions, in the order they are served.</summary>
    public static IEnumerable<IGrouping<string, ResourceType>> Groups =>
        All.Where(t => t.Group.Length > 0).GroupBy(t => t.Group, StringComparer.Ordinal);

    private static ResourceType Core(string plural, string kind, bool namespaced = true) => new("", "v1", plural, kind, namespaced);

    private static ResourceType App(string plural, string kind, string shortName) =>
        new("apps", "v1", plural, kind, Namespaced: true)
        {
            ShortNames = [shortName],
            Categories = ["all"],
            HasStatus = true,
            CountsGeneration = true,
        };

    private static ResourceType Rbac(string plural, string kind, bool namespaced) =>
        new("rbac.authorization.k8s.io", "v1", plural, kind, namespaced);
}
