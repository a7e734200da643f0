using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;
using Marketplace.Testing;

namespace Marketplace.Simulator.Tests;

/// <summary>The wire, through the marketplace's own client.</summary>
public sealed class HttpTests
{
    private static KubernetesClient Client(SimulatedCluster cluster) => new(KubeConfig.Parse(cluster.KubeConfig).Required);

    [Fact]
    public async Task A_list_comes_in_pages_of_one_version_while_the_cluster_changes()
    {
        await using var running = await RunningCluster.StartAsync();
        using var client = Client(running.Cluster);
        for (var i = 0; i < 7; i++)
        {
            (await client.CreateAsync(Map($"m{i}"))).Required.ToString();
        }

        var first = (await client.ListPageAsync(KubeKinds.ConfigMaps, "default", new KubeQuery(Limit: 3))).Required;
        Assert.True((await client.DeleteAsync(KubeKinds.ConfigMaps, "default", "m5")).IsOk);
        var second = (
            await client.ListPageAsync(KubeKinds.ConfigMaps, "default", new KubeQuery(Limit: 3, Continue: first.Metadata.Continue))
        ).Required;
        var third = (
            await client.ListPageAsync(KubeKinds.ConfigMaps, "default", new KubeQuery(Limit: 3, Continue: second.Metadata.Continue))
        ).Required;

        Assert.Equal(4, first.Metadata.RemainingItemCount);
        Assert.Equal(
            ["m0", "m1", "m2", "m3", "m4", "m5", "m6"],
            first.Items.Concat(second.Items).Concat(third.Items).Select(i => i.Metadata.Name)
        );
        Assert.Equal(first.Metadata.ResourceVersion, third.Metadata.ResourceVersion);
        Assert.Null(third.Metadata.Continue);
        var stale = await client.ListPageAsync(KubeKinds.ConfigMaps, "default", new KubeQuery(Continue: "bm9uc2Vuc2U="));
        Assert.True(stale.Error is KubernetesError { IsExpired: true });
    }

    [Fact]
    public async Task A_watch_sends_bookmarks_and_a_compacted_version_is_gone()
    {
        var options = RunningCluster.Options();
        options.BookmarkInterval = TimeSpan.FromMilliseconds(50);
        await using var running = await RunningCluster.StartAsync(options);
        using var client = Client(running.Cluster);
        var list = (await client.ListAsync(KubeKinds.ConfigMaps, "default")).Required;
        using var limit = new CancellationTokenSource(Eventually.DefaultDeadline);

        var made = (await client.CreateAsync(Map("late"))).Required;
        var seen = new List<(WatchKind Kind, string Version)>();
        await foreach (var one in client.WatchAsync(KubeKinds.ConfigMaps, "default", list.Metadata.ResourceVersion, ct: limit.Token))
        {
            seen.Add((one.Kind, one.Object!.Metadata.ResourceVersion));
            if (one.Kind == WatchKind.Bookmark)
            {
                break;
            }
        }
        Assert.Equal((WatchKind.Added, made.Text("metadata", "resourceVersion")!), seen[0]);
        Assert.True(
            long.Parse(seen[^1].Version, System.Globalization.CultureInfo.InvariantCulture)
                >= long.Parse(seen[0].Version, System.Globalization.CultureInfo.InvariantCulture)
        );

        running.Cluster.CompactHistory();
        await foreach (var one in client.WatchAsync(KubeKinds.ConfigMaps, "default", list.Metadata.ResourceVersion, ct: limit.Token))
        {
            Assert.Equal(WatchKind.Error, one.Kind);
            Assert.True(one.Error!.IsExpired);
        }
    }

    [Fact]
    public async Task An_object_that_starts_or_stops_matching_is_told_as_added_or_deleted()
    {
        await using var running = await RunningCluster.StartAsync();
        using var client = Client(running.Cluster);
        var version = (await client.ListAsync(KubeKinds.ConfigMaps, "default")).Required.Metadata.ResourceVersion;
        await client.CreateAsync(Map("m"));
        foreach (var colour in new[] { "red", "red", "green" })
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["colour"] = colour } },
                ["data"] = new JsonObject
                {
                    ["n"] =
                        version
                        + colour
                        + (await client.GetJsonAsync(KubeKinds.ConfigMaps, "default", "m")).Required.Text("metadata", "resourceVersion"),
                },
            };
            Assert.True((await client.PatchAsync(KubeKinds.ConfigMaps, "default", "m", patch)).IsOk);
        }
        using var limit = new CancellationTokenSource(Eventually.DefaultDeadline);
        var told = new List<WatchKind>();
        await foreach (
            var one in client.WatchAsync(KubeKinds.ConfigMaps, "default", version, new KubeQuery(LabelSelector: "colour=red"), limit.Token)
        )
        {
            told.Add(one.Kind);
            if (one.Kind == WatchKind.Deleted)
            {
                break;
            }
        }

        Assert.Equal([WatchKind.Added, WatchKind.Modified, WatchKind.Deleted], told);
    }

    [Fact]
    public async Task A_partition_breaks_watches_and_requests_and_healing_brings_everything_back()
    {
        await using var running = await RunningCluster.StartAsync();
        using var client = Client(running.Cluster);
        await using var informer = new Informer<KubeNode>(client, KubeKinds.Nodes).Start();
        await informer.Synced.WaitAsync(Eventually.DefaultDeadline);

        running.Cluster.Partition();
        var cut = await client.VersionAsync();
        Assert.True(cut.Error is KubernetesError { IsUnreachable: true }, $"{cut.Error}");
        await Eventually.HoldsAsync(() => informer.LastError is not null, "the informer notices");
        Assert.True(await running.Cluster.Nodes.SetBrokenDevicesAsync("gpu-02", "nvidia.com/gpu", 8));

        running.Cluster.Heal();
        await Eventually.HoldsAsync(
            () => informer.Find("gpu-02") is { } n && n.Status.Allocatable["nvidia.com/gpu"].Units == 0,
            "what happened meanwhile arrives"
        );
    }

    [Theory]
    [InlineData(
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[]}}""",
        "api/v1/namespaces/default/pods",
        422,
        "spec.containers: Required value"
    )]
    [InlineData(
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"P"},"spec":{"containers":[{"name":"c","image":"i"}]}}""",
        "api/v1/namespaces/default/pods",
        422,
        "metadata.name"
    )]
    [InlineData(
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"nvidia.com/gpu":"1.5"}}}]}}""",
        "api/v1/namespaces/default/pods",
        422,
        "must be an integer"
    )]
    [InlineData(
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"lots"}}}]}}""",
        "api/v1/namespaces/default/pods",
        422,
        "quantities must be"
    )]
    [InlineData(
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}""",
        "api/v1/namespaces/nowhere/configmaps",
        404,
        "namespaces \"nowhere\" not found"
    )]
    [InlineData(
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"c"}}""",
        "api/v1/namespaces/default/configmaps",
        400,
        "does not match"
    )]
    [InlineData(
        """{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}}}""",
        "apis/batch/v1/namespaces/default/jobs",
        422,
        "restartPolicy"
    )]
    [InlineData(
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""",
        "apis/apps/v1/namespaces/default/deployments",
        422,
        "`selector` does not match"
    )]
    [InlineData("""[]""", "api/v1/namespaces/default/configmaps", 400, "not an object")]
    [InlineData("{}", "apis/example.com/v1/namespaces/default/things", 404, "could not find the requested resource")]
    public async Task A_bad_object_is_refused_with_its_field(string body, string path, int status, string says)
    {
        await using var running = await RunningCluster.StartAsync();
        using var client = Client(running.Cluster);

        var answer = await client.SendJsonAsync(HttpMethod.Post, path, JsonNode.Parse(body));

        var error = Assert.IsType<KubernetesError>(answer.Error);
        Assert.Equal(status, error.Status);
        Assert.Contains(says, error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Updates_with_an_old_version_or_another_uid_are_conflicts_and_spec_and_status_stay_apart()
    {
        await using var running = await RunningCluster.StartAsync();
        using var client = Client(running.Cluster);
        var made = (await client.CreateAsync(Map("m"))).Required;
        await client.PatchAsync(KubeKinds.ConfigMaps, "default", "m", new JsonObject { ["data"] = new JsonObject { ["x"] = "2" } });

        var old = await client.SendJsonAsync(HttpMethod.Put, KubeKinds.ConfigMaps.Path("default", "m"), made);
        Assert.True(old.Error is KubernetesError { Status: 409, Reason: "Conflict" });
        var other = await client.DeleteAsync(KubeKinds.ConfigMaps, "default", "m", new KubeDelete { Uid = "another" });
        Assert.True(other.Error is KubernetesError { Status: 409 });

        var node = await client.PatchAsync(
            KubeKinds.Nodes,
            null,
            "gpu-01",
            new JsonObject { ["status"] = new JsonObject { ["capacity"] = new JsonObject { ["cpu"] = "1" } } }
        );
        Assert.Equal("64", node.Required.Text("status", "capacity", "cpu"));
        var status = await client.PatchStatusAsync(
            KubeKinds.Nodes,
            null,
            "gpu-01",
            new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = true } }
        );
        Assert.Null(status.Required.At("spec", "unschedulable"));
    }

    [Fact]
    public async Task One_player_plays_against_an_api_server_over_the_wire()
    {
        var options = RunningCluster.Options();
        options.Machines = Fleet.Empty;
        options.NodeGrace = TimeSpan.FromHours(1);
        await using var running = await RunningCluster.StartAsync(options);
        using var client = Client(running.Cluster);
        await using var player = Nodes.NodePlayer.Against(
            KubeConfig.Parse(running.Cluster.KubeConfig).Required,
            RunningCluster.Machines(20),
            new Nodes.NodePlayerOptions
            {
                PullDelay = TimeSpan.FromMilliseconds(10),
                StartDelay = TimeSpan.FromMilliseconds(10),
                StopDelay = TimeSpan.FromMilliseconds(10),
                Parallelism = 8,
            }
        );
        await player.StartAsync();
        Assert.Equal(20, running.Cluster.Host.Store.Count(ResourceCatalog.Nodes));

        var job = LocalCluster.Yaml(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: many, namespace: default}\nspec: {parallelism: 40, completions: 40, template: {metadata: {annotations: {simulator.compute/run-seconds: '0.1'}}, spec: {restartPolicy: Never, containers: [{name: c, image: 'i:1', resources: {limits: {nvidia.com/gpu: '4'}}}]}}}"
        );
        (await client.CreateAsync(job)).Required.ToString();
        await Eventually.HoldsAsync(
            () => running.Cluster.Host.Store.Get(ResourceCatalog.Jobs, "default", "many") is { } j && Conditions.Is(j.Open(), "Complete"),
            "the job is complete"
        );
        (
            await client.DeleteAsync(KubeKinds.Jobs, "default", "many", new KubeDelete { Propagation = DeletePropagation.Background })
        ).Required.ToString();
        await Eventually.HoldsAsync(
            () => running.Cluster.Host.Store.Count(ResourceCatalog.Pods) == 0 && player.PodCount == 0,
            "its pods are gone"
        );
    }

    private static JsonObject Map(string name) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
        };
}
