using System.Text.Json.Nodes;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Reconciling;

namespace Marketplace.Clusters.Workloads;

/// <summary>Dedicated namespaces: quota, limits, and an account that may work in them but not widen them.</summary>
internal static class NamespaceManifests
{
    /// <summary>The service account the customer works as.</summary>
    public const string Account = "tenant";

    private static readonly string[] Reading = ["get", "list", "watch"];

    private static readonly string[] Writing = [.. Reading, "create", "update", "patch", "delete"];

    private static readonly (string Group, string[] Resources)[] Allowed =
    [
        ("", ["pods", "pods/log", "pods/exec", "pods/portforward", "services", "configmaps", "secrets", "persistentvolumeclaims"]),
        ("apps", ["deployments", "deployments/scale", "statefulsets", "statefulsets/scale", "replicasets"]),
        ("batch", ["jobs", "cronjobs"]),
        ("autoscaling", ["horizontalpodautoscalers"]),
    ];

    public static ClusterResult<IReadOnlyList<JsonObject>> Dedicated(DedicatedNamespaceSpec spec, string ns, AcceleratorCatalogue catalogue)
    {
        var quota = Quota(spec, ns, catalogue);
        return quota.Map<IReadOnlyList<JsonObject>>(q =>
            [
                TenantBaseline.Namespace(spec, ns, shared: false),
                q,
                Limits(spec, ns),
                ServiceAccount(spec, ns),
                TenantRole(marked: false),
                Binding(spec, ns),
            ]
        );
    }

    private static ClusterResult<JsonObject> Quota(DedicatedNamespaceSpec spec, string ns, AcceleratorCatalogue catalogue)
    {
        // Everything the catalogue can count is closed first; what was bought is opened again.
        var accelerators = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var name in catalogue.Vendors.SelectMany(v => v.Whole.Concat(v.Views)).Concat(catalogue.Models.SelectMany(Counted)))
        {
            if (!name.EndsWith('*'))
            {
                accelerators[name] = 0;
            }
        }

        foreach (var ask in spec.Accelerators)
        {
            var resources = AcceleratorResources.For(catalogue, ask);
            if (!resources.IsOk)
            {
                return resources.Error;
            }

            foreach (var (name, units) in resources.Value)
            {
                // Shares state memory and compute per card; a quota is the sum over cards.
                var perCard = catalogue.FindModel(ask.Model)!.Sharing is { } sharing && !ask.IsWhole && name != sharing.CountResource;
                accelerators[name] = accelerators.GetValueOrDefault(name) + (perCard ? units * ask.Cards : units);
            }
        }

        var hard = new JsonObject
        {
            ["requests.cpu"] = Objects.Cpu(spec.CpuMilli),
            ["limits.cpu"] = Objects.Cpu(spec.CpuMilli),
            ["requests.memory"] = Objects.Mib(spec.MemoryMib),
            ["limits.memory"] = Objects.Mib(spec.MemoryMib),
            ["requests.storage"] = Objects.Mib(spec.StorageMib),
            ["pods"] = Objects.Count(spec.Pods),
            ["services.nodeports"] = Objects.Count(0),
            ["services.loadbalancers"] = Objects.Count(0),
        };
        foreach (var (name, units) in accelerators)
        {
            hard["requests." + name] = Objects.Count(units);
        }

        var quota = Objects.Of(KubeKinds.ResourceQuotas, spec, "bought", ns);
        quota["spec"] = new JsonObject { ["hard"] = hard };
        return quota;
    }

    private static IEnumerable<string> Counted(AcceleratorModel model) =>
        model.Whole.Concat(AcceleratorCatalogue.SharedNames(model.Sharing));

    private static JsonObject Limits(WorkloadSpec spec, string ns)
    {
        var limits = Objects.Of(KubeKinds.LimitRanges, spec, "defaults", ns);
        limits["spec"] = new JsonObject
        {
            ["limits"] = Objects.Array(
                new JsonObject
                {
                    ["type"] = "Container",
                    ["defaultRequest"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" },
                    ["default"] = new JsonObject { ["cpu"] = "1", ["memory"] = "1Gi" },
                }
            ),
        };
        return limits;
    }

    private static JsonObject ServiceAccount(WorkloadSpec spec, string ns)
    {
        var account = Objects.Of(KubeKinds.ServiceAccounts, spec, Account, ns);
        account["automountServiceAccountToken"] = false;
        return account;
    }

    /// <summary>
    /// What a customer may do in a dedicated namespace. A role of the whole cluster, because then our account hands on this one role without
    /// holding its rights: it never gets to secrets or into containers.
    /// </summary>
    /// <param name="marked">With the hash, as it stands in a cluster; without it, as a bundle takes it.</param>
    public static JsonObject TenantRole(bool marked)
    {
        var rules = new JsonArray([.. Allowed.Select(a => (JsonNode)Rule(a.Group, a.Resources, Writing))]);
        rules.Add((JsonNode)Rule("", ["events", "resourcequotas", "limitranges"], Reading));
        var role = new JsonObject
        {
            ["apiVersion"] = KubeKinds.ClusterRoles.ApiVersion,
            ["kind"] = KubeKinds.ClusterRoles.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = AccessManifest.TenantRole,
                ["labels"] = new JsonObject { [Marks.ManagedBy] = Marks.ManagedByValue },
                ["annotations"] = new JsonObject { [Marks.Scope] = Marks.ScopeCluster },
            },
            ["rules"] = rules,
        };
        return marked ? DesiredBundle.Mark(role, generation: 0) : role;
    }

    private static JsonObject Rule(string group, string[] resources, string[] verbs) =>
        new()
        {
            ["apiGroups"] = Objects.List([group]),
            ["resources"] = Objects.List(resources),
            ["verbs"] = Objects.List(verbs),
        };

    private static JsonObject Binding(WorkloadSpec spec, string ns)
    {
        // Not named after the account: what a binding refers to never changes, and one of that name referred to a role of the namespace.
        var binding = Objects.Of(KubeKinds.RoleBindings, spec, AccessManifest.TenantRole, ns);
        binding["roleRef"] = new JsonObject
        {
            ["apiGroup"] = "rbac.authorization.k8s.io",
            ["kind"] = KubeKinds.ClusterRoles.Kind,
            ["name"] = AccessManifest.TenantRole,
        };
        binding["subjects"] = Objects.Array(
            new JsonObject
            {
                ["kind"] = "ServiceAccount",
                ["name"] = Account,
                ["namespace"] = ns,
            }
        );
        return binding;
    }
}
