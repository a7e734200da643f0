using System.Text.Json.Nodes;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Workloads;

public class TenantGuardTests
{
    private const string Clean = """
        {"kind":"Job","spec":{"template":{"metadata":{"annotations":{"hami.io/x":"1","team":"a"}},"spec":{"automountServiceAccountToken":false,
        "volumes":[{"name":"v","emptyDir":{}}],"securityContext":{"runAsNonRoot":true},
        "containers":[{"name":"c","ports":[{"containerPort":80}],"securityContext":{"allowPrivilegeEscalation":false}}]}}}}
        """;

    [Fact]
    public void A_clean_object_passes() => Assert.Empty(TenantGuard.Check(JsonNode.Parse(Clean)!.AsObject()));

    [Theory]
    [InlineData("\"emptyDir\":{}", "\"hostPath\":{\"path\":\"/\"}", "spec.template.spec.volumes[0].hostPath")]
    [InlineData("\"containers\"", "\"nodeName\":\"n\",\"containers\"", "spec.template.spec.nodeName")]
    [InlineData("\"containers\"", "\"tolerations\":[{\"operator\":\"Exists\"}],\"containers\"", "spec.template.spec.tolerations")]
    [InlineData("\"containers\"", "\"hostNetwork\":true,\"containers\"", "spec.template.spec.hostNetwork")]
    [InlineData("\"containers\"", "\"hostPID\":true,\"containers\"", "spec.template.spec.hostPID")]
    [InlineData("\"containers\"", "\"priorityClassName\":\"system-node-critical\",\"containers\"", "spec.template.spec.priorityClassName")]
    [InlineData("Token\":false", "Token\":true", "spec.template.spec.automountServiceAccountToken")]
    [InlineData("\"runAsNonRoot\":true", "\"runAsNonRoot\":false", "spec.template.spec.securityContext")]
    [InlineData("\"runAsNonRoot\":true", "\"runAsUser\":0", "spec.template.spec.securityContext")]
    [InlineData(
        "\"allowPrivilegeEscalation\":false",
        "\"allowPrivilegeEscalation\":false,\"privileged\":true",
        "spec.template.spec.containers[0].securityContext.privileged"
    )]
    [InlineData(
        "\"allowPrivilegeEscalation\":false",
        "\"runAsNonRoot\":true",
        "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation"
    )]
    [InlineData(
        "\"allowPrivilegeEscalation\":false",
        "\"allowPrivilegeEscalation\":false,\"capabilities\":{\"add\":[\"SYS_ADMIN\"]}",
        "spec.template.spec.containers[0].securityContext.capabilities.add"
    )]
    [InlineData("\"containerPort\":80", "\"containerPort\":80,\"hostPort\":80", "spec.template.spec.containers[0].ports[0].hostPort")]
    [InlineData(
        "\"containers\"",
        "\"initContainers\"",
        "spec.template.spec.initContainers[0].securityContext.privileged",
        "\"allowPrivilegeEscalation\":false",
        "\"allowPrivilegeEscalation\":false,\"privileged\":true"
    )]
    public void Each_way_out_is_refused_with_its_field(string from, string to, string field, string? alsoFrom = null, string? alsoTo = null)
    {
        var text = Clean.Replace(from, to, StringComparison.Ordinal);
        text = alsoFrom is null ? text : text.Replace(alsoFrom, alsoTo, StringComparison.Ordinal);

        Assert.Equal([field], TenantGuard.Check(JsonNode.Parse(text)!.AsObject()).Select(e => e.Field));
    }

    [Fact]
    public void Cron_jobs_and_bare_pods_are_looked_into_too()
    {
        var cron = JsonNode
            .Parse("""{"kind":"CronJob","spec":{"jobTemplate":{"spec":{"template":{"spec":{"hostIPC":true}}}}}}""")!
            .AsObject();
        var pod = JsonNode.Parse("""{"kind":"Pod","spec":{"nodeName":"n"}}""")!.AsObject();

        Assert.Equal("spec.jobTemplate.spec.template.spec.hostIPC", Assert.Single(TenantGuard.Check(cron)).Field);
        Assert.Equal("spec.nodeName", Assert.Single(TenantGuard.Check(pod)).Field);
    }

    [Fact]
    public void Annotations_of_sharing_software_are_stripped_in_place()
    {
        var one = JsonNode.Parse(Clean)!.AsObject();

        TenantGuard.StripSharingAnnotations(one);

        Assert.Equal("""{"team":"a"}""", one["spec"]!["template"]!["metadata"]!["annotations"]!.ToJsonString());
    }
}
