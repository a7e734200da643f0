using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Hosting;

/// <summary>The objects every cluster has from the beginning.</summary>
internal static class Bootstrap
{
    public static void Run(ClusterApi api)
    {
        foreach (var name in new[] { "default", "kube-system", "kube-public", "kube-node-lease" })
        {
            Make(api, ResourceCatalog.Namespaces, "", name, []);
        }
        Make(
            api,
            ResourceCatalog.Services,
            "default",
            "kubernetes",
            new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["clusterIP"] = "10.96.0.1",
                    ["ports"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = "https",
                            ["port"] = 443,
                            ["targetPort"] = 6443,
                        }
                    ),
                },
            }
        );
        Make(
            api,
            ResourceCatalog.StorageClasses,
            "",
            "simulated",
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject { ["storageclass.kubernetes.io/is-default-class"] = "true" },
                },
                ["provisioner"] = "simulator.compute/volume",
                ["reclaimPolicy"] = "Delete",
                ["volumeBindingMode"] = "Immediate",
            }
        );
        foreach (var (name, value) in new[] { ("system-cluster-critical", 2000000000), ("system-node-critical", 2000001000) })
        {
            Make(api, ResourceCatalog.PriorityClasses, "", name, new JsonObject { ["value"] = value, ["globalDefault"] = false });
        }
        Roles(api);
    }

    private static void Roles(ClusterApi api)
    {
        static JsonObject Rule(string[] groups, string[] resources, string[] verbs) =>
            new()
            {
                ["apiGroups"] = new JsonArray([.. groups.Select(g => (JsonNode)g)]),
                ["resources"] = new JsonArray([.. resources.Select(r => (JsonNode)r)]),
                ["verbs"] = new JsonArray([.. verbs.Select(v => (JsonNode)v)]),
            };
        string[] reading = ["get", "list", "watch"];
        Make(
            api,
            ResourceCatalog.ClusterRoles,
            "",
            "cluster-admin",
            new JsonObject { ["rules"] = new JsonArray(Rule(["*"], ["*"], ["*"])) }
        );
        string[] workloads = ["", "apps", "batch", "networking.k8s.io", "autoscaling", "policy"];
        Make(api, ResourceCatalog.ClusterRoles, "", "edit", new JsonObject { ["rules"] = new JsonArray(Rule(workloads, ["*"], ["*"])) });
        Make(
            api,
            ResourceCatalog.ClusterRoles,
            "",
            "admin",
            new JsonObject
            {
                ["rules"] = new JsonArray(
                    Rule(workloads, ["*"], ["*"]),
                    Rule(["rbac.authorization.k8s.io"], ["roles", "rolebindings"], ["*"])
                ),
            }
        );
        Make(
            api,
            ResourceCatalog.ClusterRoles,
            "",
            "view",
            new JsonObject
            {
                ["rules"] = new JsonArray(
                    Rule(
                        [""],
                        [
                            "pods",
                            "pods/log",
                            "services",
                            "endpoints",
                            "events",
                            "configmaps",
                            "persistentvolumeclaims",
                            "resourcequotas",
                            "limitranges",
                            "serviceaccounts",
                            "namespaces",
                        ],
                        reading
                    ),
                    Rule(["apps", "batch", "networking.k8s.io", "autoscaling", "policy"], ["*"], reading)
                ),
            }
        );
    }

    private static void Make(ClusterApi api, ResourceType type, string ns, string name, JsonObject body)
    {
        if (api.Store.Get(type, ns, name) is null)
        {
            body.Ensure("metadata")["name"] = name;
            api.Create(Caller.System, type, ns, body).Expect();
        }
    }
}
