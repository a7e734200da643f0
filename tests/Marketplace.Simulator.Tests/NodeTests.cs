using Marketplace.Simulator.Api;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Tests;

/// <summary>Played nodes and pods, the default scheduler, faults, and restarts of the process.</summary>
public sealed class NodeTests
{
    private const string Pod =
        "metadata: {name: p}\nspec: {containers: [{name: c, image: 'i:1', resources: {limits: {nvidia.com/gpu: '8'}}}]}";

    [Fact]
    public async Task A_pod_goes_through_pulling_and_starting_in_the_configured_time()
    {
        await using var cluster = await LocalCluster.StartAsync();
        var from = cluster.Clock.GetUtcNow();
        cluster.Create(ResourceCatalog.Pods, Pod);

        await cluster.UntilAsync(() => cluster.Read(ResourceCatalog.Pods, "p").Text("status", "phase") == "Running", "it runs", 0.05);

        Assert.InRange((cluster.Clock.GetUtcNow() - from).TotalMilliseconds, 500, 2_000);
        var pod = cluster.Read(ResourceCatalog.Pods, "p");
        Assert.True(Conditions.Is(pod, "Ready"));
        Assert.StartsWith("10.128.", pod.Text("status", "podIP"), StringComparison.Ordinal);
        var reasons = cluster
            .Store.List(ResourceCatalog.Events, "default", Selector.Everything)
            .Items.Select(e => e.Open().Text("reason"))
            .ToHashSet();
        Assert.Superset(new HashSet<string?> { "Scheduled", "Pulling", "Pulled", "Created", "Started" }, reasons);
    }

    [Fact]
    public async Task A_pod_of_another_scheduler_waits_for_its_binding_and_is_bound_once()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Pods, Pod.Replace("spec: {", "spec: {schedulerName: marketplace, ", StringComparison.Ordinal));
        cluster.Create(ResourceCatalog.Pods, Pod.Replace("name: p", "name: other", StringComparison.Ordinal));
        await cluster.UntilAsync(
            () => cluster.Read(ResourceCatalog.Pods, "other").Text("status", "phase") == "Running",
            "the other one runs"
        );
        Assert.Equal("", cluster.Store.Get(ResourceCatalog.Pods, "default", "p")!.NodeName);

        cluster.Api.Bind(Caller.System, "default", "p", "gpu-03", null, null).Expect();
        var twice = cluster.Api.Bind(Caller.System, "default", "p", "gpu-04", null, null).Failure!;

        Assert.Equal(409, twice.Code);
        await cluster.UntilAsync(() => cluster.Read(ResourceCatalog.Pods, "p").Text("status", "phase") == "Running", "it runs");
        Assert.Equal("gpu-03", cluster.Store.Get(ResourceCatalog.Pods, "default", "p")!.NodeName);
    }

    [Fact]
    public async Task A_pod_that_fits_nowhere_says_why_and_starts_when_there_is_room()
    {
        await using var cluster = await LocalCluster.StartAsync(machines: RunningCluster.Machines(1));
        cluster.Create(ResourceCatalog.Pods, Pod.Replace("name: p", "name: first", StringComparison.Ordinal));
        await cluster.UntilAsync(
            () => cluster.Read(ResourceCatalog.Pods, "first").Text("status", "phase") == "Running",
            "the first one runs"
        );
        cluster.Create(ResourceCatalog.Pods, Pod);

        await cluster.UntilAsync(
            () => Conditions.Is(cluster.Read(ResourceCatalog.Pods, "p"), "PodScheduled", "False"),
            "it cannot be placed"
        );
        Assert.Equal(
            "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
            Conditions.Find(cluster.Read(ResourceCatalog.Pods, "p"), "PodScheduled").Text("message")
        );

        cluster.Api.Delete(Caller.System, ResourceCatalog.Pods, "default", "first", new DeleteWish()).Expect();
        await cluster.UntilAsync(() => cluster.Read(ResourceCatalog.Pods, "p").Text("status", "phase") == "Running", "it runs");
    }

    [Fact]
    public async Task A_failing_container_that_restarts_backs_off_and_counts()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(
            ResourceCatalog.Pods,
            "metadata: {name: p, annotations: {simulator.compute/run-seconds: '1', simulator.compute/exit-code: '1'}}\nspec: {containers: [{name: c, image: 'i:1'}]}"
        );

        await cluster.UntilAsync(() => Restarts(cluster) == 3, "three restarts");

        Assert.Equal("Running", cluster.Read(ResourceCatalog.Pods, "p").Text("status", "phase"));
    }

    [Fact]
    public async Task A_deleted_pod_waits_for_its_node_to_confirm()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Pods, Pod);
        await cluster.UntilAsync(() => cluster.Read(ResourceCatalog.Pods, "p").Text("status", "phase") == "Running", "it runs");

        var deletion = cluster.Api.Delete(Caller.System, ResourceCatalog.Pods, "default", "p", new DeleteWish()).Expect();

        Assert.False(deletion.Gone);
        Assert.Equal(30, cluster.Read(ResourceCatalog.Pods, "p").Whole("metadata", "deletionGracePeriodSeconds"));
        await cluster.UntilAsync(() => cluster.Store.Get(ResourceCatalog.Pods, "default", "p") is null, "the node confirmed");
    }

    [Fact]
    public async Task A_silent_node_becomes_unknown_and_its_pods_move_after_their_patience()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(
            ResourceCatalog.Deployments,
            "metadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}], containers: [{name: c, image: 'i:1'}]}}}"
        );
        await cluster.UntilAsync(() => cluster.Pods().Any(p => p.Phase == "Running"), "it runs");
        var node = cluster.Pods().Single().NodeName;

        Assert.True(await cluster.Player.FailNodeAsync(node, silent: true));
        await cluster.UntilAsync(() => Ready(cluster, node) == "Unknown", "the node is unknown", 1);
        await cluster.UntilAsync(() => cluster.Pods().Any(p => p.NodeName != node && p.Phase == "Running"), "it runs elsewhere", 1);
        Assert.Contains(cluster.Pods(), p => p.NodeName == node && p.Terminating);

        Assert.True(await cluster.Player.HealNodeAsync(node));
        await cluster.UntilAsync(
            () => Ready(cluster, node) == "True" && cluster.Pods().Count == 1,
            "the node is back and has ended the old pod",
            1
        );
        Assert.False(await cluster.Player.FailNodeAsync("no-such-node"));
    }

    [Fact]
    public async Task A_broken_device_leaves_capacity_and_drops_allocatable()
    {
        await using var cluster = await LocalCluster.StartAsync();

        Assert.True(await cluster.Player.SetBrokenDevicesAsync("gpu-01", "nvidia.com/gpu", 3));

        var node = cluster.Read(ResourceCatalog.Nodes, "gpu-01", "");
        Assert.Equal("8", node.Text("status", "capacity", "nvidia.com/gpu"));
        Assert.Equal("5", node.Text("status", "allocatable", "nvidia.com/gpu"));
        Assert.False(await cluster.Player.SetBrokenDevicesAsync("gpu-01", "amd.com/gpu", 1));
    }

    [Fact]
    public async Task A_killed_process_loses_nothing_and_the_pods_go_on()
    {
        var folder = Directory.CreateTempSubdirectory("simulator-").FullName;
        try
        {
            long version;
            string uid;
            Marketplace.Testing.ManualTimeProvider clock = new();
            await using (var cluster = await LocalCluster.StartAsync(folder, clock: clock))
            {
                cluster.Create(
                    ResourceCatalog.Jobs,
                    "metadata: {name: train}\nspec: {template: {metadata: {annotations: {simulator.compute/run-seconds: '60'}}, spec: {restartPolicy: Never, containers: [{name: c, image: 'i:1'}]}}}"
                );
                await cluster.UntilAsync(() => cluster.Pods().Any(p => p.Phase == "Running"), "a pod runs");
                version = cluster.Store.Version;
                uid = cluster.Pods().Single().Uid;
                // The file as a kill at this very moment would leave it, with half a line at its end.
                File.Copy(Path.Combine(folder, "objects.jsonl"), Path.Combine(folder, "killed.jsonl"));
            }
            File.Move(Path.Combine(folder, "killed.jsonl"), Path.Combine(folder, "objects.jsonl"), overwrite: true);
            File.AppendAllText(Path.Combine(folder, "objects.jsonl"), """{"op":"put","gro""");

            await using var again = await LocalCluster.StartAsync(folder, clock: clock);
            Assert.Equal(16, again.Store.TornBytes);
            Assert.True(again.Store.Version >= version);
            Assert.Equal(uid, again.Pods().Single().Uid);
            await again.UntilAsync(() => Conditions.Is(again.Read(ResourceCatalog.Jobs, "train"), "Complete"), "the job is complete", 1);
            Assert.Equal(uid, again.Pods().Single().Uid);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_demo_fleets_have_unique_names_an_unknown_accelerator_and_an_unhealthy_device()
    {
        foreach (var fleet in new[] { DemoFleets.CloudNvidia(), DemoFleets.CloudChinese(), DemoFleets.EdgeArm() })
        {
            Assert.InRange(fleet.Nodes.Count, 30, 50);
            Assert.Equal(fleet.Nodes.Count, fleet.Nodes.Select(n => n.Name).Distinct(StringComparer.Ordinal).Count());
            Assert.All(fleet.Nodes, n => Assert.NotNull(n.Rack));
        }
        Assert.Single(DemoFleets.CloudNvidia().Nodes, n => n.UnhealthyDevices.Count > 0);
        Assert.Single(DemoFleets.CloudChinese().Nodes, n => n.Devices.ContainsKey("example-silicon.com/npu"));
        Assert.Contains(DemoFleets.CloudChinese().Nodes, n => n.Architecture == "arm64");
    }

    [Fact]
    public void The_openb_list_is_read_and_a_bad_line_is_named()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "sn,cpu_milli,memory_mib,gpu,model\nnode-1,64000,262144,2,P100\nnode-2,96000,393216,8,G2\n");
        var fleet = Fleet.OpenB(file, nodesPerRack: 1);
        Assert.Equal(2, fleet.Nodes.Count);
        Assert.Equal(8, fleet.Nodes[1].Devices["nvidia.com/gpu"]);
        Assert.Equal("G2", fleet.Nodes[1].Labels["nvidia.com/gpu.product"]);
        Assert.Equal("rack-001", fleet.Nodes[1].Rack);

        File.AppendAllText(file, "node-3,many\n");
        Assert.Contains("line 4", Assert.Throws<InvalidDataException>(() => Fleet.OpenB(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    private static long Restarts(LocalCluster cluster) =>
        cluster
            .Read(ResourceCatalog.Pods, "p")
            .Items("status", "containerStatuses")
            .Select(s => s.Whole("restartCount") ?? 0)
            .FirstOrDefault();

    private static string? Ready(LocalCluster cluster, string node) =>
        Conditions.Find(cluster.Read(ResourceCatalog.Nodes, node, ""), "Ready").Text("status");
}
