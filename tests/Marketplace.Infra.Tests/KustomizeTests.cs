using Marketplace.Testing;
using YamlDotNet.RepresentationModel;

namespace Marketplace.Infra.Tests;

public sealed class KustomizeTests
{
    private const string Overlay = "infra/overlays/example";

    [ProgramFact("kubectl")]
    public async Task The_example_builds_and_its_parts_fit_together()
    {
        var documents = Yaml.Documents(await BuildAsync());
        Assert.Empty(Problems(documents));
        Assert.Equal(2, documents.Count(document => document.Kind() == "Deployment"));
        Assert.Contains(documents, document => document.Kind() == "StatefulSet");
        Assert.Contains(documents, document => document.Kind() == "NetworkPolicy");
        var web = documents.Single(document => document.Kind() == "Service" && document.Name() == "marketplace-web");
        Assert.Equal("ClientIP", web.Text("spec", "sessionAffinity"));
    }

    [ProgramFact("kubectl")]
    public async Task Each_check_of_the_example_can_fail()
    {
        var text = await BuildAsync();
        Assert.Contains(
            Problems(Yaml.Documents(text + "\n---\nkind: Secret\nmetadata: { name: leaked }\n")),
            problem => problem.Contains("leaked", StringComparison.Ordinal)
        );
        Assert.NotEmpty(Broken(text, "/readyz", "/nowhere"));
        Assert.NotEmpty(Broken(text, "runAsNonRoot: true", "runAsNonRoot: false"));
        Assert.NotEmpty(Broken(text, "key: app-connection", "key: owner-connection"));
        Assert.NotEmpty(Broken(text, "compute-marketplace:1.0.0", "compute-marketplace"));

        static IEnumerable<string> Broken(string text, string from, string to)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            return Problems(Yaml.Documents(text.Replace(from, to, StringComparison.Ordinal)));
        }
    }

    [ControlPlaneFact]
    public async Task A_real_api_server_accepts_every_object()
    {
        await using var plane = await ControlPlane.StartAsync(components: "");
        var documents = (await BuildAsync()).Split("\n---\n");
        var create = await KubectlAsync(plane, ["create", "namespace", "marketplace"]);
        Assert.True(create.ExitCode == 0, create.Errors);
        var served = await KubectlAsync(plane, ["api-versions"]);
        var unserved = new List<string>();
        foreach (var document in documents)
        {
            var root = Yaml.Documents(document).Single();
            if (!served.Output.Split('\n').Contains(root.Text("apiVersion"), StringComparer.Ordinal))
            {
                unserved.Add($"{root.Text("apiVersion")} {root.Kind()}");
                continue;
            }
            var applied = await KubectlAsync(plane, ["apply", "--server-side", "--dry-run=server", "-f", "-"], document);
            Assert.True(applied.ExitCode == 0, $"{root.Kind()} {root.Name()}: {applied.Errors}");
        }
        // The control plane at hand is 1.20, which lacks policy/v1. Nothing else may hide behind that.
        Assert.Subset(
            new HashSet<string>(StringComparer.Ordinal) { "policy/v1 PodDisruptionBudget" },
            unserved.ToHashSet(StringComparer.Ordinal)
        );
    }

    [ControlPlaneFact]
    public async Task The_api_server_refuses_what_is_wrong()
    {
        await using var plane = await ControlPlane.StartAsync(components: "");
        var wrong = (await BuildAsync()).Split("\n---\n").First(text => text.Contains("kind: Deployment", StringComparison.Ordinal));
        wrong = wrong
            .Replace("namespace: marketplace", "namespace: default", StringComparison.Ordinal)
            .Replace("containerPort: 8080", "containerPort: 808080", StringComparison.Ordinal);
        var applied = await KubectlAsync(plane, ["apply", "--server-side", "--dry-run=server", "-f", "-"], wrong);
        Assert.NotEqual(0, applied.ExitCode);
        Assert.Contains("containerPort", applied.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> BuildAsync()
    {
        var built = await Checkout.RunAsync("kubectl", ["kustomize", Overlay]);
        Assert.True(built.ExitCode == 0, built.Errors);
        return built.Output;
    }

    private static Task<(int ExitCode, string Output, string Errors)> KubectlAsync(
        ControlPlane plane,
        string[] arguments,
        string input = ""
    ) => Checkout.RunAsync("kubectl", arguments, input, plane.Environment);

    private static List<string> Problems(IReadOnlyList<YamlNode> documents)
    {
        var problems = documents
            .Where(document => document.Kind() == "Secret")
            .Select(secret => $"Secret {secret.Name()}: the manifests refer to secrets, they hold none")
            .ToList();
        foreach (var workload in documents.Where(document => document.Kind() is "Deployment" or "StatefulSet"))
            problems.AddRange(WorkloadProblems(workload).Select(problem => $"{workload.Name()}: {problem}"));
        foreach (var service in documents.Where(document => document.Kind() == "Service"))
            if (!documents.Any(workload => Selects(service.At("spec", "selector"), workload.At("spec", "template", "metadata", "labels"))))
                problems.Add($"Service {service.Name()} selects nothing");
        foreach (var policy in documents.Where(document => document.Kind() == "NetworkPolicy"))
            if (
                !documents.Any(workload =>
                    Selects(policy.At("spec", "podSelector", "matchLabels"), workload.At("spec", "template", "metadata", "labels"))
                )
            )
                problems.Add($"NetworkPolicy {policy.Name()} selects nothing");
        return problems;
    }

    private static IEnumerable<string> WorkloadProblems(YamlNode workload)
    {
        var pod = workload.At("spec", "template", "spec");
        if (pod.Text("securityContext", "runAsNonRoot") != "true")
            yield return "may run as root";
        foreach (var container in pod.Items("containers").Concat(pod.Items("initContainers")))
        {
            var name = container.Text("name");
            if (!container.Text("image")!.Split('/')[^1].Contains(':', StringComparison.Ordinal))
                yield return $"{name}: the image has no version";
            if (container.Text("resources", "limits", "memory") is null)
                yield return $"{name}: no memory limit";
        }
        foreach (var container in pod.Items("containers"))
        {
            var keys = container.Items("env").Select(variable => variable.Text("valueFrom", "secretKeyRef", "key")).ToList();
            if (keys.Contains("owner-connection", StringComparer.Ordinal))
                yield return $"{container.Text("name")}: holds the owner's connection";
            if (workload.Kind() != "Deployment")
                continue;
            if (
                container.Text("livenessProbe", "httpGet", "path") != "/healthz"
                || container.Text("readinessProbe", "httpGet", "path") != "/readyz"
            )
                yield return $"{container.Text("name")}: probes are not /healthz and /readyz";
        }
    }

    private static bool Selects(YamlNode? selector, YamlNode? labels) =>
        selector.Entries().Any() && selector.Entries().All(wanted => labels.Text(wanted.Key) == ((YamlScalarNode)wanted.Value).Value);
}
