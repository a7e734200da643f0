using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>The Pod Security Standards' baseline and restricted levels, enforced where a namespace's label asks for them.</summary>
internal static class PodSecurity
{
    private const string EnforceLabel = "pod-security.kubernetes.io/enforce";

    private static readonly HashSet<string> RestrictedVolumes = new(StringComparer.Ordinal)
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    };

    public static ApiFailure? Check(ClusterStore store, string ns, string name, JsonObject pod)
    {
        var level = store.Get(ResourceCatalog.Namespaces, "", ns)?.Labels.GetValueOrDefault(EnforceLabel);
        if (level is not ("baseline" or "restricted"))
        {
            return null;
        }
        var spec = pod.Map("spec")!;
        var problems = Baseline(spec).ToList();
        if (level == "restricted")
        {
            problems.AddRange(Restricted(spec));
        }
        return problems.Count == 0
            ? null
            : ApiFailure.Forbidden(ResourceCatalog.Pods, name, $"violates PodSecurity \"{level}:latest\": {string.Join(", ", problems)}");
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec) => spec.Items("containers").Concat(spec.Items("initContainers"));

    private static IEnumerable<string> Baseline(JsonObject spec)
    {
        foreach (var field in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            if (spec.Flag(field))
            {
                yield return $"host namespaces ({field}=true)";
            }
        }
        foreach (var volume in spec.Items("volumes").Where(v => v.ContainsKey("hostPath")))
        {
            yield return $"hostPath volumes (volume \"{volume.Text("name")}\")";
        }
        foreach (var container in Containers(spec))
        {
            var name = container.Text("name");
            if (container.Flag("securityContext", "privileged"))
            {
                yield return $"privileged (container \"{name}\" must not set securityContext.privileged=true)";
            }
            if (container.Items("ports").Any(p => p.Whole("hostPort") is > 0))
            {
                yield return $"hostPort (container \"{name}\" uses hostPorts)";
            }
        }
    }

    private static IEnumerable<string> Restricted(JsonObject spec)
    {
        var podContext = spec.Map("securityContext");
        foreach (var container in Containers(spec))
        {
            var name = container.Text("name");
            var context = container.Map("securityContext");
            if (context?["allowPrivilegeEscalation"] is null || context.Flag("allowPrivilegeEscalation"))
            {
                yield return $"allowPrivilegeEscalation != false (container \"{name}\" must set securityContext.allowPrivilegeEscalation=false)";
            }
            if (context.At("capabilities", "drop") is not JsonArray drop || !drop.Any(d => d?.ToString() == "ALL"))
            {
                yield return $"unrestricted capabilities (container \"{name}\" must set securityContext.capabilities.drop=[\"ALL\"])";
            }
            if (context?["runAsNonRoot"] is null ? !podContext.Flag("runAsNonRoot") : !context.Flag("runAsNonRoot"))
            {
                yield return $"runAsNonRoot != true (pod or container \"{name}\" must set securityContext.runAsNonRoot=true)";
            }
            if (
                (context.Text("seccompProfile", "type") ?? podContext.Text("seccompProfile", "type"))
                is not ("RuntimeDefault" or "Localhost")
            )
            {
                yield return $"seccompProfile (pod or container \"{name}\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
            }
        }
        foreach (var volume in spec.Items("volumes"))
        {
            if (volume.Select(p => p.Key).FirstOrDefault(k => k != "name" && !RestrictedVolumes.Contains(k)) is { } kind)
            {
                yield return $"restricted volume types (volume \"{volume.Text("name")}\" uses {kind})";
            }
        }
    }
}
