using System.Text.Json.Nodes;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>What rests keeps everything but its pods, and pods that nobody may have are removed again.</summary>
public abstract partial class ClusterContractSuite
{
    private static readonly ClusterConnectionOptions Impatient = new() { PodsExpectedIn = TimeSpan.FromMilliseconds(200) };

    [ClusterFact]
    public async Task An_endpoint_rests_without_pods_against_others_and_goes_on()
    {
        await using var stage = Stage.Set(cluster, "rest");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync(Impatient);
        var bundle = stage.Endpoint(OneCard, 2);
        connection.SetDesired(bundle);
        var before = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;

        connection.SetDesired(bundle.Suspend(2));
        var rested = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Suspended))!;

        Assert.Equal((2, 0), (rested.ObservedGeneration, rested.LivingPods));
        Assert.Empty(await stage.PodsAsync());
        var name = WorkloadNames.Of(bundle.ContractId);
        Assert.True((await stage.Client.GetAsync(KubeKinds.Services, stage.Namespace, name)).IsOk);
        Assert.Equal(2, connection.Allocations().Count(a => a.FinishedAt is not null));

        // Somebody in the cluster sets it going again: it is set back, and what came up meanwhile is taken down. Whether a pod was seen at all
        // is a matter of milliseconds; that the deployment's generation went on is not.
        var grown = await stage.Client.PatchAsync(KubeKinds.Deployments, stage.Namespace, name, Replicas(2));
        Assert.True(grown.IsOk, grown.Error?.Message);
        var theirs = (long)grown.Required["metadata"]!["generation"]!;
        await Until.Seen(
            async () => (await stage.Client.GetJsonAsync(KubeKinds.Deployments, stage.Namespace, name)).Required,
            d => (long)d["metadata"]!["generation"]! > theirs && (int?)d["spec"]!["replicas"] == 0,
            "no replicas"
        );
        await Until.Seen(() => stage.PodsAsync(), pods => pods.Count == 0, "no pods");
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Suspended);

        connection.SetDesired(bundle with { Generation = 3 });
        var after = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;
        Assert.Equal((3, 2), (after.ObservedGeneration, after.ReadyReplicas));
        Assert.Empty(after.Pods.Select(p => p.Uid).Intersect(before.Pods.Select(p => p.Uid), StringComparer.Ordinal));
    }

    [ClusterFact]
    public async Task A_job_that_rests_does_not_lose_the_work_it_has_done()
    {
        await using var stage = Stage.Set(cluster, "restjob");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync(Impatient);
        var bundle = stage.Job(OneCard, 2);
        connection.SetDesired(bundle);
        var running = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;
        await stage.FinishAsync(running.Pods[0].Name);
        await Until.Seen(() => connection.StatusOf(bundle.ContractId), s => s?.LivingPods == 1, "one to be done", Stage.Show);

        connection.SetDesired(bundle.Suspend(2));
        var rested = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Suspended))!;
        Assert.Equal(0, rested.LivingPods);
        Assert.Contains(rested.Pods, p => p.Uid == running.Pods[0].Uid && p.Phase == "Succeeded");

        connection.SetDesired(bundle with { Generation = 3 });
        var rest = await Until.Seen(
            () => connection.StatusOf(bundle.ContractId),
            s => s is { ObservedGeneration: 3, LivingPods: 1 } && s.Pods.Any(p => p.IsReady),
            "the other one again",
            Stage.Show
        );
        await stage.FinishAsync(rest!.Pods.Single(p => p.IsReady).Name);
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Completed);
    }

    [ClusterFact]
    public async Task A_namespace_that_rests_takes_no_pods_and_keeps_what_its_customer_made()
    {
        await using var stage = Stage.Set(cluster, "restspace");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync(Impatient);
        var space = await stage.SpaceAsync(connection, 1, Piece(node, 1, "gpu-5"));
        await space.RunAsync(Kube.PodJson("own", Card));
        var note = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "kept", ["namespace"] = space.Namespace },
        };
        Assert.Null((await space.Customer.CreateAsync(note)).Error);

        connection.SetDesired(space.Bundle.Suspend(2));
        await Stage.PhaseAsync(connection, space.ContractId, BundlePhase.Suspended);

        Assert.Empty((await stage.Client.ListAsync(KubeKinds.Pods, space.Namespace)).Required.Items);
        // The cluster's admission learns of the new quota a moment later: what slips in until then is taken down.
        var tries = 0;
        await Until.Seen(
            () => space.TryAsync(Kube.PodJson($"more-{++tries}", Card)),
            t => t.Error?.Message.Contains("exceeded quota", StringComparison.Ordinal) == true,
            "no more pods"
        );
        await Until.Seen(() => stage.Client.ListAsync(KubeKinds.Pods, space.Namespace), l => l.Required.Items.Count == 0, "no pods");
        Assert.True((await space.Customer.GetAsync(KubeKinds.ConfigMaps, space.Namespace, "kept")).IsOk);
        // Its devices stay its own.
        await FreeAsync(connection, (node, 7));

        connection.SetDesired(space.Bundle with { Generation = 3 });
        await Stage.PhaseAsync(connection, space.ContractId, BundlePhase.Ready);
        Assert.Equal(node, (await space.RunAsync(Kube.PodJson("again", Card))).Spec.NodeName);
    }

    [ClusterFact]
    public async Task A_pod_of_a_contract_that_is_over_is_found_and_removed()
    {
        await using var stage = Stage.Set(cluster, "stray");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync(Impatient);
        var bundle = stage.Endpoint(OneCard, 1);
        connection.SetDesired(bundle);
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready);
        connection.SetDesired(bundle.Stop(2));
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Terminated);
        Assert.True((await connection.ForgetAsync(bundle.ContractId)).IsOk);
        Assert.Empty(connection.Strays());

        // The center brings the pod back from its own backup, with our marks on it.
        var pod = Kube.PodJson("back", []);
        pod["metadata"]!["namespace"] = stage.Namespace;
        pod["metadata"]!["labels"] = new JsonObject
        {
            [Marks.ManagedBy] = Marks.ManagedByValue,
            [Marks.Contract] = WorkloadNames.LabelOf(bundle.ContractId),
        };
        Assert.Null((await stage.Client.CreateAsync(pod)).Error);
        var stray = Assert.Single(await Until.Seen(connection.Strays, s => s.Count > 0, "a stray"));
        Assert.Equal((bundle.ContractId, "back"), (stray.Contract, Assert.Single(stray.Pods)));

        connection.SetDesired(bundle.Stop(2));
        await Until.Seen(() => stage.PodsAsync(), pods => pods.Count == 0, "no pod left");
        await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Terminated);
    }

    private static JsonObject Replicas(int replicas) => new() { ["spec"] = new JsonObject { ["replicas"] = replicas } };
}
