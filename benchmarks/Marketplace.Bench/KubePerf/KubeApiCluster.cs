using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Workloads;
using Marketplace.Testing;

namespace Marketplace.Bench.KubePerf;

/// <summary>
/// A real etcd, API server and kube-scheduler on loopback with nodes that exist as objects only, set up as scheduler_perf does: its admission
/// plugins off, the scheduler's client limit out of the way, pods created by 30 clients at once.
/// </summary>
internal sealed class KubeApiCluster : IAsyncDisposable
{
    /// <summary>How many creations, or deletions, are on their way at once.</summary>
    private const int Writers = 30;

    private const string Tenant = "ten_perf";

    private static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // No controllers run: nobody would take the taint of a new node away, or make priority classes.
        ["K8S_APISERVER_ARGS"] = "--disable-admission-plugins=TaintNodesByCondition,Priority",
        // The port it would otherwise share with every other scheduler of the machine is off.
        ["K8S_SCHED_ARGS"] = "--kube-api-qps=5000 --kube-api-burst=5000 --port=0",
    };

    private readonly ControlPlane started;

    private KubeApiCluster(ControlPlane plane, KubeConfig config)
    {
        started = plane;
        Config = config;
        Client = new KubernetesClient(config);
    }

    public static string Namespace { get; } = WorkloadNames.NamespaceOf(Tenant);

    public KubeConfig Config { get; }

    public KubernetesClient Client { get; }

    /// <summary>Starts it and creates the nodes.</summary>
    public static async Task<KubeApiCluster> StartAsync(int nodes, CancellationToken cancellation)
    {
        var plane = await ControlPlane.StartAsync("scheduler", Settings);
        var config = KubeConfig.Parse(await File.ReadAllTextAsync(plane.KubeConfigPath, cancellation)).Required;
        var cluster = new KubeApiCluster(plane, config);
        await cluster.CreateAsync([Named("Namespace", Namespace)], cancellation);
        await cluster.CreateAsync(Enumerable.Range(0, nodes).Select(Node), cancellation);
        return cluster;
    }

    /// <summary>Creates objects, thirty at a time.</summary>
    public Task CreateAsync(IEnumerable<JsonObject> objects, CancellationToken cancellation) =>
        EachAsync(objects, async (one, c) => (await Client.CreateAsync(one, c)).Error, cancellation);

    /// <summary>Deletes pods by name, thirty at a time, without grace: no kubelet would confirm it.</summary>
    public Task DeletePodsAsync(IEnumerable<string> names, CancellationToken cancellation) =>
        EachAsync(
            names,
            async (name, c) => (await Client.DeleteAsync(KubeKinds.Pods, Namespace, name, new KubeDelete(GraceSeconds: 0), c)).Error,
            cancellation
        );

    /// <summary>pod-default.yaml of scheduler_perf: 100 milli-cores and 500 MiB; and the marks of a contract's pod.</summary>
    public static JsonObject Pod(string name, string schedulerName, string contractId)
    {
        var pod = Named("Pod", name);
        pod["metadata"]!["namespace"] = Namespace;
        pod["metadata"]!["labels"] = new JsonObject
        {
            [Marks.ManagedBy] = Marks.ManagedByValue,
            [Marks.Contract] = WorkloadNames.LabelOf(contractId),
        };
        pod["spec"] = new JsonObject
        {
            ["schedulerName"] = schedulerName,
            ["containers"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "pause",
                    ["image"] = "registry.example/pause:3",
                    ["resources"] = new JsonObject
                    {
                        ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "500Mi" },
                    },
                }
            ),
        };
        return pod;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await started.DisposeAsync();
    }

    /// <summary>node-default.yaml of scheduler_perf: 4 cores, 32 GiB, 110 pods.</summary>
    private static JsonObject Node(int number)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node-{number:0000}");
        var amounts = new JsonObject
        {
            ["cpu"] = "4",
            ["memory"] = "32Gi",
            ["pods"] = "110",
        };
        var node = Named("Node", name);
        node["metadata"]!["labels"] = new JsonObject { ["kubernetes.io/arch"] = "amd64", ["kubernetes.io/hostname"] = name };
        node["status"] = new JsonObject
        {
            ["capacity"] = amounts,
            ["allocatable"] = amounts.DeepClone(),
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
        };
        return node;
    }

    private static JsonObject Named(string kind, string name) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name },
        };

    private static Task EachAsync<T>(
        IEnumerable<T> all,
        Func<T, CancellationToken, Task<ClusterError?>> write,
        CancellationToken cancellation
    ) =>
        Parallel.ForEachAsync(
            all,
            new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellation },
            async (one, c) =>
            {
                if (await write(one, c) is { } error)
                    throw new BenchmarkException(error.ToString());
            }
        );
}
