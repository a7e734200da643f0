using Marketplace.Testing;

namespace Marketplace.Simulator.Tests;

/// <summary>The real kubectl against the simulated cluster.</summary>
public sealed class KubectlTests
{
    private const string Workloads = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: team}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: train, namespace: team}
        spec:
          parallelism: 2
          completions: 2
          template:
            metadata: {annotations: {simulator.compute/run-seconds: "0.2"}}
            spec:
              restartPolicy: Never
              containers:
              - name: main
                image: trainer:1
                resources: {limits: {nvidia.com/gpu: "4", cpu: "8", memory: 64Gi}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: team}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: "server:1", ports: [{containerPort: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: team}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        """;

    [KubectlTheory, EveryKubectl]
    public async Task Apply_get_describe_logs_and_delete_work(string program)
    {
        await using var running = await RunningCluster.StartAsync();
        var kubectl = new Kubectl(program, running.KubeConfigFile);

        var created = await kubectl.ApplyAsync(Workloads);
        Assert.Contains("job.batch/train created", created, StringComparison.Ordinal);
        await kubectl.OkAsync("wait", "--for=condition=complete", "job/train", "-n", "team", "--timeout=30s");
        await kubectl.OkAsync("rollout", "status", "deployment/web", "-n", "team", "--timeout=30s");

        var unchanged = await kubectl.ApplyAsync(Workloads);
        Assert.Equal(4, unchanged.Split('\n').Count(l => l.EndsWith("unchanged", StringComparison.Ordinal)));

        var nodes = await kubectl.OkAsync("get", "nodes");
        Assert.Matches(@"NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION", nodes);
        Assert.Matches(@"gpu-01\s+Ready", nodes);
        var pods = await kubectl.OkAsync("get", "pods", "-n", "team", "-o", "wide");
        Assert.Matches(@"NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE", pods);
        Assert.Matches(@"train-\w{5}\s+0/1\s+Completed\s+0", pods);
        Assert.Matches(@"web-\w+-\w{5}\s+1/1\s+Running\s+0", pods);

        var described = await kubectl.OkAsync("describe", "pods", "-n", "team", "-l", "app=web");
        Assert.Contains("Started container web", described, StringComparison.Ordinal);
        Assert.Contains("Successfully assigned team/web-", described, StringComparison.Ordinal);
        var node = await kubectl.OkAsync("describe", "node", "gpu-01");
        Assert.Contains("nvidia.com/gpu:", node, StringComparison.Ordinal);
        var logs = await kubectl.OkAsync("logs", "-f", "job/train", "-n", "team");
        Assert.Contains("nothing is computed", logs, StringComparison.Ordinal);
        Assert.Contains("image trainer:1 on node gpu-", logs, StringComparison.Ordinal);
        Assert.Contains("ended with exit code 0", logs, StringComparison.Ordinal);

        await kubectl.OkAsync("delete", "namespace", "team", "--timeout=30s");
        var (code, _, error) = await kubectl.RunAsync(null, "get", "namespace", "team");
        Assert.Equal(1, code);
        Assert.Contains("namespaces \"team\" not found", error, StringComparison.Ordinal);
    }

    [KubectlTheory, EveryKubectl]
    public async Task Watch_shows_a_pod_come_and_go(string program)
    {
        await using var running = await RunningCluster.StartAsync();
        var kubectl = new Kubectl(program, running.KubeConfigFile);
        await kubectl.OkAsync("run", "one", "--image=sleeper:1", "--restart=Never");
        await kubectl.OkAsync("wait", "--for=condition=Ready", "pod/one", "--timeout=30s");

        // The wait's own watch must be over, or it would be taken for the next one.
        await Eventually.HoldsAsync(() => running.Cluster.Host.Store.OpenWatches == 0, "no watch is open");
        var output = await kubectl.UntilLineAsync(
            line => line.Contains("Terminating", StringComparison.Ordinal),
            async () =>
            {
                await Eventually.HoldsAsync(() => running.Cluster.Host.Store.OpenWatches > 0, "the watch is open");
                await kubectl.OkAsync("delete", "pod", "one", "--wait=false");
            },
            "get",
            "pods",
            "--watch"
        );

        Assert.Matches(@"one\s+1/1\s+Running", output);
        Assert.Matches(@"one\s+1/1\s+Terminating", output);
    }

    [KubectlTheory, EveryKubectl]
    public async Task Server_side_apply_dry_run_scale_and_drain_work(string program)
    {
        await using var running = await RunningCluster.StartAsync();
        var kubectl = new Kubectl(program, running.KubeConfigFile);
        const string map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: default}\ndata: {a: \"1\"}\n";

        await kubectl.ApplyAsync(map, "--server-side", "--dry-run=server");
        var (missing, _, _) = await kubectl.RunAsync(null, "get", "configmap", "c");
        Assert.Equal(1, missing);
        await kubectl.ApplyAsync(map, "--server-side", "--field-manager=first");
        var (conflict, _, error) = await kubectl.RunAsync(
            map.Replace("\"1\"", "\"2\"", StringComparison.Ordinal),
            "apply",
            "-f",
            "-",
            "--server-side",
            "--field-manager=second"
        );
        Assert.Equal(1, conflict);
        Assert.Contains("conflict with \"first\"", error, StringComparison.Ordinal);

        await kubectl.ApplyAsync(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: 'server:1'}]}}}\n"
        );
        await kubectl.OkAsync("scale", "deployment", "web", "--replicas=3");
        await kubectl.OkAsync("rollout", "status", "deployment/web", "--timeout=30s");
        var first = (await kubectl.OkAsync("get", "pods", "-o", "jsonpath={.items[0].spec.nodeName}")).Trim();
        await kubectl.OkAsync("drain", first, "--ignore-daemonsets", "--timeout=30s");
        await kubectl.OkAsync("rollout", "status", "deployment/web", "--timeout=30s");
        var left = await kubectl.OkAsync("get", "pods", "--field-selector", $"spec.nodeName={first}", "--no-headers");
        Assert.DoesNotContain("Running", left, StringComparison.Ordinal);
        await kubectl.OkAsync("uncordon", first);
    }

    [KubectlTheory, EveryKubectl]
    public async Task A_wrong_token_is_refused(string program)
    {
        await using var running = await RunningCluster.StartAsync();
        var text = await File.ReadAllTextAsync(running.KubeConfigFile);
        var at = text.IndexOf("token: ", StringComparison.Ordinal) + "token: ".Length;
        await File.WriteAllTextAsync(running.KubeConfigFile, text[..at] + "wrong" + text[(at + 5)..]);

        var (code, _, error) = await new Kubectl(program, running.KubeConfigFile).RunAsync(null, "get", "nodes");

        Assert.NotEqual(0, code);
        Assert.Contains("logged in to the server", error, StringComparison.OrdinalIgnoreCase);
    }
}
