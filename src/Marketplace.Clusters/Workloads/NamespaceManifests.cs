using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Workloads;

/// <summary>Dedicated namespaces: quota, limits, and an account that may work in them but not widen them.</summary>
internal static class NamespaceManifests
{
    /// <summary>The service account the customer works as.</summary>
    public const string Account = "tenant";

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
                Role(spec, ns),
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

    private static JsonObject Role(WorkloadSpec spec, string ns)
    {
        var role = Objects.Of(KubeKinds.Roles, spec, Account, ns);
        var rules = new JsonArray([
            .. Allowed.Select(a =>
                (JsonNode)
                    new JsonObject
                    {
                        ["apiGroups"] = Objects.List([a.Group]),
                        ["resources"] = Objects.List(a.Resources),
                        ["verbs"] = Objects.List(["get", "list", "watch", "create", "update", "patch", "delete"]),
                    }
            ),
        ]);
        rules.Add(
            (JsonNode)
                new JsonObject
                {
                    ["apiGroups"] = Objects.List([""]),
                    ["resources"] = Objects.List(["events", "resourcequotas", "limitranges"]),
                    ["verbs"] = Objects.List(["get", "list", "watch"]),
                }
        );
        role["rules"] = rules;
        return role;
    }

    private static JsonObject Binding(WorkloadSpec spec, string ns)
    {
        var binding = Objects.Of(KubeKinds.RoleBindings, spec, Account, ns);
        binding["roleRef"] = new JsonObject
        {
            ["apiGroup"] = "rbac.authorization.k8s.io",
            ["kind"] = "Role",
            ["name"] = Account,
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
