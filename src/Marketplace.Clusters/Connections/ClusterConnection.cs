using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Marketplace.Clusters.Binding;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Workloads;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Clusters.Connections;

/// <summary>How sure we are that a cluster is there.</summary>
public enum ConnectionState
{
    /// <summary>No answer yet.</summary>
    Connecting,

    /// <summary>Heard from lately.</summary>
    Connected,

    /// <summary>Silent for a while: nothing new is placed there.</summary>
    Suspect,

    /// <summary>Silent for long: the contract's policy decides.</summary>
    Lost,
}

/// <summary>
/// One connected cluster: live inventory, the binder, and a reconciler per contract. Start it once, tell it what is wanted, read what is.
/// Thread-safe.
/// </summary>
public sealed partial class ClusterConnection : IAsyncDisposable
{
    private readonly ClusterConnectionOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly LiveCluster live;
    private readonly Binder binder;
    private readonly Reconciler reconciler;
    private readonly KeyedQueue queue;
    private readonly ConflatingQueue changed = new();
    private readonly ConflatingQueue published = new();
    private readonly ConcurrentDictionary<string, Tracked> tracked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> contractByKey = new(StringComparer.Ordinal);
    private readonly AllocationMemory allocations;
    private readonly Informer<KubeNode> nodes;
    private readonly Informer<KubePod> pods;
    private readonly Informer<KubeJob> jobs;
    private readonly Informer<KubeDeployment> deployments;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> loops = [];
    private readonly Random jitter;
    private volatile ClusterError? lastError;
    private DateTimeOffset? startedAt;

    /// <summary>A connection; <see cref="Start"/> sets it going.</summary>
    /// <param name="clusterId">Our id of the cluster.</param>
    /// <param name="config">How to reach it.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    /// <param name="catalogue">The accelerators we know; null for the product's own catalogue.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where to tell operators.</param>
    public ClusterConnection(
        string clusterId,
        KubeConfig config,
        ClusterConnectionOptions? options = null,
        AcceleratorCatalogue? catalogue = null,
        TimeProvider? time = null,
        ILogger<ClusterConnection>? log = null
    )
        : this(clusterId, new KubernetesClient(config, time, options?.Client), options, catalogue, time, log) { }

    internal ClusterConnection(
        string clusterId,
        KubernetesClient client,
        ClusterConnectionOptions? options,
        AcceleratorCatalogue? catalogue,
        TimeProvider? time,
        ILogger<ClusterConnection>? log = null
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(clusterId);
        ClusterId = clusterId;
        this.options = options ?? new ClusterConnectionOptions();
        this.time = time ?? TimeProvider.System;
        this.log = log ?? NullLogger<ClusterConnection>.Instance;
        Catalogue = catalogue ?? AcceleratorCatalogue.Default;
        Client = client;
        live = new LiveCluster(new InventoryReader(Catalogue), this.time);
        binder = new Binder(clusterId, Client, live, Catalogue, PlacesOf, this.options.Binder, this.time, this.log);
        reconciler = new Reconciler(Client, this.time);
        allocations = new AllocationMemory(this.options.KeepEndedAllocations, this.time);
        queue = new KeyedQueue(this.options.Reconcilers, ReconcileAsync, OnBug, this.time);
        var ours = new KubeQuery(LabelSelector: Marks.ManagedSelector);
        nodes = new Informer<KubeNode>(Client, KubeKinds.Nodes, onChange: OnNode, time: this.time);
        pods = new Informer<KubePod>(Client, KubeKinds.Pods, onChange: OnPod, time: this.time);
        jobs = new Informer<KubeJob>(Client, KubeKinds.Jobs, query: ours, onChange: OnJob, time: this.time);
        deployments = new Informer<KubeDeployment>(Client, KubeKinds.Deployments, query: ours, onChange: OnDeployment, time: this.time);

        // Seeded by the name: every cluster has its own rhythm, and a test the same one each time.
        jitter = new Random(clusterId.Aggregate(17, (sum, c) => unchecked((sum * 31) + c)));
    }

    /// <summary>Our id of the cluster.</summary>
    public string ClusterId { get; }

    /// <summary>The client, for what this object does not offer.</summary>
    public KubernetesClient Client { get; }

    /// <summary>The accelerators we know.</summary>
    public AcceleratorCatalogue Catalogue { get; }

    /// <summary>The server's version; null before the first answer.</summary>
    public KubeVersion? Version { get; private set; }

    /// <summary>When the cluster was last heard from; null if never.</summary>
    public DateTimeOffset? LastContact => Client.LastAnswerAt;

    /// <summary>Why something does not work now; null while all is well.</summary>
    public ClusterError? LastError => lastError ?? nodes.LastError ?? pods.LastError ?? jobs.LastError ?? deployments.LastError;

    /// <summary>How sure we are that the cluster is there, from the age of the last contact.</summary>
    public ConnectionState State =>
        (LastContact ?? startedAt) is not { } at ? ConnectionState.Connecting
        : time.GetUtcNow() - at >= options.LostAfter ? ConnectionState.Lost
        : LastContact is null ? ConnectionState.Connecting
        : time.GetUtcNow() - at >= options.SuspectAfter ? ConnectionState.Suspect
        : Synced.IsCompletedSuccessfully ? ConnectionState.Connected
        : ConnectionState.Connecting;

    /// <summary>Completes when nodes, pods, jobs and deployments have been read once.</summary>
    public Task Synced { get; private set; } = new TaskCompletionSource().Task;

    /// <summary>Nodes, devices, and what is free now.</summary>
    public ClusterInventory Inventory => live.Inventory();

    /// <summary>Pods our binder has bound since the start.</summary>
    public long PodsBound => binder.Bound;

    /// <summary>Starts reading, binding and reconciling. Returns at once; failures show in <see cref="LastError"/> and are tried again.</summary>
    public void Start()
    {
        lock (loops)
        {
            if (loops.Count > 0)
            {
                return;
            }

            startedAt = time.GetUtcNow();
            Synced = Task.WhenAll(nodes.Start().Synced, pods.Start().Synced, jobs.Start().Synced, deployments.Start().Synced);
            loops.Add(Task.Run(() => GuardAsync("the heartbeat", HeartbeatAsync)));
            loops.Add(Task.Run(() => GuardAsync("the status reader", ReadStatusesAsync)));
            loops.Add(Task.Run(() => GuardAsync("the start", StartWhenSyncedAsync)));
            foreach (var informer in (Task[])[nodes.Completion, pods.Completion, jobs.Completion, deployments.Completion])
            {
                loops.Add(GuardAsync("an informer", _ => informer));
            }
        }
    }

    /// <summary>Asks once whether the cluster answers and accepts the credentials. Needs no <see cref="Start"/>.</summary>
    public async Task<ClusterResult<KubeVersion>> ProbeAsync(CancellationToken ct = default)
    {
        var version = await Client.VersionAsync(ct);
        if (!version.IsOk)
        {
            return version;
        }

        // A version is given to anybody; nodes are what we need to read.
        var allowed = await Client.ListPageAsync(KubeKinds.Nodes, null, new KubeQuery(Limit: 1), ct);
        return allowed.IsOk ? version : allowed.Error;
    }

    /// <summary>Says what a contract wants here from now on. An older generation than the known one is ignored.</summary>
    public void SetDesired(DesiredBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var one = tracked.AddOrUpdate(
            bundle.ContractId,
            _ => new Tracked(bundle),
            (_, old) => bundle.Generation >= old.Bundle.Generation ? old.With(bundle) : old
        );
        contractByKey[Provenance.KeyOf(bundle)] = bundle.ContractId;
        if (ReferenceEquals(one.Bundle, bundle))
        {
            if (bundle.IsDedicated && !(bundle.Stopped && one.Last is { Removed: true }))
            {
                live.SetSpace(bundle.Namespace, bundle.Space);
            }

            // Its pods may be waiting already.
            binder.Wake();
            queue.Add(bundle.ContractId);
            changed.Add(bundle.ContractId);
        }
    }

    /// <summary>Stops caring for a contract that has ended, and removes the list of its objects from the cluster.</summary>
    public async Task<ClusterResult<Done>> ForgetAsync(string contractId, CancellationToken ct = default)
    {
        if (!tracked.TryRemove(contractId, out var one))
        {
            return default(Done);
        }

        contractByKey.TryRemove(Provenance.KeyOf(one.Bundle), out _);
        LetGo(one.Bundle);
        return await reconciler.ForgetAsync(one.Bundle, ct);
    }

    /// <summary>The newest status of a contract; null when it is not wanted here.</summary>
    public BundleStatus? StatusOf(string contractId) => tracked.GetValueOrDefault(contractId)?.Status;

    /// <summary>
    /// Statuses as they change, each contract's newest: a slow reader misses steps, never the end. A status counts as told when the reader asks
    /// for the next one; a reader that failed before that is told again. For one reader at a time.
    /// </summary>
    public async IAsyncEnumerable<BundleStatus> StatusChangesAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        await foreach (var contractId in published.ReadAllAsync(ct))
        {
            if (tracked.GetValueOrDefault(contractId)?.Status is not { } status)
            {
                continue;
            }

            var told = false;
            try
            {
                yield return status;
                told = true;
            }
            finally
            {
                // Nothing may change after an end: a status that was lost on the way would never come again by itself.
                if (!told)
                {
                    published.Add(contractId);
                }
            }
        }
    }

    /// <summary>
    /// What every pod of ours holds, and what pods that ended lately held: the input of metering. Readings repeat; they are idempotent by pod UID.
    /// </summary>
    public IReadOnlyList<AllocationReading> Allocations() => allocations.Read(live, ContractOf);

    /// <summary>
    /// What contracts have of an inventory's nodes: our own pods that run, and what dedicated namespaces hold. All other use is foreign.
    /// </summary>
    public IReadOnlyList<Holding> HoldingsIn(ClusterInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        var running = Allocations()
            .Where(a => a.FinishedAt is null)
            .Select(a => new Holding(a.ContractId, a.Node, a.Devices, a.CpuMilli, a.MemoryMib));
        var spaces =
            from node in inventory.Nodes
            from space in node.Spaces
            where space.CpuMilli > 0 || space.Devices.Count > 0
            let contract = ContractOf(space.Namespace)
            where contract is not null
            select new Holding(contract, node.Name, [.. space.Devices.Select(d => d.Sold)], space.CpuMilli, space.MemoryMib);
        return [.. running, .. spaces];
    }

    /// <summary>
    /// Living pods with our marks that nothing wanted here accounts for. Those of contracts that are over run on without anybody's right to it.
    /// </summary>
    public IReadOnlyList<Stray> Strays() =>
        [
            .. from key in live.ContractKeys()
            where ContractOf(key) is null && key.Contains('/', StringComparison.Ordinal)
            let pods = live.PodsOf(key).Where(p => !p.IsFinished).Select(p => p.Metadata.Name).Order(StringComparer.Ordinal).ToList()
            where pods.Count > 0
            select new Stray(key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..], pods),
        ];

    /// <summary>Opens the log of a contract's pod. Dispose it to stop following.</summary>
    public async Task<ClusterResult<KubeLog>> OpenLogAsync(
        string contractId,
        string pod,
        KubeLogQuery? query = null,
        CancellationToken ct = default
    )
    {
        // Only pods of the contract itself: the name comes from outside.
        var known = tracked.TryGetValue(contractId, out var one)
            ? live.PodsOf(Provenance.KeyOf(one.Bundle)).FirstOrDefault(p => p.Metadata.Name == pod)
            : null;
        return known is null
            ? new ClusterError("logs.no_pod", $"The contract has no pod '{pod}' now.", "pod", "Choose one from the contract's status.")
            : await Client.OpenLogAsync(known.Metadata.Namespace!, pod, query, ct);
    }

    /// <summary>What the cluster reported about a contract's objects, oldest first.</summary>
    public async Task<ClusterResult<IReadOnlyList<KubeEvent>>> EventsAsync(string contractId, CancellationToken ct = default)
    {
        if (tracked.GetValueOrDefault(contractId) is not { } one)
        {
            return new ClusterError("events.no_contract", "The contract has nothing on this cluster.", "contract");
        }

        var list = await Client.ListAsync(KubeKinds.Events, one.Bundle.Namespace, ct: ct);
        var name = WorkloadNames.Of(contractId);
        return list.Map<IReadOnlyList<KubeEvent>>(l =>
            [
                .. l
                    .Items.Where(e => e.InvolvedObject.Name is { } o && (o == name || o.StartsWith(name + "-", StringComparison.Ordinal)))
                    .OrderBy(e => e.LastTimestamp ?? e.EventTime ?? e.Metadata.CreationTimestamp),
            ]
        );
    }

    /// <summary>
    /// A kubeconfig for the customer of a dedicated namespace: a token of its service account that ends by itself. It is a secret: show it once.
    /// </summary>
    /// <param name="contractId">The contract of a dedicated namespace.</param>
    /// <param name="validFor">How long the token is good; at least ten minutes.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ClusterResult<string>> TenantKubeConfigAsync(string contractId, TimeSpan validFor, CancellationToken ct = default) =>
        TenantAccess.IssueAsync(Client, WorkloadNames.DedicatedNamespaceOf(contractId), validFor, ct);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await queue.DisposeAsync();
        await binder.DisposeAsync();
        await nodes.DisposeAsync();
        await pods.DisposeAsync();
        await jobs.DisposeAsync();
        await deployments.DisposeAsync();
        changed.Complete();
        published.Complete();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Client.Dispose();
        stop.Dispose();
    }

    private IReadOnlyList<string>? PlacesOf(string key) =>
        ContractOf(key) is { } contractId && tracked.TryGetValue(contractId, out var one) ? one.Bundle.Places : null;

    private string? ContractOf(string key) => contractByKey.GetValueOrDefault(key);

    private void LetGo(DesiredBundle bundle)
    {
        if (bundle.IsDedicated)
        {
            live.SetSpace(bundle.Namespace, null);
            binder.Wake();
        }
    }
}
