using System.Text.Json.Nodes;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Spaces;

/// <summary>Whose word counts.</summary>
public class ProvenanceTests
{
    private static readonly DesiredBundle Victim = DesiredBundle.Create("con_victim", 1, "cm-org-a", []);

    [Theory]
    [InlineData("cm-org-a", Origin.Ours)]
    [InlineData("cm-ns-con-1", Origin.Customer)]
    [InlineData("team-a", Origin.Stranger)]
    [InlineData("default", Origin.Stranger)]
    [InlineData("xcm-org-a", Origin.Stranger)]
    [InlineData("", Origin.Stranger)]
    [InlineData(null, Origin.Stranger)]
    internal void The_name_of_a_namespace_says_who_writes_in_it(string? ns, Origin expected) => Assert.Equal(expected, Provenance.Of(ns));

    [Fact]
    public void Only_in_its_own_namespace_is_an_object_of_its_contract()
    {
        Assert.Equal(Provenance.KeyOf(Victim), Provenance.KeyOf(Marked("cm-org-a")));
        foreach (var elsewhere in (string[])["cm-org-b", "cm-ns-con-1", "team-a", "default"])
        {
            Assert.NotEqual(Provenance.KeyOf(Victim), Provenance.KeyOf(Marked(elsewhere)));
        }
    }

    [Fact]
    public void All_pods_of_a_dedicated_namespace_are_its_contracts_whatever_they_say_and_nothing_else_is()
    {
        var space = DesiredBundle.Create("con_1", 1, WorkloadNames.DedicatedNamespaceOf("con_1"), []);
        var job = new KubeJob { Metadata = Marked(space.Namespace).Metadata };

        Assert.Equal(Provenance.KeyOf(space), Provenance.KeyOf(Marked(space.Namespace)));
        Assert.Equal(
            Provenance.KeyOf(space),
            Provenance.KeyOf(Kube.Pod("p", "n") with { Metadata = new() { Namespace = space.Namespace } })
        );
        Assert.Null(Provenance.KeyOf(job));
    }

    [Fact]
    public void Marks_are_kept_where_nobody_but_us_writes_and_taken_away_elsewhere()
    {
        var ours = Marked("cm-org-a");
        Assert.Same(ours, Provenance.Trusted(ours));

        var stranger = Provenance.Trusted(Marked("team-a"));
        Assert.Equal(["app"], stranger.Metadata.Labels.Keys);
        Assert.Equal(["note"], stranger.Metadata.Annotations.Keys);

        // What a customer's pod says of its devices only chooses among what the contract holds: it goes by another name.
        var customer = Provenance.Trusted(Marked("cm-ns-con-1"));
        Assert.Equal(["app"], customer.Metadata.Labels.Keys);
        Assert.Equal(["note", Marks.ClaimedDevices], customer.Metadata.Annotations.Keys.OrderDescending(StringComparer.Ordinal));
        Assert.Equal("[]", customer.Metadata.Annotations[Marks.ClaimedDevices]);
    }

    [Fact]
    public void A_claim_cannot_be_written_directly()
    {
        var pod = Marked("cm-ns-con-1");
        pod = pod with
        {
            Metadata = pod.Metadata with
            {
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Marks.ClaimedDevices] = "[]" },
            },
        };

        Assert.Empty(Provenance.Trusted(pod).Metadata.Annotations);
    }

    [Fact]
    public void No_customers_ordinary_namespace_is_named_like_a_dedicated_one()
    {
        var spec = new BatchJobSpec
        {
            ContractId = "con_1",
            TenantId = "ns_con",
            Container = new ContainerSpec
            {
                Image = "a/b:1",
                CpuMilli = 1000,
                MemoryMib = 1024,
            },
        };

        Assert.Equal("workload.tenant", new WorkloadManifests(AcceleratorCatalogue.Default).Build(spec, 1).Error!.Code);
    }

    /// <summary>The reconciler believes what it finds of a dedicated namespace: that holds only while its customer can write none of it.</summary>
    [Fact]
    public void Nothing_we_make_in_a_dedicated_namespace_is_of_a_kind_its_customer_may_write()
    {
        var spec = new DedicatedNamespaceSpec
        {
            ContractId = "con_1",
            TenantId = "org_1",
            CpuMilli = 1000,
            MemoryMib = 1024,
        };
        var bundle = new WorkloadManifests(AcceleratorCatalogue.Default).Build(spec, 1).Required;
        var writable = AccessManifest.Roles[1]["rules"]!
            .AsArray()
            .Where(r => r!["verbs"]!.AsArray().Any(v => (string)v! is not ("get" or "list" or "watch")))
            .SelectMany(r => r!["resources"]!.AsArray(), (r, n) => ((string)r!["apiGroups"]![0]!, (string)n!))
            .ToHashSet();

        Assert.Contains(("", "pods"), writable);
        Assert.All(
            bundle.Objects,
            o =>
            {
                var kind = KubeKinds.Find((string?)o["apiVersion"], (string?)o["kind"])!;
                Assert.DoesNotContain((kind.Group, kind.Plural), writable);
            }
        );
    }

    private static KubePod Marked(string ns) =>
        Kube.Read<KubePod>(
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = "p",
                    ["namespace"] = ns,
                    ["labels"] = new JsonObject
                    {
                        [Marks.ManagedBy] = Marks.ManagedByValue,
                        [Marks.Contract] = "con_victim",
                        [Marks.Gang] = "g",
                        ["app"] = "x",
                    },
                    ["annotations"] = new JsonObject
                    {
                        [Marks.Devices] = "[]",
                        [Marks.Ask] = "{}",
                        ["note"] = "y",
                    },
                },
            }
        );
}
