using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>One test's corner of a cluster: its own tenant, its own nodes, a connection; all of it removed at the end.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly ClusterFixture cluster;
    private readonly string name;
    private readonly List<string> nodes = [];
    private readonly List<ClusterConnection> connections = [];
    private readonly List<(ClusterConnection Connection, StagedSpace Space)> spaces = [];
    private readonly List<string> others = [];

    private Stage(ClusterFixture cluster, string name)
    {
        this.cluster = cluster;
        this.name = name;
        Client = new KubernetesClient(cluster.Admin);
        Manifests = new WorkloadManifests(AcceleratorCatalogue.Default);
    }

    public KubernetesClient Client { get; }

    public WorkloadManifests Manifests { get; }

    public string Tenant => $"ten_{name}";

    public string Namespace => WorkloadNames.NamespaceOf(Tenant);

    public static Stage Set(ClusterFixture cluster, string name) => new(cluster, name);

    public string Contract(int number = 1) => string.Create(CultureInfo.InvariantCulture, $"con_{name}{number}");

    public async Task<string> AddNodeAsync(string model = "V100M32", int cards = 8, bool shared = false, JsonObject? as1 = null)
    {
        var node = string.Create(CultureInfo.InvariantCulture, $"{name}-n{nodes.Count}");
        (string, string)[] labels = shared
            ? [("nvidia.com/gpu.product", model), (AcceleratorCatalogue.SharingLabel, "fraction"), ("stage", name)]
            : [("nvidia.com/gpu.product", model), ("stage", name)];
        await cluster.AddNodeAsync(as1 ?? Kube.NodeJson(node, [("nvidia.com/gpu", cards)], labels));
        node = (string?)as1?["metadata"]!["name"] ?? node;
        nodes.Add(node);
        return node;
    }

    public async Task<ClusterConnection> ConnectAsync(ClusterConnectionOptions? options = null)
    {
        // As a center connects us: whatever the suite does, it does with these rights.
        var connection = new ClusterConnection(name, cluster.Product, options);
        connections.Add(connection);
        connection.Start();
        await Until.Within(connection.Synced, "the first full read");
        return connection;
    }

    public static ContainerSpec Container(AcceleratorAsk? ask = null) =>
        new()
        {
            Image = "registry.example/trainer:1",
            CpuMilli = 1000,
            MemoryMib = 1024,
            Accelerators = ask,
        };

    public DesiredBundle Job(AcceleratorAsk? ask, int replicas = 1, int contract = 1, long generation = 1) =>
        Manifests
            .Build(
                new BatchJobSpec
                {
                    ContractId = Contract(contract),
                    TenantId = Tenant,
                    Container = Container(ask),
                    Completions = replicas,
                    Parallelism = replicas,
                },
                generation
            )
            .Required;

    public DesiredBundle Gang(AcceleratorAsk ask, int replicas, int contract = 1) =>
        Manifests
            .Build(
                new GangJobSpec
                {
                    ContractId = Contract(contract),
                    TenantId = Tenant,
                    Container = Container(ask),
                    Replicas = replicas,
                },
                1
            )
            .Required;

    public DesiredBundle Endpoint(AcceleratorAsk? ask, int replicas, long generation = 1, int contract = 1) =>
        Manifests
            .Build(
                new EndpointSpec
                {
                    ContractId = Contract(contract),
                    TenantId = Tenant,
                    Container = Container(ask),
                    Replicas = replicas,
                    Port = 8080,
                },
                generation
            )
            .Required;

    /// <summary>A dedicated namespace that is ready, with the client of its customer.</summary>
    public async Task<StagedSpace> SpaceAsync(ClusterConnection connection, int contract, params SoldPiece[] pieces)
    {
        var spec = new DedicatedNamespaceSpec
        {
            ContractId = Contract(contract),
            TenantId = Tenant,
            CpuMilli = Math.Max(1000, pieces.Sum(p => p.CpuMilli)),
            MemoryMib = Math.Max(1024, pieces.Sum(p => p.MemoryMib)),
            Accelerators =
            [
                .. pieces
                    .Select(p => p.Accelerators)
                    .OfType<AcceleratorAsk>()
                    .GroupBy(a => a with { Cards = 1 })
                    .Select(g => g.Key with { Cards = g.Sum(a => a.Cards) }),
            ],
        };
        var bundle = Manifests.Build(spec, 1).Required with { Space = pieces.Length == 0 ? null : new SoldSpace(pieces) };
        connection.SetDesired(bundle);
        await PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready);
        var access = await connection.TenantKubeConfigAsync(bundle.ContractId, TimeSpan.FromMinutes(10));
        var space = new StagedSpace(bundle, new KubernetesClient(KubeConfig.Parse(access.Required).Required));
        spaces.Add((connection, space));
        return space;
    }

    /// <summary>Ends the contract of a dedicated namespace. Its pods go first: a namespace that waits for their grace takes long to end.</summary>
    public async Task EndAsync(ClusterConnection connection, StagedSpace space)
    {
        await NoPodsAsync(space.Namespace);
        connection.SetDesired(space.Bundle.Stop(100));
        await PhaseAsync(connection, space.ContractId, BundlePhase.Terminated);
    }

    /// <summary>A namespace that has nothing to do with us.</summary>
    public async Task<string> StrangersNamespaceAsync()
    {
        var ns = string.Create(CultureInfo.InvariantCulture, $"team-{name}{others.Count}");
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = ns },
        };
        Assert.Null((await Client.CreateAsync(body)).Error);
        others.Add(ns);
        return ns;
    }

    public async Task<IReadOnlyList<KubePod>> PodsAsync(int contract = 1) =>
        (await Client.ListAsync(KubeKinds.Pods, Namespace, new KubeQuery($"{Marks.Contract}={Contract(contract)}"))).Required.Items;

    public static Task<BundleStatus?> PhaseAsync(ClusterConnection connection, string contract, BundlePhase phase) =>
        Until.Seen(() => connection.StatusOf(contract), s => s?.Phase == phase, $"{contract} {phase}", Show);

    public static string Show(BundleStatus? s) =>
        s is null
            ? "nothing"
            : $"{s.Phase} {s.ReadyReplicas}/{s.DesiredReplicas} generation {s.ObservedGeneration}: {string.Join("; ", s.Messages.Select(m => m.Text))} pods: {string.Join(", ", s.Pods.Select(p => $"{p.Name} {p.Phase} {p.Node}"))}";

    public Task FinishAsync(string pod, int exitCode = 0) => cluster.FinishAsync(Namespace, pod, exitCode);

    public async ValueTask DisposeAsync()
    {
        foreach (var (connection, space) in spaces)
        {
            await EndAsync(connection, space);
            space.Customer.Dispose();
        }

        foreach (var ns in others)
        {
            await NoPodsAsync(ns);
            Assert.Null((await Client.DeleteAsync(KubeKinds.Namespaces, null, ns)).Error);
        }

        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }

        foreach (var kind in (KubeResource[])[KubeKinds.Jobs, KubeKinds.Deployments])
        {
            await Client.SendJsonAsync(HttpMethod.Delete, kind.Path(Namespace) + "?propagationPolicy=Background");
        }

        await NoPodsAsync(Namespace);
        foreach (var node in nodes)
        {
            await cluster.RemoveNodeAsync(node);
        }

        Client.Dispose();
    }

    private Task NoPodsAsync(string ns) =>
        Until.Seen(
            async () =>
            {
                await Client.SendJsonAsync(HttpMethod.Delete, KubeKinds.Pods.Path(ns) + "?gracePeriodSeconds=0");
                return (await Client.ListAsync(KubeKinds.Pods, ns)).Required.Items.Count;
            },
            left => left == 0,
            $"no pods left in {ns}"
        );
}

/// <summary>A dedicated namespace and whoever bought it.</summary>
internal sealed record StagedSpace(DesiredBundle Bundle, KubernetesClient Customer)
{
    public string ContractId => Bundle.ContractId;

    public string Namespace => Bundle.Namespace;

    /// <summary>Creates a pod as the customer does, and waits for its place.</summary>
    public async Task<KubePod> RunAsync(JsonObject pod)
    {
        // A quota lets go of a deleted pod when its controller next counts.
        var made = await Until.Seen(
            () => TryAsync(pod),
            c => c.Error?.Message.Contains("exceeded quota", StringComparison.Ordinal) != true,
            "the quota to count what has ended"
        );
        Assert.Null(made.Error);
        return (
            await Until.Seen(
                () => Customer.GetAsync(KubeKinds.Pods, Namespace, (string)pod["metadata"]!["name"]!),
                p => p.Required.Spec.NodeName is not null,
                "a place for the customer's pod",
                p => string.Join("; ", p.Required.Status.Conditions.Select(c => c.Message))
            )
        ).Required;
    }

    /// <summary>Creates a pod as the customer does; what the server says.</summary>
    public Task<ClusterResult<JsonObject>> TryAsync(JsonObject pod) => Kube.CreateAsync(Customer, Namespace, pod);
}
