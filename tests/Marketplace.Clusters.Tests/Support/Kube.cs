using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Tests.Support;

/// <summary>Builders of Kubernetes objects, as the API server would send them.</summary>
internal static class Kube
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static JsonObject NodeJson(
        string name,
        (string Resource, long Count)[]? resources = null,
        (string Label, string Value)[]? labels = null,
        (string Name, string Value)[]? annotations = null,
        string architecture = "amd64",
        string cpu = "96",
        string memory = "393216Mi"
    )
    {
        var allLabels = new JsonObject { ["kubernetes.io/arch"] = architecture, ["kubernetes.io/hostname"] = name };
        foreach (var (label, value) in labels ?? [])
        {
            allLabels[label] = value;
        }

        var amounts = new JsonObject
        {
            ["cpu"] = cpu,
            ["memory"] = memory,
            ["pods"] = "500",
        };
        foreach (var (resource, count) in resources ?? [])
        {
            amounts[resource] = $"{count}";
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = allLabels,
                ["annotations"] = new JsonObject((annotations ?? []).Select(a => KeyValuePair.Create(a.Name, (JsonNode?)a.Value))),
            },
            ["status"] = new JsonObject
            {
                ["capacity"] = amounts,
                ["allocatable"] = amounts.DeepClone(),
                ["conditions"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Ready",
                        ["status"] = "True",
                        ["reason"] = "KubeletReady",
                        ["message"] = "played",
                        ["lastTransitionTime"] = "2026-03-01T00:00:00Z",
                    }
                ),
            },
        };
    }

    public static KubeNode Node(
        string name,
        (string Resource, long Count)[]? resources = null,
        (string Label, string Value)[]? labels = null,
        (string Name, string Value)[]? annotations = null,
        string architecture = "amd64",
        Action<JsonObject>? change = null
    )
    {
        var json = NodeJson(name, resources, labels, annotations, architecture);
        change?.Invoke(json);
        return Read<KubeNode>(json);
    }

    /// <summary>A pod on a node, with devices it was given, or resources a stranger asked for.</summary>
    public static KubePod Pod(
        string name,
        string? node,
        IReadOnlyList<DeviceAssignment>? devices = null,
        (string Resource, string Amount)[]? requests = null,
        string phase = "Running"
    ) =>
        Read<KubePod>(
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = "cm-test",
                    ["uid"] = "uid-" + name,
                    ["annotations"] = devices is null ? new JsonObject() : new JsonObject { [Marks.Devices] = PodDevices.Write(devices) },
                },
                ["spec"] = new JsonObject
                {
                    ["nodeName"] = node,
                    ["containers"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = "main",
                            ["resources"] = new JsonObject
                            {
                                ["requests"] = new JsonObject(
                                    (requests ?? []).Select(r => KeyValuePair.Create(r.Resource, (JsonNode?)r.Amount))
                                ),
                            },
                        }
                    ),
                },
                ["status"] = new JsonObject { ["phase"] = phase },
            }
        );

    /// <summary>A pod as its writer sends it: restricted as Pod Security wants it, with whatever else is written on it.</summary>
    public static JsonObject PodJson(
        string name,
        (string Resource, string Amount)[]? requests = null,
        (string Key, string Value)[]? labels = null,
        (string Key, string Value)[]? annotations = null,
        string? scheduler = Marks.SchedulerName,
        string? node = null
    )
    {
        (string, string)[] amounts = [("cpu", "100m"), ("memory", "128Mi"), .. requests ?? []];
        var spec = new JsonObject
        {
            ["containers"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "main",
                    ["image"] = "registry.example/own:1",
                    ["resources"] = new JsonObject { ["requests"] = Texts(amounts), ["limits"] = Texts(amounts) },
                    ["securityContext"] = new JsonObject
                    {
                        ["allowPrivilegeEscalation"] = false,
                        ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
                    },
                }
            ),
            ["securityContext"] = new JsonObject
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = 1000,
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
            },
        };
        foreach (var (field, value) in (ReadOnlySpan<(string, string?)>)[("schedulerName", scheduler), ("nodeName", node)])
        {
            if (value is not null)
            {
                spec[field] = value;
            }
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = Texts(labels ?? []),
                ["annotations"] = Texts(annotations ?? []),
            },
            ["spec"] = spec,
        };
    }

    /// <summary>Creates a pod; a new namespace may still lack the account that its pods run as.</summary>
    public static Task<ClusterResult<JsonObject>> CreateAsync(KubernetesClient client, string ns, JsonObject pod)
    {
        pod["metadata"]!["namespace"] = ns;
        return Until.Seen(
            () => client.CreateAsync(pod),
            c => c.Error is not { } e || !AccountMissing().Any(words => e.Message.Contains(words, StringComparison.OrdinalIgnoreCase)),
            "the namespace's account"
        );

        static string[] AccountMissing() => ["serviceaccount", "service account"];
    }

    private static JsonObject Texts((string Key, string Value)[] texts) =>
        new(texts.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value)));

    public static T Read<T>(JsonNode json) => json.Deserialize<T>(Options)!;

    /// <summary>A node as the vendor's software would show it, with one label naming the model.</summary>
    public static KubeNode NodeWith(AcceleratorModel model, int cards, string resource) =>
        Node("n", [(resource, cards)], [(AcceleratorCatalogue.ModelLabel, model.Name)]);
}
