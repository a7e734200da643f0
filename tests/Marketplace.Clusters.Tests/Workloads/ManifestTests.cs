using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Workloads;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Tests.Workloads;

public class ManifestTests
{
    private static readonly WorkloadManifests Manifests = new(
        AcceleratorCatalogue.Default,
        new ClusterRanges { Closed = ["203.0.113.0/24", "2001:db8::/32"] }
    );

    private static readonly ContainerSpec Plain = new()
    {
        Image = "registry.example/app:1",
        CpuMilli = 1500,
        MemoryMib = 2048,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["B"] = "2", ["A"] = "1" },
    };

    private static readonly ContainerSpec WithCards = Plain with { Accelerators = new AcceleratorAsk("V100M32", 2) };

    public static TheoryData<string> Products => ["batch", "gang", "endpoint", "namespace"];

    [Theory]
    [MemberData(nameof(Products))]
    public void The_same_product_gives_the_same_bytes(string product)
    {
        var (first, second) = (Build(Spec(product)), Build(Spec(product)));

        Assert.Equal(first.ToJson(), second.ToJson());
        Assert.Equal(first.Hash, Manifests.Build(Spec(product), 9).Required.Hash);
        Assert.Equal(first.ToJson(), DesiredBundle.FromJson(first.ToJson()).ToJson());
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Every_object_is_marked_as_ours(string product)
    {
        foreach (var one in Build(Spec(product)).Objects)
        {
            var labels = one["metadata"]!["labels"]!;
            var annotations = one["metadata"]!["annotations"]!;
            Assert.Equal(Marks.ManagedByValue, (string?)labels[Marks.ManagedBy]);
            var scope = (string?)annotations[Marks.Scope];
            Assert.Equal(scope == Marks.ScopeCluster ? null : "ten_1", (string?)labels[Marks.Tenant]);
            Assert.Equal(64, ((string?)annotations[Marks.Hash])!.Length);
            var shared = scope is not null;
            Assert.Equal(shared ? null : "con_1", (string?)labels[Marks.Contract]);
            Assert.Equal(shared ? null : "bun_1", (string?)labels[Marks.Bundle]);
            Assert.Equal(shared ? null : "4", (string?)annotations[Marks.Generation]);
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void The_tenants_baseline_is_always_there(string product)
    {
        var bundle = Build(Spec(product));
        var space = bundle.Objects[0];
        Assert.Equal("Namespace", (string?)space["kind"]);
        Assert.StartsWith(Marks.NamespacePrefix, bundle.Namespace, StringComparison.Ordinal);
        Assert.Equal("restricted", (string?)space["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]);

        var deny = Find(bundle, "NetworkPolicy", "default-deny")["spec"]!;
        Assert.Equal("""{"podSelector":{},"policyTypes":["Ingress","Egress"]}""", deny.ToJsonString());
        var closed = Find(bundle, "NetworkPolicy", "allow-public")["spec"]!.ToJsonString();
        Assert.All(
            [
                "10.0.0.0/8",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "169.254.0.0/16",
                "100.64.0.0/10",
                "203.0.113.0/24",
                "fc00::/7",
                "fe80::/10",
                "2001:db8::/32",
            ],
            range => Assert.Contains($"\"{range}\"", closed, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("gang")]
    [InlineData("endpoint")]
    public void Pods_satisfy_the_restricted_profile(string product)
    {
        var pod = Pod(Build(Spec(product)));

        Assert.False((bool?)pod["automountServiceAccountToken"]);
        Assert.Equal(
            """{"runAsNonRoot":true,"runAsUser":65532,"runAsGroup":65532,"fsGroup":65532,"seccompProfile":{"type":"RuntimeDefault"}}""",
            pod["securityContext"]!.ToJsonString()
        );
        Assert.Equal(
            """{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}""",
            pod["containers"]![0]!["securityContext"]!.ToJsonString()
        );
        Assert.Equal(Marks.SchedulerName, (string?)pod["schedulerName"]);
    }

    [Fact]
    public void Quantities_are_quoted_and_cards_are_asked_for_in_requests_and_limits()
    {
        var resources = Pod(Build(Spec("batch")))["containers"]![0]!["resources"]!;

        const string amounts = """{"cpu":"1500m","memory":"2048Mi","nvidia.com/gpu":"2"}""";
        Assert.Equal($$"""{"requests":{{amounts}},"limits":{{amounts}}}""", resources.ToJsonString());
    }

    [Fact]
    public void A_batch_job_without_accelerators_is_left_to_the_clusters_own_scheduler()
    {
        var pod = Pod(Build(Batch(Plain)));

        Assert.Null(pod["schedulerName"]);
        Assert.Equal("""[{"name":"A","value":"1"},{"name":"B","value":"2"}]""", pod["containers"]![0]!["env"]!.ToJsonString());
    }

    [Fact]
    public void A_gang_has_its_size_its_meeting_point_and_no_second_chance()
    {
        var bundle = Build(Spec("gang"));
        var job = Find(bundle, "Job", "con-1")["spec"]!;
        var template = job["template"]!["metadata"]!;

        Assert.Equal((8, 8, 0), ((int?)job["parallelism"], (int?)job["completions"], (int?)job["backoffLimit"]));
        Assert.Equal(("8", "Rack"), ((string?)template["annotations"]![Marks.GangSize], (string?)template["annotations"]![Marks.Together]));
        Assert.Equal("con-1", (string?)template["labels"]![Marks.Gang]);
        Assert.Equal("None", (string?)Find(bundle, "Service", "con-1")["spec"]!["clusterIP"]);
        Assert.Equal("0", (string?)Find(bundle, "Service", "con-1-master")["spec"]!["selector"]![Marks.Rank]);
        var environment = job["template"]!["spec"]!["containers"]![0]!["env"]!.ToJsonString();
        Assert.Contains("""{"name":"MASTER_ADDR","value":"con-1-master"}""", environment, StringComparison.Ordinal);
        Assert.Contains("""{"name":"WORLD_SIZE","value":"8"}""", environment, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endpoint_is_a_deployment_behind_a_service_that_never_needs_more_than_was_bought()
    {
        var bundle = Build(Spec("endpoint"));
        var deployment = Find(bundle, "Deployment", "con-1")["spec"]!;
        var service = Find(bundle, "Service", "con-1")["spec"]!;

        Assert.Equal(0, (int?)deployment["strategy"]!["rollingUpdate"]!["maxSurge"]);
        Assert.Equal("/healthz", (string?)deployment["template"]!["spec"]!["containers"]![0]!["readinessProbe"]!["httpGet"]!["path"]);
        Assert.Equal(("ClusterIP", 80), ((string?)service["type"], (int?)service["ports"]![0]!["port"]));
    }

    [Fact]
    public void A_dedicated_namespace_closes_every_accelerator_that_was_not_bought()
    {
        var bundle = Build(Spec("namespace"));
        var hard = Find(bundle, "ResourceQuota", "bought")["spec"]!["hard"]!.AsObject();

        Assert.Equal("2", (string?)hard["requests.nvidia.com/gpu"]);
        Assert.Equal("3", (string?)hard["requests.cambricon.com/vmlu"]);
        Assert.Equal("12", (string?)hard["requests.cambricon.com/mlu.smlu.vmemory"]);
        Assert.Equal("0", (string?)hard["requests.cambricon.com/mlu"]);
        Assert.Equal("0", (string?)hard["requests.huawei.com/Ascend910"]);
        Assert.All(hard, entry => Assert.IsType<string>(entry.Value!.GetValue<string>()));
        var rules = Find(bundle, "ClusterRole", "compute-marketplace-tenant")["rules"]!.ToJsonString();
        Assert.DoesNotContain("roles", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("networkpolicies", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("*", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void Annotations_that_steer_others_are_taken_out()
    {
        var spec = Batch(WithCards) with
        {
            Annotations = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["hami.io/vgpu-node"] = "x",
                ["HAMI.IO/gpu"] = "x",
                [Marks.Devices] = "[]",
                ["team"] = "vision",
            },
        };
        var annotations = Find(Build(spec), "Job", "con-1")["spec"]!["template"]!["metadata"]!["annotations"]!.AsObject();

        Assert.Equal([Marks.ContractId, "team", Marks.Ask], annotations.Select(a => a.Key));
    }

    [Fact]
    public void What_is_wrong_is_named_with_field_and_fix()
    {
        Refused(Batch(Plain with { Image = " " }), "image");
        Refused(Batch(Plain with { CpuMilli = 0 }), "cpuMilli");
        Refused(Batch(Plain with { RunAsUser = 0 }), "runAsUser");
        Refused(Batch(Plain) with { Parallelism = 2 }, "parallelism");
        Refused(Batch(Plain) with { Deadline = TimeSpan.Zero }, "deadline");
        Refused(Batch(Plain) with { ContractId = "" }, "contractId");
        Refused(Batch(Plain with { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["a b"] = "" } }), "environment");
        Refused(Batch(Plain with { Accelerators = new AcceleratorAsk("Nothing", 1) }), "model");
        Refused((EndpointSpec)Spec("endpoint") with { Port = 80 }, "port");
        Refused((EndpointSpec)Spec("endpoint") with { HealthPath = "healthz" }, "healthPath");
        Refused((GangJobSpec)Spec("gang") with { Replicas = 0 }, "replicas");
    }

    [Fact]
    public void Two_contracts_never_share_a_name()
    {
        string[] ids = ["con_1", "con-1", "Con_1", "con__1", "con.1", "1con", "con_1-", new('a', 80), new string('a', 79) + "b"];

        Assert.Equal(ids.Length, ids.Select(WorkloadNames.Of).Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids.Select(WorkloadNames.Of), name => Assert.Matches("^[a-z]([-a-z0-9]{0,48}[a-z0-9])?$", name));
    }

    private static void Refused(WorkloadSpec spec, string field)
    {
        var error = Manifests.Build(spec, 1).Error;

        Assert.Equal(field, error?.Field);
        Assert.NotEmpty(error!.Fix!);
    }

    private static BatchJobSpec Batch(ContainerSpec container) =>
        new()
        {
            ContractId = "con_1",
            TenantId = "ten_1",
            BundleId = "bun_1",
            Container = container,
        };

    private static WorkloadSpec Spec(string product) =>
        product switch
        {
            "batch" => Batch(WithCards),
            "gang" => new GangJobSpec
            {
                ContractId = "con_1",
                TenantId = "ten_1",
                BundleId = "bun_1",
                Container = WithCards,
                Replicas = 8,
                Together = TopologyLevel.Rack,
            },
            "endpoint" => new EndpointSpec
            {
                ContractId = "con_1",
                TenantId = "ten_1",
                BundleId = "bun_1",
                Container = WithCards,
                Port = 8080,
                HealthPath = "/healthz",
            },
            _ => new DedicatedNamespaceSpec
            {
                ContractId = "con_1",
                TenantId = "ten_1",
                BundleId = "bun_1",
                CpuMilli = 8000,
                MemoryMib = 16384,
                Accelerators = [new("V100M32", 2), new("MLU370-X8", 3, 500, 1000)],
            },
        };

    private static DesiredBundle Build(WorkloadSpec spec) => Manifests.Build(spec, 4).Required;

    private static JsonObject Find(DesiredBundle bundle, string kind, string name) =>
        bundle.Objects.Single(o => (string?)o["kind"] == kind && (string?)o["metadata"]!["name"] == name);

    private static JsonNode Pod(DesiredBundle bundle) =>
        bundle.Objects.Single(o => (string?)o["kind"] is "Job" or "Deployment")["spec"]!["template"]!["spec"]!;
}
