using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>Changing, repairing, stopping.</summary>
public abstract partial class ClusterContractSuite
{
    [ClusterFact]
    public async Task An_endpoint_runs_grows_and_ignores_an_older_wish()
    {
        await using var stage = Stage.Set(cluster, "endpoint");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var first = stage.Endpoint(OneCard, 1);
        connection.SetDesired(first);
        await Stage.PhaseAsync(connection, first.ContractId, BundlePhase.Ready);

        connection.SetDesired(stage.Endpoint(OneCard, 3, generation: 2));
        connection.SetDesired(first);
        var grown = await Until.Seen(
            () => connection.StatusOf(first.ContractId),
            s => s is { ObservedGeneration: 2, ReadyReplicas: 3, Phase: BundlePhase.Ready },
            "three replicas",
            Stage.Show
        );

        Assert.Equal(3, grown!.DesiredReplicas);
        var service = (await stage.Client.GetJsonAsync(KubeKinds.Services, stage.Namespace, WorkloadNames.Of(first.ContractId))).Required;
        Assert.Equal("ClusterIP", (string?)service["spec"]!["type"]);
        using var client = new KubernetesClient(cluster.Admin);
        Assert.True((await new Reconciler(client, TimeProvider.System).ReconcileAsync(first, verify: false)).Superseded);
    }

    [ClusterFact]
    public async Task A_second_pass_writes_nothing_and_what_is_no_longer_wanted_goes()
    {
        await using var stage = Stage.Set(cluster, "prune");
        var reconciler = new Reconciler(stage.Client, TimeProvider.System);
        var bundle = stage.Endpoint(null, 1);
        Assert.True((await reconciler.ReconcileAsync(bundle, verify: true)).Writes > 0);
        Assert.Equal(0, (await reconciler.ReconcileAsync(bundle, verify: true)).Writes);
        Assert.Equal(0, (await new Reconciler(stage.Client, TimeProvider.System).ReconcileAsync(bundle, verify: true)).Writes);

        // A namesake of somebody else takes the service's place: it must survive.
        var name = WorkloadNames.Of(bundle.ContractId);
        Assert.Null((await stage.Client.DeleteAsync(KubeKinds.Services, stage.Namespace, name)).Error);
        var stranger = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = stage.Namespace },
            ["spec"] = new JsonObject { ["clusterIP"] = "None" },
        };
        Assert.Null((await stage.Client.CreateAsync(stranger)).Error);
        var refused = await reconciler.ReconcileAsync(bundle, verify: true);
        Assert.Equal("bundle.name_taken", refused.Error!.Code);

        var withoutService = DesiredBundle.Create(
            bundle.ContractId,
            2,
            bundle.Namespace,
            bundle.Objects.Where(o => (string?)o["kind"] != "Service")
        );
        Assert.Null((await reconciler.ReconcileAsync(withoutService, verify: true)).Error);
        Assert.True((await stage.Client.GetJsonAsync(KubeKinds.Services, stage.Namespace, name)).IsOk);

        var withoutDeployment = DesiredBundle.Create(
            bundle.ContractId,
            3,
            bundle.Namespace,
            withoutService.Objects.Where(o => (string?)o["kind"] != "Deployment")
        );
        Assert.Null((await reconciler.ReconcileAsync(withoutDeployment, verify: true)).Error);
        Assert.True(
            Assert.IsType<KubernetesError>((await stage.Client.GetAsync(KubeKinds.Deployments, stage.Namespace, name)).Error).IsNotFound
        );
    }

    [ClusterFact]
    public async Task A_workload_somebody_removed_comes_back()
    {
        await using var stage = Stage.Set(cluster, "repair");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var bundle = stage.Endpoint(OneCard, 1);
        connection.SetDesired(bundle);
        var before = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;

        var name = WorkloadNames.Of(bundle.ContractId);
        Assert.Null(
            (
                await stage.Client.DeleteAsync(
                    KubeKinds.Deployments,
                    stage.Namespace,
                    name,
                    new KubeDelete(Propagation: DeletePropagation.Background)
                )
            ).Error
        );
        var after = await Until.Seen(
            () => connection.StatusOf(bundle.ContractId),
            s => s?.Phase == BundlePhase.Ready && s.Pods.Count == 1 && s.Pods[0].Uid != before.Pods[0].Uid,
            "another pod",
            Stage.Show
        );

        Assert.Equal(1, after!.ObservedGeneration);
        Assert.Equal(2, connection.Allocations().Select(a => a.PodUid).Distinct(StringComparer.Ordinal).Count());
        Assert.Single(connection.Allocations(), a => a.FinishedAt is null);
    }

    [ClusterFact]
    public async Task Stopping_removes_the_workload_and_frees_its_devices()
    {
        await using var stage = Stage.Set(cluster, "stop");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var bundle = stage.Gang(EightCards, 1);
        connection.SetDesired(bundle);
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready);

        connection.SetDesired(bundle.Stop(2));
        var stopped = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Terminated))!;

        Assert.NotNull(stopped.FinishedAt);
        Assert.Empty(await stage.PodsAsync());
        Assert.Empty((await stage.Client.ListAsync(KubeKinds.Jobs, stage.Namespace)).Required.Items);
        Assert.All(connection.Inventory.Nodes.Single(n => n.Name == node).Devices, d => Assert.True(d.IsFree));
        Assert.NotNull(Assert.Single(connection.Allocations()).FinishedAt);
        Assert.True((await connection.ForgetAsync(bundle.ContractId)).IsOk);
        Assert.Empty(
            (await stage.Client.ListAsync(KubeKinds.ConfigMaps, stage.Namespace, new KubeQuery(Marks.ManagedSelector))).Required.Items
        );
    }

    [ClusterFact]
    public async Task The_agreed_end_stops_the_workload_without_anybody_asking()
    {
        await using var stage = Stage.Set(cluster, "end");
        var time = new ManualTimeProvider();
        var reconciler = new Reconciler(stage.Client, time);
        var bundle = stage.Job(null) with { NotAfter = time.GetUtcNow() + TimeSpan.FromHours(1) };
        var name = WorkloadNames.Of(bundle.ContractId);
        Assert.Null((await reconciler.ReconcileAsync(bundle, verify: true)).Error);
        Assert.True((await stage.Client.GetAsync(KubeKinds.Jobs, stage.Namespace, name)).IsOk);

        time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.False((await reconciler.ReconcileAsync(bundle, verify: true)).Removed);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True((await reconciler.ReconcileAsync(bundle, verify: true)).Removed);

        await Until.Seen(() => stage.Client.GetAsync(KubeKinds.Jobs, stage.Namespace, name), job => !job.IsOk, "no job");
        Assert.True((await stage.Client.GetAsync(KubeKinds.Namespaces, null, stage.Namespace)).IsOk);
    }

    [ClusterFact]
    public async Task A_dedicated_namespace_has_exactly_what_was_bought_and_goes_with_its_contract()
    {
        await using var stage = Stage.Set(cluster, "dedicated");
        var connection = await stage.ConnectAsync();
        var spec = new DedicatedNamespaceSpec
        {
            ContractId = stage.Contract(),
            TenantId = stage.Tenant,
            CpuMilli = 8000,
            MemoryMib = 16384,
            Accelerators = [new("A100-80G", 4)],
        };
        var bundle = stage.Manifests.Build(spec, 1).Required;
        connection.SetDesired(bundle);
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready);

        var quota = (await stage.Client.GetJsonAsync(KubeKinds.ResourceQuotas, bundle.Namespace, "bought")).Required["spec"]!["hard"]!;
        Assert.Equal(
            ("4", "0", "8"),
            ((string?)quota["requests.nvidia.com/gpu"], (string?)quota["requests.amd.com/gpu"], (string?)quota["requests.cpu"])
        );

        connection.SetDesired(bundle.Stop(2));
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Terminated);
        Assert.True(
            Assert.IsType<KubernetesError>((await stage.Client.GetAsync(KubeKinds.Namespaces, null, bundle.Namespace)).Error).IsNotFound
        );
    }

    [ClusterFact]
    public async Task Logs_are_read_and_followed_only_of_the_contracts_own_pods()
    {
        await using var stage = Stage.Set(cluster, "logs");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var bundle = stage.Job(OneCard);
        connection.SetDesired(bundle);
        var pod = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!.Pods[0].Name;

        var opening = connection.OpenLogAsync(bundle.ContractId, pod, new KubeLogQuery(Follow: true));
        var written = cluster.Log(stage.Namespace, pod, "epoch 1 loss 0.25");
        using var log = (await Until.Within(opening, "the log to open")).Required;
        await using var lines = log.LinesAsync().GetAsyncEnumerator();
        Assert.True(await Until.Within(lines.MoveNextAsync().AsTask(), "a line"));
        Assert.NotEmpty(lines.Current);
        Assert.Equal(written ?? lines.Current, lines.Current);

        Assert.Equal("logs.no_pod", (await connection.OpenLogAsync(stage.Contract(2), pod)).Error!.Code);
    }

    [ClusterFact]
    public async Task Statuses_are_pushed_and_events_can_be_read()
    {
        await using var stage = Stage.Set(cluster, "push");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var bundle = stage.Job(OneCard);
        var seen = new List<BundlePhase>();
        var reading = Task.Run(async () =>
        {
            await foreach (var status in connection.StatusChangesAsync())
            {
                seen.Add(status.Phase);
                if (status.Phase == BundlePhase.Ready)
                {
                    return;
                }
            }
        });
        connection.SetDesired(bundle);
        await Until.Within(reading, "the phase Ready");

        Assert.Equal(BundlePhase.Ready, seen[^1]);
        var events = await Until.Seen(
            async () => (await connection.EventsAsync(bundle.ContractId)).Required,
            e => e.Any(x => x.Reason == "SuccessfulCreate"),
            "the job controller's event"
        );
        Assert.All(events, e => Assert.Equal(stage.Namespace, e.Metadata.Namespace));
    }
}
