using System.Text.Json.Nodes;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Workloads;
using YamlDotNet.Serialization;

namespace Marketplace.Clusters.Tests.Access;

/// <summary>What a center reads before it gives us rights.</summary>
public class AccessManifestTests
{
    [Fact]
    public void The_text_says_what_the_objects_say()
    {
        var serializer = new SerializerBuilder().JsonCompatible().Build();
        var read = AccessManifest
            .Yaml.Split("---\n")
            .Skip(1)
            .Select(document => JsonNode.Parse(serializer.Serialize(new DeserializerBuilder().Build().Deserialize(document)!))!);

        Assert.Equal(AccessManifest.Roles.Select(r => r.ToJsonString()), read.Select(r => r.ToJsonString()));
    }

    [Fact]
    public void We_ask_for_no_secrets_no_way_into_containers_and_no_way_up()
    {
        Assert.DoesNotContain(ClusterRight.Needed, r => r.Resource is "secrets" or "pods/exec" or "pods/portforward" or "pods/attach");
        Assert.DoesNotContain(ClusterRight.Needed, r => r.Verb is "escalate" or "impersonate" || r.Resource == "*" || r.Verb == "*");
        Assert.DoesNotContain(ClusterRight.Needed, r => r.Resource == "nodes" && r.Verb is not ("list" or "watch"));
        Assert.All(ClusterRight.Needed.Where(r => r.Verb == "bind"), r => Assert.Equal(AccessManifest.TenantRole, r.Name));
    }

    [Fact]
    public void The_customers_role_a_center_applies_is_the_one_a_contract_wants()
    {
        var spec = new DedicatedNamespaceSpec
        {
            ContractId = "con-1",
            TenantId = "org-1",
            CpuMilli = 1000,
            MemoryMib = 1024,
        };
        var bundle = new WorkloadManifests(AcceleratorCatalogue.Default).Build(spec, 7).Required;
        var wanted = bundle.Objects.Single(o => (string?)o["kind"] == "ClusterRole");

        // Equal hashes: the reconciler finds it as it should be, and needs no right to write it.
        Assert.Equal(AccessManifest.Roles[1].ToJsonString(), wanted.ToJsonString());
        Assert.True(DesiredBundle.IsShared(wanted));
    }
}
