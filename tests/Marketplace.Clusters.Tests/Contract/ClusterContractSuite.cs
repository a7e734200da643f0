using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>What every cluster must do for us, real or simulated. Written once.</summary>
public abstract partial class ClusterContractSuite(ClusterFixture cluster)
{
    private static readonly AcceleratorAsk OneCard = new("V100M32", 1);
    private static readonly AcceleratorAsk EightCards = new("V100M32", 8);

    [ClusterFact]
    public async Task The_probe_tells_the_version()
    {
        await using var connection = new ClusterConnection("probe", cluster.Admin);

        var version = await connection.ProbeAsync();

        Assert.Equal("1", version.Required.Major);
    }

    [ClusterFact]
    public async Task A_list_comes_in_pages_and_a_missing_object_is_not_found()
    {
        await using var stage = Stage.Set(cluster, "pages");
        for (var i = 0; i < 5; i++)
        {
            await stage.AddNodeAsync();
        }

        var page = (await stage.Client.ListPageAsync(KubeKinds.Nodes, null, new KubeQuery("stage=pages", Limit: 2))).Required;
        var all = (await stage.Client.ListAsync(KubeKinds.Nodes, null, new KubeQuery("stage=pages", Limit: 2))).Required;
        var missing = await stage.Client.GetAsync(KubeKinds.Nodes, null, "pages-nothing");

        Assert.Equal(2, page.Items.Count);
        Assert.NotEmpty(page.Metadata.Continue!);
        Assert.Equal(
            ["pages-n0", "pages-n1", "pages-n2", "pages-n3", "pages-n4"],
            all.Items.Select(n => n.Metadata.Name).Order(StringComparer.Ordinal)
        );
        Assert.True(Assert.IsType<KubernetesError>(missing.Error).IsNotFound);
    }

    [ClusterFact]
    public async Task A_watch_tells_every_change_and_ends_with_a_bookmark_to_resume_from()
    {
        using var client = new KubernetesClient(
            cluster.Admin,
            options: new KubernetesClientOptions { WatchLength = TimeSpan.FromSeconds(5) }
        );
        var from = (await client.ListAsync(KubeKinds.ConfigMaps, "default")).Required.Metadata.ResourceVersion;
        var events = new List<WatchEvent<KubeGeneric>>();
        var watching = Task.Run(async () =>
        {
            await foreach (var one in client.WatchAsync(KubeKinds.ConfigMaps, "default", from, new KubeQuery("stage=watch")))
            {
                events.Add(one);
            }
        });
        var map = ConfigMap("watched", "default", ("stage", "watch"));
        Assert.Null((await client.CreateAsync(map)).Error);
        Assert.Null(
            (
                await client.PatchAsync(
                    KubeKinds.ConfigMaps,
                    "default",
                    "watched",
                    new JsonObject { ["data"] = new JsonObject { ["a"] = "b" } }
                )
            ).Error
        );
        Assert.Null((await client.DeleteAsync(KubeKinds.ConfigMaps, "default", "watched")).Error);
        await Until.Within(watching, "the server to end the watch");

        Assert.Equal(
            [WatchKind.Added, WatchKind.Modified, WatchKind.Deleted],
            events.Where(e => e.Kind != WatchKind.Bookmark).Select(e => e.Kind)
        );
        Assert.Equal(WatchKind.Bookmark, events[^1].Kind);
        Assert.NotEmpty(events[^1].Object!.Metadata.ResourceVersion);
    }

    [ClusterFact]
    public async Task Applying_the_same_twice_changes_nothing()
    {
        await using var stage = Stage.Set(cluster, "apply");
        var bundle = stage.Job(OneCard);
        foreach (var one in bundle.Objects)
        {
            Assert.Null((await stage.Client.ApplyAsync(one)).Error);
        }

        foreach (var one in bundle.Objects)
        {
            var kind = KubeKinds.Find((string?)one["apiVersion"], (string?)one["kind"])!;
            var before = await LiveAsync(stage, kind, one);
            var after = (await stage.Client.ApplyAsync(one)).Required;
            // Controllers write the status of jobs and quotas meanwhile; the wish itself has a generation where it matters.
            Assert.Equal((long?)before["metadata"]!["generation"], (long?)after["metadata"]!["generation"]);
            Assert.Equal(before["spec"]?.ToJsonString(), after["spec"]?.ToJsonString());
        }
    }

    [ClusterFact]
    public async Task Every_product_is_accepted_by_the_server()
    {
        await using var stage = Stage.Set(cluster, "products");
        var dedicated = stage
            .Manifests.Build(
                new DedicatedNamespaceSpec
                {
                    ContractId = stage.Contract(9),
                    TenantId = stage.Tenant,
                    CpuMilli = 8000,
                    MemoryMib = 16384,
                    Accelerators = [new("A100-80G", 4)],
                },
                1
            )
            .Required;
        foreach (
            var bundle in (DesiredBundle[])
                [stage.Job(OneCard, 2), stage.Gang(EightCards, 2, 2), stage.Endpoint(OneCard, 1, 1, 3), dedicated]
        )
        {
            foreach (var one in bundle.Objects)
            {
                Assert.Null((await stage.Client.ApplyAsync(one)).Error);
            }
        }

        await stage.Client.DeleteAsync(KubeKinds.Namespaces, null, dedicated.Namespace);
    }

    [ClusterFact]
    public async Task Nodes_become_inventory_and_what_nobody_described_is_shown_but_never_sold()
    {
        await using var stage = Stage.Set(cluster, "inv");
        var good = await stage.AddNodeAsync();
        var strange = await stage.AddNodeAsync(as1: Kube.NodeJson("inv-strange", [("vendor.example/npu", 4)]));
        var nameless = await stage.AddNodeAsync(as1: Kube.NodeJson("inv-nameless", [("nvidia.com/gpu", 4)]));
        var connection = await stage.ConnectAsync();
        var inventory = await Until.Seen(
            () => connection.Inventory,
            i => i.Nodes.Count(n => n.Name.StartsWith("inv-", StringComparison.Ordinal)) == 3,
            "three nodes"
        );

        var sold = inventory.ToSchedulerNodes("c").Select(n => n.Id).ToList();

        Assert.Contains(good, sold);
        Assert.DoesNotContain(strange, sold);
        Assert.DoesNotContain(nameless, sold);
        Assert.Equal([nameless, strange], inventory.Unknown.Select(n => n.Name).Where(n => n.StartsWith("inv-", StringComparison.Ordinal)));
    }

    [ClusterFact]
    public async Task A_job_runs_on_the_devices_it_was_given_completes_and_stays_completed()
    {
        await using var stage = Stage.Set(cluster, "job");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var bundle = stage.Job(new AcceleratorAsk("V100M32", 2));
        connection.SetDesired(bundle);

        var ready = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;
        var pod = Assert.Single(ready.Pods);
        Assert.Equal((node, 2, true), (pod.Node, pod.Devices.Count, pod.IsReady));
        Assert.All(pod.Devices, d => Assert.Equal(("V100M32", 1000, 32768), (d.Model, d.ComputeMilli, d.MemoryMib)));
        Assert.Equal(6, connection.Inventory.Nodes.Single(n => n.Name == node).Devices.Count(d => d.IsFree));
        var running = Assert.Single(connection.Allocations());
        Assert.Equal((bundle.ContractId, pod.Uid, 2), (running.ContractId, running.PodUid, running.Devices.Count));
        Assert.Null(running.FinishedAt);

        await stage.FinishAsync(pod.Name);
        var done = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Completed))!;
        Assert.NotNull(done.FinishedAt);
        await Until.Seen(
            () => connection.Inventory.Nodes.Single(n => n.Name == node).Devices.Count(d => d.IsFree),
            free => free == 8,
            "the devices free again"
        );
        var metered = Assert.Single(connection.Allocations());
        Assert.Equal((pod.Uid, running.ReadyAt), (metered.PodUid, metered.ReadyAt));
        Assert.NotNull(metered.FinishedAt);

        // Another process with the same wish, and a new generation: what is done stays done.
        using var client = new KubernetesClient(cluster.Admin);
        var second = new Reconciler(client, TimeProvider.System);
        Assert.Null((await second.ReconcileAsync(bundle with { Generation = 2 }, verify: true)).Error);
        Assert.Null(
            (
                await client.DeleteAsync(
                    KubeKinds.Jobs,
                    stage.Namespace,
                    WorkloadNames.Of(bundle.ContractId),
                    new KubeDelete(Propagation: DeletePropagation.Background)
                )
            ).Error
        );
        Assert.Null((await second.ReconcileAsync(bundle with { Generation = 3 }, verify: true)).Error);
        Assert.True(
            Assert
                .IsType<KubernetesError>(
                    (await client.GetAsync(KubeKinds.Jobs, stage.Namespace, WorkloadNames.Of(bundle.ContractId))).Error
                )
                .IsNotFound
        );
    }

    [ClusterFact]
    public async Task A_job_that_fails_says_why()
    {
        await using var stage = Stage.Set(cluster, "fail");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var bundle = stage.Gang(OneCard, 1);
        connection.SetDesired(bundle);
        var ready = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;

        await stage.FinishAsync(ready.Pods[0].Name, exitCode: 3);
        // The job's end may be heard of before its pod's: the reason follows.
        var failed = (
            await Until.Seen(
                () => connection.StatusOf(bundle.ContractId),
                s => s is { Phase: BundlePhase.Failed } && s.Messages.Any(m => m.Code == BundleCodes.PodFailed),
                $"{bundle.ContractId} failed with a reason",
                Stage.Show
            )
        )!;

        Assert.Contains(failed.Messages, m => m.Code == BundleCodes.JobFailed);
        Assert.Contains(failed.Messages, m => m.Code == BundleCodes.PodFailed && m.Args["exitCode"] == "3");
    }

    [ClusterFact]
    public async Task A_gang_is_placed_as_a_whole_or_not_at_all()
    {
        await using var stage = Stage.Set(cluster, "gang");
        for (var i = 0; i < 3; i++)
        {
            await stage.AddNodeAsync();
        }

        var connection = await stage.ConnectAsync();
        var bundle = stage.Gang(EightCards, 4);
        connection.SetDesired(bundle);
        var waiting = await Until.Seen(
            () => connection.StatusOf(bundle.ContractId),
            s => s?.Messages.Any(m => m.Code == BundleCodes.WaitingForCapacity) == true,
            "the reason for waiting",
            Stage.Show
        );
        Assert.All(waiting!.Pods, p => Assert.Null(p.Node));
        Assert.Equal(4, waiting.Pods.Count);

        await stage.AddNodeAsync();
        var ready = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;

        Assert.Equal(4, ready.Pods.Select(p => p.Node).Distinct(StringComparer.Ordinal).Count());
        var pods = await stage.PodsAsync();
        Assert.Equal(["0", "1", "2", "3"], pods.Select(p => p.Metadata.Annotations[Marks.Rank]).Order(StringComparer.Ordinal));
        var first = Assert.Single(pods, p => p.Metadata.Labels.ContainsKey(Marks.Rank));
        Assert.Equal("0", first.Metadata.Annotations[Marks.Rank]);
    }

    [ClusterFact]
    public async Task Cards_are_never_given_twice()
    {
        await using var stage = Stage.Set(cluster, "oversell");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        connection.SetDesired(stage.Job(OneCard, 7, contract: 1));
        connection.SetDesired(stage.Job(OneCard, 7, contract: 2));

        await Until.Seen(
            async () => (IReadOnlyList<KubePod>)[.. await stage.PodsAsync(1), .. await stage.PodsAsync(2)],
            pods =>
                pods.Count == 14
                && pods.Count(p => p.Spec.NodeName == node) == 8
                && pods.Where(p => p.Spec.NodeName is null).All(Explained),
            "eight pods bound and six told why not",
            pods => string.Join(", ", pods.Select(p => $"{p.Metadata.Name}:{p.Spec.NodeName}"))
        );

        IReadOnlyList<KubePod> bound =
        [
            .. (await stage.PodsAsync(1)).Concat(await stage.PodsAsync(2)).Where(p => p.Spec.NodeName is not null),
        ];
        Assert.Equal(8, bound.SelectMany(p => PodDevices.Assigned(p)!).Select(d => d.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.False(connection.Inventory.Nodes.Single(n => n.Name == node).IsOversold);

        static bool Explained(KubePod pod) =>
            pod.Status.Conditions.Any(c => c is { Type: "PodScheduled", Reason: "Unschedulable", IsTrue: false });
    }

    [ClusterFact]
    public async Task Shares_of_a_card_fit_in_compute_and_in_memory()
    {
        await using var stage = Stage.Set(cluster, "share");
        var node = await stage.AddNodeAsync("T4", 1, shared: true);
        var connection = await stage.ConnectAsync();
        connection.SetDesired(stage.Job(new AcceleratorAsk("T4", 1, 400, 6000), 3));

        var shown = await Until.Seen(
            () => connection.StatusOf(stage.Contract()),
            s => s?.ReadyReplicas == 2 && s.Messages.Any(m => m.Code == BundleCodes.WaitingForCapacity),
            "two of three shares",
            Stage.Show
        );

        Assert.Equal(2, shown!.Pods.Count(p => p.Node == node));
        var card = Assert.Single(connection.Inventory.Nodes.Single(n => n.Name == node).Devices);
        Assert.Equal((200, 15360 - 12000), (card.FreeComputeMilli, card.FreeMemoryMib));
    }

    private static JsonObject ConfigMap(string name, string ns, (string Label, string Value) label) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject { [label.Label] = label.Value },
            },
        };

    private static async Task<JsonObject> LiveAsync(Stage stage, KubeResource kind, JsonObject one) =>
        (await stage.Client.GetJsonAsync(kind, (string?)one["metadata"]!["namespace"], (string)one["metadata"]!["name"]!)).Required;
}
