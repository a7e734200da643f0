using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>Dedicated namespaces: what their customers run goes onto what was bought, and what they write about it is not believed.</summary>
public abstract partial class ClusterContractSuite
{
    private static readonly (string, string)[] Card = [("nvidia.com/gpu", "1")];

    [ClusterFact]
    public async Task What_a_customer_runs_goes_onto_the_devices_it_bought_and_what_it_does_not_use_is_kept_for_it()
    {
        await using var stage = Stage.Set(cluster, "space");
        var (first, second) = (await stage.AddNodeAsync(), await stage.AddNodeAsync());
        var connection = await stage.ConnectAsync();
        var space = await stage.SpaceAsync(connection, 1, Piece(second, 2, "gpu-5", "gpu-6"));
        await FreeAsync(connection, (first, 8), (second, 6));
        Assert.Empty(connection.Allocations());

        var pods = new[] { await space.RunAsync(Kube.PodJson("a", Card)), await space.RunAsync(Kube.PodJson("b", Card)) };

        Assert.All(pods, p => Assert.Equal(second, p.Spec.NodeName));
        Assert.Equal(["gpu-5", "gpu-6"], pods.Select(p => PodDevices.Assigned(p)!.Single().Id).Order(StringComparer.Ordinal));
        await SeenAsync(connection, space, "a", "b");
        await FreeAsync(connection, (first, 8), (second, 6));
        // Metered is what was bought, once; what runs there is the contract's and nobody's else.
        Assert.Empty(connection.Allocations());
        var holding = Assert.Single(connection.HoldingsIn(connection.Inventory));
        Assert.Equal((space.ContractId, second, 2), (holding.ContractId, holding.Node, holding.Devices.Count));
        Assert.Equal((4000, 8192), (holding.CpuMilli, holding.MemoryMib));
        // The cluster counts a moment later at times: what slips in until then has no place, and the next one is refused.
        var tries = 0;
        await Until.Seen(
            () => space.TryAsync(Kube.PodJson($"c-{++tries}", Card)),
            t => t.Error?.Message.Contains("exceeded quota", StringComparison.Ordinal) == true,
            "no more pods"
        );

        await stage.EndAsync(connection, space);
        await FreeAsync(connection, (first, 8), (second, 8));
    }

    [ClusterFact]
    public async Task A_customer_gets_no_more_of_a_node_than_was_bought_there()
    {
        await using var stage = Stage.Set(cluster, "piece");
        var (first, second) = (await stage.AddNodeAsync(), await stage.AddNodeAsync());
        var connection = await stage.ConnectAsync();
        var space = await stage.SpaceAsync(connection, 1, Piece(first, 1), Piece(second, 1));

        // The quota allows two cards, and each node has more free; but one was sold on each.
        Assert.Null((await space.TryAsync(Kube.PodJson("two", [("nvidia.com/gpu", "2")]))).Error);
        var waiting = await Until.Seen(
            () => space.Customer.GetAsync(KubeKinds.Pods, space.Namespace, "two"),
            p => p.Required.Status.Conditions.Any(c => c is { Type: "PodScheduled", IsTrue: false }),
            "the reason for waiting"
        );

        Assert.Null(waiting.Required.Spec.NodeName);
        Assert.Contains("What was bought", waiting.Required.Status.Conditions[0].Message, StringComparison.Ordinal);
        Assert.Null((await space.Customer.DeleteAsync(KubeKinds.Pods, space.Namespace, "two")).Error);
        var pods = new[] { await space.RunAsync(Kube.PodJson("a", Card)), await space.RunAsync(Kube.PodJson("b", Card)) };
        Assert.Equal([first, second], pods.Select(p => p.Spec.NodeName).Order(StringComparer.Ordinal));
    }

    [ClusterFact]
    public async Task What_a_customer_runs_past_our_scheduler_is_counted_as_foreign_and_told()
    {
        await using var stage = Stage.Set(cluster, "outside");
        var (first, second) = (await stage.AddNodeAsync(), await stage.AddNodeAsync());
        var connection = await stage.ConnectAsync();
        var space = await stage.SpaceAsync(connection, 1, Piece(second, 2));

        await space.RunAsync(Kube.PodJson("stray", Card, scheduler: null, node: first));

        var told = await Until.Seen(
            () => connection.StatusOf(space.ContractId),
            s => s?.Messages.Any(m => m.Code == BundleCodes.OutsideOfSale) == true,
            "the stray pod to be told",
            Stage.Show
        );
        Assert.Equal("stray", told!.Messages.Single().Args["pods"]);
        Assert.Equal(BundlePhase.Ready, told.Phase);
        await FreeAsync(connection, (first, 7), (second, 6));
        Assert.Equal(second, Assert.Single(connection.HoldingsIn(connection.Inventory)).Node);
        // On a node where it fits into what was bought, it makes no difference who put it there.
        await space.RunAsync(Kube.PodJson("at-home", Card, scheduler: null, node: second));
        await SeenAsync(connection, space, "at-home", "stray");
        await FreeAsync(connection, (first, 7), (second, 6));
    }

    [ClusterFact]
    public async Task A_forged_contract_says_nothing_about_that_contract()
    {
        await using var stage = Stage.Set(cluster, "forged");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var victim = stage.Job(OneCard);
        var space = await stage.SpaceAsync(connection, 2, Piece(node, 2));

        await space.RunAsync(Kube.PodJson("forged", Card, MarksOf(victim), [(Marks.ContractId, victim.ContractId)]));
        // A job that has nothing to do is complete at once.
        var job = new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject
            {
                ["name"] = WorkloadNames.Of(victim.ContractId),
                ["namespace"] = space.Namespace,
                ["labels"] = new JsonObject(MarksOf(victim).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))),
            },
            ["spec"] = new JsonObject
            {
                ["completions"] = 0,
                ["template"] = new JsonObject { ["spec"] = NeverRestarted() },
            },
        };
        Assert.Null((await space.Customer.CreateAsync(job)).Error);
        await Until.Seen(
            () => stage.Client.GetAsync(KubeKinds.Jobs, space.Namespace, WorkloadNames.Of(victim.ContractId)),
            j => j.Required.Status.Conditions.Any(c => c is { Type: "Complete", IsTrue: true }),
            "the forged job to be complete"
        );
        // The forgeries are there first, and what is told after them has overtaken none of them.
        await SeenAsync(connection, space, "forged");
        connection.SetDesired(victim);
        await Stage.PhaseAsync(connection, victim.ContractId, BundlePhase.Ready);
        var later = stage.Job(OneCard, contract: 3);
        connection.SetDesired(later);
        await stage.FinishAsync((await Stage.PhaseAsync(connection, later.ContractId, BundlePhase.Ready))!.Pods[0].Name);
        await Stage.PhaseAsync(connection, later.ContractId, BundlePhase.Completed);

        var after = connection.StatusOf(victim.ContractId)!;
        Assert.Equal((BundlePhase.Ready, 1, 1), (after.Phase, after.ReadyReplicas, after.DesiredReplicas));
        Assert.NotEqual("forged", Assert.Single(after.Pods).Name);
        Assert.Equal(
            [victim.ContractId, later.ContractId],
            connection.Allocations().Select(a => a.ContractId).Order(StringComparer.Ordinal)
        );
        Assert.Equal("logs.no_pod", (await connection.OpenLogAsync(victim.ContractId, "forged")).Error!.Code);
    }

    [ClusterFact]
    public async Task A_forged_list_of_devices_takes_nothing_and_hides_nothing()
    {
        await using var stage = Stage.Set(cluster, "claims");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var space = await stage.SpaceAsync(connection, 1, Piece(node, 2, "gpu-0", "gpu-1"));
        var all = PodDevices.Write([
            .. Enumerable
                .Range(0, 8)
                .Select(i => new DeviceAssignment(string.Create(CultureInfo.InvariantCulture, $"gpu-{i}"), "V100M32", 1000, 32768)),
        ]);
        var none = PodDevices.Write([new DeviceAssignment("gpu-7", "V100M32", 0, 0)]);

        await space.RunAsync(Kube.PodJson("greedy", Card, scheduler: null, node: node, annotations: [(Marks.Devices, all)]));
        var modest = await space.RunAsync(
            Kube.PodJson(
                "modest",
                Card,
                annotations: [(Marks.Devices, none), (Marks.Ask, PodDevices.Write(EightCards)), (Marks.GangSize, "3")],
                labels: [(Marks.Gang, "g")]
            )
        );
        await SeenAsync(connection, space, "greedy", "modest");
        await FreeAsync(connection, (node, 6));
        Assert.Equal("gpu-1", PodDevices.Assigned(modest)!.Single().Id);

        // After the placement it may write what it likes as well.
        var rewritten = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Marks.Devices] = all } } };
        Assert.Null((await space.Customer.PatchAsync(KubeKinds.Pods, space.Namespace, "modest", rewritten)).Error);
        await space.RunAsync(Kube.PodJson("later"));
        await SeenAsync(connection, space, "greedy", "later", "modest");
        await FreeAsync(connection, (node, 6));
        Assert.False(connection.Inventory.Nodes.Single(n => n.Name == node).IsOversold);
        Assert.Empty(connection.StatusOf(space.ContractId)!.Messages);
    }

    [ClusterFact]
    public async Task Marks_in_a_strangers_namespace_mean_nothing()
    {
        await using var stage = Stage.Set(cluster, "stranger");
        var node = await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync();
        var victim = stage.Job(OneCard);
        connection.SetDesired(victim);
        await Stage.PhaseAsync(connection, victim.ContractId, BundlePhase.Ready);
        var ns = await stage.StrangersNamespaceAsync();
        (string, string)[] claim = [(Marks.Devices, PodDevices.Write([new DeviceAssignment("gpu-0", "V100M32", 0, 0)]))];

        foreach (
            var pod in (JsonObject[])
                [
                    Kube.PodJson("holds", [("nvidia.com/gpu", "2")], MarksOf(victim), claim, scheduler: null, node: node),
                    Kube.PodJson("waits", Card, MarksOf(victim), [(Marks.Ask, PodDevices.Write(OneCard))]),
                ]
        )
        {
            Assert.Null((await Kube.CreateAsync(stage.Client, ns, pod)).Error);
        }

        // Two cards for it, as for any other stranger, beside the victim's one.
        await FreeAsync(connection, (node, 5));
        var later = stage.Job(OneCard, contract: 3);
        connection.SetDesired(later);
        await Stage.PhaseAsync(connection, later.ContractId, BundlePhase.Ready);
        await FreeAsync(connection, (node, 4));
        Assert.Single(connection.StatusOf(victim.ContractId)!.Pods);
        Assert.Equal(2, connection.Allocations().Count);
        Assert.Null((await stage.Client.GetAsync(KubeKinds.Pods, ns, "waits")).Required.Spec.NodeName);
    }

    [ClusterFact]
    public async Task A_customer_cannot_steer_what_we_remove_nor_keep_its_namespace()
    {
        await using var stage = Stage.Set(cluster, "list");
        var connection = await stage.ConnectAsync();
        var other = stage.Job(null);
        connection.SetDesired(other);
        await Stage.PhaseAsync(connection, other.ContractId, BundlePhase.Provisioning);
        var space = await stage.SpaceAsync(connection, 2);
        // The list of a contract that stands beside its workload elsewhere: here it would say that we are done, and what to remove on the way.
        var forged = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = WorkloadNames.InventoryOf(space.ContractId), ["namespace"] = space.Namespace },
            ["data"] = new JsonObject
            {
                ["generation"] = "1000",
                ["stopped"] = "true",
                ["objects"] =
                    $$"""[{"apiVersion":"v1","kind":"Namespace","name":"{{stage.Namespace}}","uid":"","hash":"","finished":false}]""",
            },
        };
        Assert.Null((await space.Customer.ApplyAsync(forged)).Error);
        using var client = new KubernetesClient(cluster.Product);
        var second = new Reconciler(client, TimeProvider.System);

        // Another process that carries on, as after a restart.
        var grown = await second.ReconcileAsync(space.Bundle with { Generation = 2 }, verify: true);
        Assert.Equal((null, false, 2), (grown.Error, grown.Superseded, grown.AppliedGeneration));
        // The true list stands on the namespace, and applying the namespace leaves it there.
        Assert.Null((await client.ApplyAsync(space.Bundle.Objects[0])).Error);
        Assert.True((await new Reconciler(client, TimeProvider.System).ReconcileAsync(space.Bundle, verify: true)).Superseded);
        connection.SetDesired(space.Bundle.Stop(3));
        await Stage.PhaseAsync(connection, space.ContractId, BundlePhase.Terminated);

        Assert.True((await stage.Client.GetAsync(KubeKinds.Namespaces, null, stage.Namespace)).IsOk);
        Assert.True(
            Assert.IsType<KubernetesError>((await stage.Client.GetAsync(KubeKinds.Namespaces, null, space.Namespace)).Error).IsNotFound
        );
    }

    private static SoldPiece Piece(string node, int cards, params string[] devices) =>
        new(node, 2000 * cards, 4096 * cards, OneCard with { Cards = cards }, devices);

    private static (string Key, string Value)[] MarksOf(DesiredBundle bundle) =>
        [(Marks.ManagedBy, Marks.ManagedByValue), (Marks.Contract, WorkloadNames.LabelOf(bundle.ContractId))];

    private static JsonObject NeverRestarted()
    {
        var spec = Kube.PodJson("none")["spec"]!.DeepClone().AsObject();
        spec["restartPolicy"] = "Never";
        return spec;
    }

    private static Task SeenAsync(ClusterConnection connection, StagedSpace space, params string[] pods) =>
        Until.Seen(
            () => connection.StatusOf(space.ContractId),
            s => s!.Pods.Where(p => p.IsReady).Select(p => p.Name).SequenceEqual(pods),
            $"{string.Join(", ", pods)} running",
            Stage.Show
        );

    private static Task FreeAsync(ClusterConnection connection, params (string Node, int Free)[] expected) =>
        Until.Seen(
            () => connection.Inventory.Nodes,
            nodes => expected.All(e => nodes.Single(n => n.Name == e.Node).Devices.Count(d => d.IsFree) == e.Free),
            string.Join(", ", expected),
            nodes => string.Join(", ", nodes.Select(n => $"{n.Name} {n.Devices.Count(d => d.IsFree)}"))
        );
}
