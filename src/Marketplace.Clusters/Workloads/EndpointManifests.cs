using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Workloads;

/// <summary>Inference endpoints: a Deployment behind a Service.</summary>
internal static class EndpointManifests
{
    public const string Role = "endpoint";

    public static ClusterResult<IReadOnlyList<JsonObject>> Build(EndpointSpec spec, string ns, AcceleratorCatalogue catalogue)
    {
        var template = PodTemplates.Build(
            spec,
            spec.Container,
            Role,
            "Always",
            catalogue,
            (_, _, main) =>
            {
                main["ports"] = Objects.Array(
                    new JsonObject
                    {
                        ["name"] = "http",
                        ["containerPort"] = spec.Port,
                        ["protocol"] = "TCP",
                    }
                );
                var probe = spec.HealthPath is { } path
                    ? new JsonObject
                    {
                        ["httpGet"] = new JsonObject { ["path"] = path, ["port"] = "http" },
                    }
                    : new JsonObject { ["tcpSocket"] = new JsonObject { ["port"] = "http" } };
                probe["periodSeconds"] = 5;
                main["readinessProbe"] = probe;
            }
        );
        return template.Map<IReadOnlyList<JsonObject>>(t => [Deployment(spec, ns, t), Service(spec, ns)]);
    }

    private static JsonObject Deployment(EndpointSpec spec, string ns, JsonObject template)
    {
        var deployment = Objects.Of(KubeKinds.Deployments, spec, WorkloadNames.Of(spec.ContractId), ns);
        deployment["spec"] = new JsonObject
        {
            ["replicas"] = spec.Replicas,
            ["selector"] = new JsonObject { ["matchLabels"] = Objects.Selector(spec) },
            // The bought devices are all there is: an update takes one replica down before it starts its successor.
            ["strategy"] = new JsonObject
            {
                ["type"] = "RollingUpdate",
                ["rollingUpdate"] = new JsonObject { ["maxSurge"] = 0, ["maxUnavailable"] = 1 },
            },
            ["template"] = template,
        };
        return deployment;
    }

    private static JsonObject Service(EndpointSpec spec, string ns)
    {
        var service = Objects.Of(KubeKinds.Services, spec, WorkloadNames.Of(spec.ContractId), ns);
        service["spec"] = new JsonObject
        {
            ["type"] = "ClusterIP",
            ["selector"] = Objects.Selector(spec),
            ["ports"] = Objects.Array(
                new JsonObject
                {
                    ["name"] = "http",
                    ["port"] = 80,
                    ["protocol"] = "TCP",
                    ["targetPort"] = "http",
                }
            ),
        };
        return service;
    }
}
