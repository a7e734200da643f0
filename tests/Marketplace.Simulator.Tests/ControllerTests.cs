using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Controllers;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Tests;

/// <summary>Jobs, deployments, stateful sets, quota, garbage and namespaces, on a clock the test moves.</summary>
public sealed class ControllerTests
{
    private static string Job(string name, string more, string annotations = "simulator.compute/run-seconds: '5'", string gpus = "1") =>
        $$$"""
            metadata: {name: {{{name}}} }
            spec:
              {{{more}}}
              template:
                metadata: {annotations: { {{{annotations}}} }}
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: 'trainer:1', resources: {limits: {nvidia.com/gpu: '{{{gpus}}}'} } }]
            """;

    private static string Deployment(int replicas, string image) =>
        $$$"""
            metadata: {name: web}
            spec:
              replicas: {{{replicas}}}
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: web, image: '{{{image}}}'}]}
            """;

    [Fact]
    public async Task A_job_runs_its_completions_within_its_parallelism()
    {
        await using var cluster = await LocalCluster.StartAsync();
        var most = 0;
        cluster.Store.Committed += _ => most = Math.Max(most, cluster.Pods().Count(p => !PodResources.IsFinished(p)));
        cluster.Create(ResourceCatalog.Jobs, Job("train", "parallelism: 3\n  completions: 7"));

        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "train"), "Complete"), "the job is complete");

        var status = cluster.Read(ResourceCatalog.Jobs, "train").Map("status")!;
        Assert.Equal(7, status.Whole("succeeded"));
        Assert.Equal(0, status.Whole("active"));
        Assert.NotNull(status.Text("completionTime"));
        Assert.Equal(3, most);
        Assert.Equal(7, cluster.Pods().Count(p => p.Phase == "Succeeded"));
    }

    [Fact]
    public async Task A_failing_job_is_tried_again_later_and_gives_up_at_its_limit()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(
            ResourceCatalog.Jobs,
            Job("bad", "backoffLimit: 2", "simulator.compute/run-seconds: '1', simulator.compute/exit-code: '3'")
        );
        var start = cluster.Clock.GetUtcNow();

        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "bad"), "Failed"), "the job has failed");

        var job = cluster.Read(ResourceCatalog.Jobs, "bad");
        Assert.Equal("BackoffLimitExceeded", Conditions.Find(job, "Failed").Text("reason"));
        Assert.Equal(3, job.Whole("status", "failed"));
        // Two waits, of 10 and 20 seconds, lie between the three tries.
        Assert.InRange((cluster.Clock.GetUtcNow() - start).TotalSeconds, 30, 60);
        var ended = cluster.Pods().First().Open().Items("status", "containerStatuses").Single();
        Assert.Equal(3, ended.Whole("state", "terminated", "exitCode"));
    }

    [Fact]
    public async Task A_job_past_its_deadline_fails_and_its_pods_are_deleted()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Jobs, Job("slow", "activeDeadlineSeconds: 20", "simulator.compute/run-seconds: '9999'"));

        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "slow"), "Failed"), "the deadline is reached", 1);
        await cluster.UntilAsync(() => cluster.Pods().Count == 0, "its pod is gone");

        Assert.Equal("DeadlineExceeded", Conditions.Find(cluster.Read(ResourceCatalog.Jobs, "slow"), "Failed").Text("reason"));
    }

    [Fact]
    public async Task A_finished_job_goes_after_its_time_to_live_and_takes_its_pods_along()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Jobs, Job("brief", "ttlSecondsAfterFinished: 30"));
        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "brief"), "Complete"), "the job is complete");
        Assert.Single(cluster.Pods());

        await cluster.UntilAsync(
            () => cluster.Store.Get(ResourceCatalog.Jobs, "default", "brief") is null && cluster.Pods().Count == 0,
            "the job and its pods are gone",
            1
        );
    }

    [Fact]
    public async Task An_indexed_job_runs_each_index_once()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Jobs, Job("gang", "completionMode: Indexed\n  parallelism: 4\n  completions: 4"));

        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "gang"), "Complete"), "the job is complete");

        Assert.Equal("0-3", cluster.Read(ResourceCatalog.Jobs, "gang").Text("status", "completedIndexes"));
        var ranks = cluster
            .Pods()
            .Select(p =>
                p.Open()
                    .Items("spec", "containers")
                    .Single()
                    .Items("env")
                    .Single(e => e.Text("name") == "JOB_COMPLETION_INDEX")
                    .Text("value")
            );
        Assert.Equal(["0", "1", "2", "3"], ranks.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_pod_deleted_by_hand_is_counted_and_replaced()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Jobs, Job("train", "completions: 1"));
        await cluster.UntilAsync(() => cluster.Pods().Any(p => p.Phase == "Running"), "a pod runs");
        var first = cluster.Pods().Single();

        cluster.Api.Delete(Caller.System, first.Type, first.Namespace, first.Name, new DeleteWish()).Expect();
        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "train"), "Complete"), "the job is complete");

        Assert.Equal(1, cluster.Read(ResourceCatalog.Jobs, "train").Whole("status", "failed"));
        Assert.NotEqual(first.Uid, cluster.Pods().Single().Uid);
    }

    [Fact]
    public async Task A_suspended_job_has_no_pods_until_it_is_resumed()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Jobs, Job("later", "suspend: true"));
        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "later"), "Suspended"), "it is suspended");
        Assert.Empty(cluster.Pods());

        cluster.Api.Change(Caller.System, ResourceCatalog.Jobs, "default", "later", Set("suspend", false), null).Expect();

        await cluster.UntilAsync(() => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "later"), "Complete"), "the job is complete");
    }

    [Fact]
    public async Task A_deployment_rolls_over_without_falling_below_its_minimum()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Deployments, Deployment(4, "server:1"));
        await cluster.UntilAsync(
            () => cluster.Read(ResourceCatalog.Deployments, "web").Whole("status", "readyReplicas") == 4,
            "four are ready"
        );
        var (least, most) = (int.MaxValue, 0L);
        cluster.Store.Committed += _ =>
        {
            var pods = cluster.Pods().Where(p => !p.Terminating).ToList();
            least = Math.Min(least, pods.Count(p => Conditions.Is(p.Open(), "Ready")));
            most = Math.Max(
                most,
                cluster
                    .Store.List(ResourceCatalog.ReplicaSets, "default", Selector.Everything)
                    .Items.Sum(s => s.Open().Whole("spec", "replicas") ?? 0)
            );
        };

        cluster
            .Api.Change(
                Caller.System,
                ResourceCatalog.Deployments,
                "default",
                "web",
                t =>
                {
                    t.Items("spec", "template", "spec", "containers").Single()["image"] = "server:2";
                    return t;
                },
                null
            )
            .Expect();
        await cluster.UntilAsync(
            () =>
                cluster.Read(ResourceCatalog.Deployments, "web") is var d
                && d.Whole("status", "observedGeneration") == 2
                && d.Whole("status", "updatedReplicas") == 4
                && d.Whole("status", "readyReplicas") == 4
                && d.Whole("status", "replicas") == 4
                && cluster.Pods().Count == 4,
            "the rollout is over"
        );

        Assert.All(cluster.Pods(), p => Assert.Equal("server:2", p.Open().Items("spec", "containers").Single().Text("image")));
        // A quarter of four: one may be missing, one may be too many.
        Assert.True(least >= 3, $"only {least} were ready");
        Assert.True(most <= 5, $"{most} were asked for at once");
    }

    [Fact]
    public async Task A_stateful_set_starts_in_order_and_keeps_its_claims()
    {
        await using var cluster = await LocalCluster.StartAsync();
        var order = new List<string>();
        cluster.Store.Committed += c =>
        {
            if (c is { Kind: ChangeKind.Added } && c.Object.Type == ResourceCatalog.Pods)
            {
                Assert.All(cluster.Pods().Where(p => p.Name != c.Object.Name), p => Assert.True(Conditions.Is(p.Open(), "Ready")));
                order.Add(c.Object.Name);
            }
        };
        cluster.Create(
            ResourceCatalog.StatefulSets,
            """
            metadata: {name: book}
            spec:
              replicas: 3
              selector: {matchLabels: {app: book}}
              serviceName: book
              template:
                metadata: {labels: {app: book}}
                spec: {containers: [{name: c, image: 'notebook:1'}]}
              volumeClaimTemplates:
              - metadata: {name: home}
                spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}
            """
        );

        await cluster.UntilAsync(
            () => cluster.Read(ResourceCatalog.StatefulSets, "book").Whole("status", "readyReplicas") == 3,
            "three are ready"
        );
        await cluster.UntilAsync(
            () => cluster.Store.List(ResourceCatalog.Claims, "default", Selector.Everything).Items.Count(c => c.Phase == "Bound") == 3,
            "the claims are bound"
        );
        Assert.Equal(["book-0", "book-1", "book-2"], order);

        cluster.Api.Change(Caller.System, ResourceCatalog.StatefulSets, "default", "book", Set("replicas", 1), null).Expect();
        await cluster.UntilAsync(() => cluster.Pods().Count == 1, "two are gone");
        Assert.Equal("book-0", cluster.Pods().Single().Name);
        Assert.Equal(3, cluster.Store.List(ResourceCatalog.Claims, "default", Selector.Everything).Items.Count);
    }

    [Fact]
    public async Task A_quota_refuses_what_is_too_much_and_lets_in_when_something_ends()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.ResourceQuotas, "metadata: {name: cards}\nspec: {hard: {requests.nvidia.com/gpu: '4'}}");
        await cluster.UntilAsync(() => Used(cluster) == "0", "the quota is counted");
        cluster.Create(ResourceCatalog.Jobs, Job("train", "parallelism: 2\n  completions: 2", gpus: "4"));

        await cluster.UntilAsync(() => cluster.Pods().Any(p => p.Phase == "Running"), "the first pod runs");
        Assert.Single(cluster.Pods());
        Assert.Equal("4", Used(cluster));
        var events = cluster.Store.List(ResourceCatalog.Events, "default", Selector.Everything).Items.Select(e => e.Open().Text("message"));
        Assert.Contains(
            events,
            m =>
                m!.Contains(
                    "exceeded quota: cards, requested: requests.nvidia.com/gpu=4, used: requests.nvidia.com/gpu=4, limited: requests.nvidia.com/gpu=4",
                    StringComparison.Ordinal
                )
        );

        await cluster.UntilAsync(
            () => Conditions.Is(cluster.Read(ResourceCatalog.Jobs, "train"), "Complete"),
            "the second pod got its turn"
        );
        await cluster.UntilAsync(() => Used(cluster) == "0", "nothing is used any more");
    }

    [Fact]
    public async Task A_service_lists_the_addresses_of_its_ready_pods()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(
            ResourceCatalog.Services,
            "metadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}"
        );
        cluster.Create(ResourceCatalog.Deployments, Deployment(2, "server:1"));

        await cluster.UntilAsync(
            () =>
                cluster
                    .Store.Get(ResourceCatalog.Endpoints, "default", "web")
                    ?.Open()
                    .Items("subsets")
                    .SelectMany(s => s.Items("addresses"))
                    .Count() == 2,
            "two addresses"
        );

        var subset = cluster.Read(ResourceCatalog.Endpoints, "web").Items("subsets").Single();
        Assert.Equal(8080, subset.Items("ports").Single().Whole("port"));
        Assert.Equal(
            cluster.Pods().Select(p => p.Open().Text("status", "podIP")).Order(StringComparer.Ordinal),
            subset.Items("addresses").Select(a => a.Text("ip")).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Garbage_follows_its_owner_and_orphans_stay()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Create(ResourceCatalog.Deployments, Deployment(2, "server:1"));
        await cluster.UntilAsync(() => cluster.Pods().Count(p => p.Phase == "Running") == 2, "two run");
        var set = cluster.Store.List(ResourceCatalog.ReplicaSets, "default", Selector.Everything).Items.Single();

        cluster
            .Api.Delete(Caller.System, ResourceCatalog.Deployments, "default", "web", new DeleteWish { Propagation = "Orphan" })
            .Expect();
        Assert.NotNull(cluster.Store.Get(set.Type, "default", set.Name));

        cluster.Api.Delete(Caller.System, set.Type, "default", set.Name, new DeleteWish { Propagation = "Foreground" }).Expect();
        Assert.True(cluster.Store.Get(set.Type, "default", set.Name)!.Terminating);
        await cluster.UntilAsync(
            () => cluster.Pods().Count == 0 && cluster.Store.Get(set.Type, "default", set.Name) is null,
            "pods first, then the set"
        );
    }

    [Fact]
    public async Task A_namespace_goes_with_everything_in_it_and_takes_nothing_new()
    {
        await using var cluster = await LocalCluster.StartAsync();
        cluster.Api.Create(Caller.System, ResourceCatalog.Namespaces, "", LocalCluster.Yaml("metadata: {name: team}")).Expect();
        cluster.Create(ResourceCatalog.Jobs, Job("train", "completions: 1"), "team");
        await cluster.UntilAsync(() => cluster.Pods("team").Any(p => p.Phase == "Running"), "a pod runs");

        cluster.Api.Delete(Caller.System, ResourceCatalog.Namespaces, "", "team", new DeleteWish()).Expect();

        var refused = cluster
            .Api.Create(Caller.System, ResourceCatalog.ConfigMaps, "team", LocalCluster.Yaml("metadata: {name: late}"))
            .Failure!;
        Assert.Contains("being terminated", refused.Message, StringComparison.Ordinal);
        await cluster.UntilAsync(() => cluster.Store.Get(ResourceCatalog.Namespaces, "", "team") is null, "the namespace is gone");
        Assert.Empty(
            ResourceCatalog.All.Where(t => t.Namespaced).SelectMany(t => cluster.Store.List(t, "team", Selector.Everything).Items)
        );
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("5", "5")]
    [InlineData("0-3,5", "0-3,5")]
    [InlineData("2,0,1,9", "0-2,9")]
    public void Completed_indexes_read_and_write(string text, string expected) =>
        Assert.Equal(expected, CompletedIndexes.Parse(text).ToString());

    private static string? Used(LocalCluster cluster) =>
        cluster.Read(ResourceCatalog.ResourceQuotas, "cards").Text("status", "used", "requests.nvidia.com/gpu");

    private static Func<JsonObject, Answer<JsonObject>> Set(string field, JsonNode value) =>
        tree =>
        {
            tree.Ensure("spec")[field] = value;
            return tree;
        };
}
