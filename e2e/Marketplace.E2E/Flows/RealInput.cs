using System.Text.Json.Nodes;
using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Workloads;
using Marketplace.E2E.Books;
using Marketplace.E2E.Hosting;
using Marketplace.E2E.Inputs;
using Marketplace.Simulator.Nodes;
using Marketplace.Testing;

namespace Marketplace.E2E.Flows;

/// <summary>
/// The whole flow on a real Kubernetes control plane with the machines of a public trace: connected, listed at public prices, resold, bought, run,
/// metered, ended and settled, over REST as the three parties; and every amount computed again from outside.
/// </summary>
public sealed class RealInput
{
    private const string GangModel = "V100M32";
    private const string SharedModel = "T4";
    private const string NamespaceModel = "P100";

    [ControlPlaneFact]
    public async Task A_recorded_fleet_is_sold_run_and_settled_to_the_micro_unit()
    {
        var fleet = TraceFleet.Read();
        var prices = PublicPrices.PerCardHour();
        await using var plane = await ControlPlane.StartAsync("kcm scheduler");
        await using var market = await RunningMarket.StartAsync(
            // Readings every second, so that a short run has many windows and the sums have something to go wrong in. They lag by what news
            // may take on a busy machine.
            KeyValuePair.Create<string, string?>("Provisioning:MeterPeriod", "00:00:01"),
            KeyValuePair.Create<string, string?>("Provisioning:MeterGrace", "00:00:10")
        );
        var kubeconfig = await File.ReadAllTextAsync(plane.KubeConfigPath);
        var admin = KubeConfig.Parse(kubeconfig).Required;
        await using var player = NodePlayer.Against(admin, fleet.Fleet, Quiet);
        await player.StartAsync();
        using var cluster = new KubernetesClient(admin);

        // The three parties arrive; the network desk lets them trade.
        var trade = await TradeFloor.OpenAsync(market);

        // The center connects the cluster and sees every machine of the file.
        var connected = await trade.ConnectAsync(kubeconfig, TraceFleet.Machines, TraceFleet.AllCards);
        Assert.Equal(fleet.CardsOf, CardsOf(connected));
        Assert.Equal(0, connected.Count("unknownAccelerators"));

        // It lists what a public list prices. The trace keeps two models anonymous: the catalogue counts them, no list names them, nobody sells them.
        Assert.Equal(["A10", "P100", "T4", "V100M16", "V100M32"], prices.Keys.Order(StringComparer.Ordinal));
        await trade.ListAsync(fleet.CardsOf, prices);
        foreach (var model in fleet.CardsOf.Keys.Where(m => !prices.ContainsKey(m)))
            await trade.IsNotForSaleAsync(model);

        // The customer pays in, searches, and buys three products at firm quotes.
        await trade.TopUpAsync();
        var gang = await trade.BuyAsync(Gang, prices[GangModel], cards: 64);
        var endpoint = await trade.BuyAsync(Endpoint, prices[SharedModel], cards: 0.92m);
        var space = await trade.BuyAsync(Namespace, prices[NamespaceModel], cards: 4);

        // They run on machines of the model that was bought.
        foreach (var bought in (Purchase[])[gang, endpoint, space])
            await trade.ReadyAsync(bought);
        var served = await PodsAsync(cluster, trade, endpoint, "Running");
        Assert.Equal(2, served.Count);
        Assert.All(
            served,
            pod => RunsOn(fleet, pod, SharedModel, ("nvidia.com/gpu", 1), ("nvidia.com/gpumem", 6144), ("nvidia.com/gpucores", 46))
        );
        await UseNamespaceAsync(fleet, trade, space);

        // The job ends by itself; the others when the customer says so, after some windows were charged.
        await trade.SettledAsync(gang, reason: 1003);
        var worked = await PodsAsync(cluster, trade, gang, "Succeeded");
        Assert.Equal(8, worked.DistinctBy(p => p.Spec.NodeName).Count());
        Assert.All(worked, pod => RunsOn(fleet, pod, GangModel, ("nvidia.com/gpu", 8)));
        var stopped = new Dictionary<string, Stop>(StringComparer.Ordinal);
        foreach (var bought in (Purchase[])[endpoint, space])
            stopped[bought.ContractId] = await trade.StopAsync(bought);

        // Nothing is left on the cluster, and nothing of a model without a price was ever touched.
        await Eventually.HoldsAsync(
            async () => (await PodsAsync(cluster, trade, endpoint)).Count == 0 && !await NamespaceExistsAsync(cluster, space),
            "the endpoint's pods and the namespace to be gone",
            TradeFloor.Patience
        );
        var sums = new LedgerSums(market.Database);
        var allocations = await sums.AllocationsAsync();
        Assert.All(allocations.Where(a => a.Node.Length > 0), a => Assert.Contains(fleet.ModelOf[a.Node], prices.Keys));
        Assert.All(
            await sums.ClaimedNodesAsync(),
            n => Assert.Contains(fleet.ModelOf[n[(n.IndexOf('/', StringComparison.Ordinal) + 1)..]], prices.Keys)
        );

        // Allocations are what the cluster itself says, and what was asked.
        MeteredAsTheClusterSays(allocations, gang, worked);
        Assert.Equal(served.Select(p => p.Metadata.Uid).Order(StringComparer.Ordinal), Of(allocations, endpoint).Select(a => a.PodUid));
        Assert.All(
            Of(allocations, endpoint),
            a => Within(a, endpoint.Cards / 2, served.Max(p => ReadyAt(p)), stopped[endpoint.ContractId])
        );
        Assert.All(Of(allocations, space), a => Within(a, space.Cards, null, stopped[space.ContractId]));

        // And the money: legs, invoices, statements and price × seconds × cards are one figure.
        await new Settlement(trade, sums).AgreesAsync([gang, endpoint, space], allocations);
        await BooksBalance.AssertAsync(market.Services);
        Assert.Empty(await sums.BreaksAsync());
        Assert.Empty(market.Errors);
    }

    private static readonly NodePlayerOptions Quiet = new()
    {
        // The control plane waits a day for a sign of life; a thousand heartbeats would only take the machine's time.
        Heartbeat = null,
        Talkative = false,
        Parallelism = 32,
    };

    private static readonly object Gang = new
    {
        name = "pretrain",
        product = "gangJob",
        image = "team/pretrain:1",
        replicas = 8,
        cardsPerReplica = 8,
        cpuMilli = 64_000,
        hostMemoryMib = 262_144,
        variants = (object[])[new { deviceModel = GangModel }],
        hours = 1,
        simulatedRunSeconds = 8,
    };

    // A pod as the trace has thousands of: 460 thousandths of a card, 6 cores, 12 GiB.
    private static readonly object Endpoint = new
    {
        name = "assistant",
        product = "endpoint",
        image = "team/assistant:1",
        port = 8000,
        replicas = 2,
        cardsPerReplica = 1,
        computeMilli = 460,
        memoryMibPerCard = 6144,
        cpuMilli = 6000,
        hostMemoryMib = 12_288,
        variants = (object[])[new { deviceModel = SharedModel }],
        hours = 1,
    };

    private static readonly object Namespace = new
    {
        name = "lab",
        product = "namespace",
        replicas = 2,
        cardsPerReplica = 2,
        cpuMilli = 8000,
        hostMemoryMib = 16_384,
        variants = (object[])[new { deviceModel = NamespaceModel }],
        hours = 1,
    };

    private static Dictionary<string, int> CardsOf(JsonNode cluster) =>
        cluster["devices"]!.AsArray().ToDictionary(d => d!.Text("model")!, d => d!.Count("healthy"), StringComparer.Ordinal);

    private static IEnumerable<Allocation> Of(IEnumerable<Allocation> allocations, Purchase purchase) =>
        allocations.Where(a => a.ContractId == purchase.ContractId);

    private static async Task<IReadOnlyList<KubePod>> PodsAsync(
        KubernetesClient cluster,
        TradeFloor trade,
        Purchase purchase,
        string? phase = null
    )
    {
        var query = new KubeQuery(LabelSelector: $"{Marks.Contract}={WorkloadNames.LabelOf(purchase.ContractId)}");
        var pods = (await cluster.ListAsync(KubeKinds.Pods, WorkloadNames.NamespaceOf(trade.CustomerId), query)).Required;
        return [.. pods.Items.Where(p => phase is null || p.Status.Phase == phase).OrderBy(p => p.Metadata.Uid, StringComparer.Ordinal)];
    }

    private static async Task<bool> NamespaceExistsAsync(KubernetesClient cluster, Purchase space) =>
        (await cluster.GetAsync(KubeKinds.Namespaces, null, WorkloadNames.DedicatedNamespaceOf(space.ContractId))).IsOk;

    private static void RunsOn(TraceFleet fleet, KubePod pod, string model, params (string Resource, long Units)[] asked)
    {
        Assert.Equal(model, fleet.ModelOf[pod.Spec.NodeName!]);
        var requests = Assert.Single(pod.Spec.Containers).Resources.Requests;
        Assert.All(asked, a => Assert.Equal(a.Units, requests[a.Resource].Units));
    }

    /// <summary>The customer works in its namespace with its own credential: what it bought runs, and nothing beyond.</summary>
    private static async Task UseNamespaceAsync(TraceFleet fleet, TradeFloor trade, Purchase space)
    {
        using var customer = new KubernetesClient(KubeConfig.Parse(await trade.KubeconfigAsync(space)).Required);
        var ns = WorkloadNames.DedicatedNamespaceOf(space.ContractId);
        var quota = (await customer.GetJsonAsync(KubeKinds.ResourceQuotas, ns, "bought")).Required["spec"]!["hard"]!;
        Assert.Equal(
            ("4", "16", "32Gi"),
            (quota.Text("requests.nvidia.com/gpu"), quota.Text("requests.cpu"), quota.Text("requests.memory"))
        );
        foreach (var name in (string[])["left", "right"])
            Assert.Null((await customer.CreateAsync(CustomersPod(ns, name, cards: 2))).Error);
        var greedy = Assert.IsType<KubernetesError>((await customer.CreateAsync(CustomersPod(ns, "greedy", cards: 1))).Error);
        Assert.Equal((403, true), (greedy.Status, greedy.Message.Contains("exceeded quota: bought", StringComparison.Ordinal)));
        var running = await Eventually.GetAsync(
            async () =>
                (await customer.ListAsync(KubeKinds.Pods, ns)).Required.Items is { Count: 2 } pods
                && pods.All(p => p.Status.Phase == "Running")
                    ? pods
                    : null,
            "the customer's own pods to run",
            TradeFloor.Patience
        );
        Assert.All(running, pod => RunsOn(fleet, pod, NamespaceModel, ("nvidia.com/gpu", 2)));
    }

    // Placed by the cluster's own scheduler, on the kind of machine the customer bought.
    private static JsonObject CustomersPod(string ns, string name, int cards) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
            ["spec"] = new JsonObject
            {
                ["nodeSelector"] = new JsonObject { ["nvidia.com/gpu.product"] = NamespaceModel },
                ["containers"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "main",
                        ["image"] = "team/lab:1",
                        ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["nvidia.com/gpu"] = $"{cards}" } },
                    }
                ),
            },
        };

    /// <summary>A finished pod tells both ends itself. The bill of a gang begins when the last of its pods has started.</summary>
    private static void MeteredAsTheClusterSays(IEnumerable<Allocation> allocations, Purchase gang, IReadOnlyList<KubePod> pods)
    {
        var complete = pods.Max(p => Ended(p).StartedAt!.Value);
        var said = pods.Select(p => (p.Metadata.Uid, p.Spec.NodeName!, complete, Ended(p).FinishedAt!.Value));
        Assert.Equal(said, Of(allocations, gang).Select(a => (a.PodUid, a.Node, a.ReadyAt, a.FinishedAt)));
        Assert.All(Of(allocations, gang), a => Assert.Equal(gang.Cards / pods.Count, a.Cards));

        static KubeTerminated Ended(KubePod pod) => Assert.Single(pod.Status.ContainerStatuses).State.Terminated!;
    }

    private static void Within(Allocation allocation, decimal cards, DateTimeOffset? readyAt, Stop stop)
    {
        Assert.Equal(cards, allocation.Cards);
        // The cluster tells the second in which it was asked to end.
        Assert.InRange(allocation.FinishedAt, stop.AskedAt.AddSeconds(-1), stop.SettledBy);
        if (readyAt is { } ready)
            Assert.Equal(ready, allocation.ReadyAt);
    }

    private static DateTimeOffset ReadyAt(KubePod pod) => pod.Status.Conditions.Single(c => c.Type == "Ready").LastTransitionTime!.Value;
}
