using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Workloads;

/// <summary>What every tenant's namespace has: pod security, quota on what opens ports, and a closed network with few doors.</summary>
internal static class TenantBaseline
{
    /// <summary>Ranges that are not the public internet: private, carrier-grade NAT, link-local, loopback, benchmarking, multicast, reserved.</summary>
    private static readonly string[] ClosedIpv4 =
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ];

    private static readonly string[] ClosedIpv6 = ["::1/128", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"];

    public static IReadOnlyList<JsonObject> Shared(WorkloadSpec spec, string ns, ClusterRanges ranges) =>
        [Namespace(spec, ns, shared: true), PortQuota(spec, ns), .. NetworkPolicies(spec, ns, ranges, shared: true)];

    public static JsonObject Namespace(WorkloadSpec spec, string ns, bool shared)
    {
        var one = Objects.Of(KubeKinds.Namespaces, spec, ns, null, shared: shared);
        var labels = one["metadata"]!["labels"]!;
        foreach (var mode in (string[])["enforce", "audit", "warn"])
        {
            labels[$"pod-security.kubernetes.io/{mode}"] = "restricted";
        }

        return one;
    }

    public static IReadOnlyList<JsonObject> NetworkPolicies(WorkloadSpec spec, string ns, ClusterRanges ranges, bool shared) =>
        [
            Policy(spec, ns, "default-deny", new JsonObject(), shared, ingress: [], egress: []),
            Policy(spec, ns, "allow-own-namespace", new JsonObject(), shared, [From(OwnPods())], [To(OwnPods())]),
            Policy(spec, ns, "allow-dns", new JsonObject(), shared, ingress: null, egress: [Dns()]),
            Policy(spec, ns, "allow-public", new JsonObject(), shared, ingress: null, egress: [Public(ranges)]),
            Policy(spec, ns, "allow-gateway", EndpointPods(), shared, ingress: [From(GatewayPods())], egress: null),
        ];

    private static JsonObject PortQuota(WorkloadSpec spec, string ns)
    {
        var quota = Objects.Of(KubeKinds.ResourceQuotas, spec, "closed", ns, shared: true);
        quota["spec"] = new JsonObject
        {
            ["hard"] = new JsonObject { ["services.nodeports"] = Objects.Count(0), ["services.loadbalancers"] = Objects.Count(0) },
        };
        return quota;
    }

    private static JsonObject Policy(
        WorkloadSpec spec,
        string ns,
        string name,
        JsonObject selector,
        bool shared,
        JsonObject[]? ingress,
        JsonObject[]? egress
    )
    {
        var policy = Objects.Of(KubeKinds.NetworkPolicies, spec, name, ns, shared: shared);
        var types = new List<string>();
        var body = new JsonObject { ["podSelector"] = selector };
        if (ingress is not null)
        {
            types.Add("Ingress");
            AddRules(body, "ingress", ingress);
        }

        if (egress is not null)
        {
            types.Add("Egress");
            AddRules(body, "egress", egress);
        }

        body["policyTypes"] = Objects.List(types);
        policy["spec"] = body;
        return policy;
    }

    /// <summary>No list at all means deny, and unlike an empty list it is the same after every apply.</summary>
    private static void AddRules(JsonObject body, string name, JsonObject[] rules)
    {
        if (rules.Length > 0)
        {
            body[name] = Objects.Array(rules);
        }
    }

    private static JsonObject From(JsonObject peer) => new() { ["from"] = Objects.Array(peer) };

    private static JsonObject To(JsonObject peer) => new() { ["to"] = Objects.Array(peer) };

    private static JsonObject OwnPods() => new() { ["podSelector"] = new JsonObject() };

    private static JsonObject GatewayPods() =>
        new() { ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { [Marks.Gateway] = "true" } } };

    private static JsonObject EndpointPods() => new() { ["matchLabels"] = new JsonObject { [Marks.Role] = EndpointManifests.Role } };

    private static JsonObject Dns() =>
        new()
        {
            ["to"] = Objects.Array(
                new JsonObject
                {
                    ["namespaceSelector"] = new JsonObject(),
                    ["podSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["k8s-app"] = "kube-dns" } },
                }
            ),
            ["ports"] = Objects.Array(
                new JsonObject { ["port"] = 53, ["protocol"] = "UDP" },
                new JsonObject { ["port"] = 53, ["protocol"] = "TCP" }
            ),
        };

    private static JsonObject Public(ClusterRanges ranges)
    {
        var own6 = ranges.Closed.Where(r => r.Contains(':', StringComparison.Ordinal));
        var own4 = ranges.Closed.Where(r => !r.Contains(':', StringComparison.Ordinal));
        return new JsonObject
        {
            ["to"] = Objects.Array(
                new JsonObject { ["ipBlock"] = Block("0.0.0.0/0", ClosedIpv4.Concat(own4)) },
                new JsonObject { ["ipBlock"] = Block("::/0", ClosedIpv6.Concat(own6)) }
            ),
        };
    }

    private static JsonObject Block(string all, IEnumerable<string> closed) =>
        new() { ["cidr"] = all, ["except"] = Objects.List(closed.Distinct(StringComparer.Ordinal)) };
}
