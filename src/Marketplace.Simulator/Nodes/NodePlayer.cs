using System.Collections.Concurrent;
using System.Threading.Channels;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Simulator.Controllers;
using Marketplace.Simulator.Fleets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Simulator.Nodes;

/// <summary>
/// Plays a fleet of nodes, as KWOK does: registers them, renews their leases, and takes every pod bound to them through pulling,
/// running and ending. Nothing is computed. Works on the simulator's own store and on any API server.
/// </summary>
public sealed partial class NodePlayer : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRestartDelay = TimeSpan.FromMinutes(5);
    private const int HeartbeatSlices = 10;

    private readonly IPlayedCluster cluster;
    private readonly NodePlayerOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<string, PlayedNode> nodes;
    private readonly ConcurrentDictionary<string, PlayedPod> pods = new(StringComparer.Ordinal);
    private readonly DueQueue<Step> due;
    private readonly Channel<Step?> ready = Channel.CreateUnbounded<Step?>();
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];

    internal NodePlayer(IPlayedCluster cluster, Fleet fleet, NodePlayerOptions options, TimeProvider time, ILogger? logger = null)
    {
        this.cluster = cluster;
        this.options = options;
        this.time = time;
        this.logger = logger ?? NullLogger.Instance;
        nodes = new(fleet.Nodes.Select((n, i) => KeyValuePair.Create(n.Name, new PlayedNode(n, i + 1))), StringComparer.Ordinal);
        due = new DueQueue<Step>(time, () => ready.Writer.TryWrite(null));
    }

    /// <summary>A player against any API server.</summary>
    /// <param name="config">The server; the account must be allowed to write nodes, leases, pods' status and events, and to delete pods.</param>
    /// <param name="fleet">The machines to play.</param>
    /// <param name="options">Delays; <see cref="NodePlayerOptions.Parallelism"/> of 16 or more suits a remote server.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where trouble is told.</param>
    public static NodePlayer Against(
        KubeConfig config,
        Fleet fleet,
        NodePlayerOptions? options = null,
        TimeProvider? time = null,
        ILogger? logger = null
    )
    {
        var clock = time ?? TimeProvider.System;
        return new NodePlayer(
            new RemoteCluster(new KubernetesClient(config, clock), clock),
            fleet,
            options ?? new NodePlayerOptions { Parallelism = 32, Talkative = false },
            clock,
            logger
        );
    }

    /// <summary>Pods seen on the played nodes and not yet gone.</summary>
    public int PodCount => pods.Count;

    /// <summary>Registers the nodes and begins to play. Returns when every node is registered.</summary>
    public async Task StartAsync(CancellationToken ct = default)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(nodes.Values, parallel, async (node, token) => await RegisterAsync(node, token));
        running.Add(Guard(cluster.WatchPodsAsync(Seen, stop.Token)));
        for (var i = 0; i < options.Parallelism; i++)
        {
            running.Add(Guard(Task.Run(WorkAsync, CancellationToken.None)));
        }
        if (options.Heartbeat is { } interval && !nodes.IsEmpty)
        {
            running.Add(Guard(HeartbeatsAsync(interval)));
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
        {
            return;
        }
        await stop.CancelAsync();
        ready.Writer.TryComplete();
        await Task.WhenAll(running);
        due.Dispose();
        await cluster.DisposeAsync();
        stop.Dispose();
    }

    private async Task Guard(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The player was told to stop.
        }
        catch (Exception e)
        {
            LogStopped(e);
            throw;
        }
    }

    private async Task RegisterAsync(PlayedNode node, CancellationToken ct)
    {
        var body = NodeObjects.Build(node.Machine, node.Index, time.GetUtcNow());
        while (await cluster.RegisterNodeAsync(body.DeepClone().AsObject(), ct) == Written.Later)
        {
            await Task.Delay(RetryDelay, time, ct);
        }
        if (options.Heartbeat is not null)
        {
            await cluster.RenewLeaseAsync(node.Machine.Name, time.GetUtcNow(), ct);
        }
    }

    // A slice at a time, so that a thousand nodes do not all write in the same instant.
    private async Task HeartbeatsAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval / HeartbeatSlices, time);
        var slice = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = stop.Token };
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            slice = (slice + 1) % HeartbeatSlices;
            var turn = nodes.Values.Where(n => n.Index % HeartbeatSlices == slice && n.Alive);
            await Parallel.ForEachAsync(
                turn,
                parallel,
                async (n, ct) => await cluster.RenewLeaseAsync(n.Machine.Name, time.GetUtcNow(), ct)
            );
        }
    }

    private void Seen(string uid, PodFacts? facts)
    {
        if (facts is null)
        {
            pods.TryRemove(uid, out _);
            return;
        }
        if (!nodes.ContainsKey(facts.Node))
        {
            return;
        }
        var pod = pods.GetOrAdd(uid, _ => new PlayedPod(facts));
        pod.Facts = facts;
        Plan(pod);
    }

    private void Plan(PlayedPod pod)
    {
        var facts = pod.Facts;
        if (facts.Terminating)
        {
            if (pod.Reach(Stage.Stopping))
            {
                due.Add(new Step(facts.Uid, Stage.Stopping), options.StopDelay);
            }
            return;
        }
        if (facts.Finished)
        {
            return;
        }
        if (facts.StartedAt is { } started)
        {
            if (facts.RunSeconds is { } seconds && pod.Reach(Stage.Ending, facts.Restarts))
            {
                // The status has whole seconds; the player remembers the exact start of what it started itself.
                var end = (pod.ExactStart ?? started).AddSeconds(seconds) - time.GetUtcNow();
                due.Add(new Step(facts.Uid, Stage.Ending), end);
            }
        }
        else if (facts.WaitsForRestart)
        {
            if (pod.Reach(Stage.Restarting, facts.Restarts))
            {
                var delay = options.RestartDelay * Math.Pow(2, Math.Min(10, Math.Max(0, facts.Restarts - 1)));
                due.Add(new Step(facts.Uid, Stage.Restarting), delay < LongestRestartDelay ? delay : LongestRestartDelay);
            }
        }
        else if (pod.Reach(Stage.Pulling))
        {
            Enqueue(
                new Step(facts.Uid, options.Talkative ? Stage.Pulling : Stage.Starting),
                options.Talkative ? TimeSpan.Zero : options.PullDelay + options.StartDelay
            );
        }
    }

    private void Enqueue(Step step, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            ready.Writer.TryWrite(step);
        }
        else
        {
            due.Add(step, delay);
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var step in ready.Reader.ReadAllAsync(stop.Token))
        {
            if (step is { } one)
            {
                await PlayAsync(one);
                continue;
            }
            foreach (var later in due.TakeDue())
            {
                ready.Writer.TryWrite(later);
            }
        }
    }

    private async Task PlayAsync(Step step)
    {
        if (!pods.TryGetValue(step.Uid, out var pod) || !nodes.TryGetValue(pod.Facts.Node, out var node))
        {
            return;
        }
        if (!node.Alive)
        {
            // Nothing moves on a dead machine; healing it plans its pods again.
            pod.Forget();
            return;
        }
        var written = await RunAsync(step.Stage, pod, node);
        if (written == Written.Later)
        {
            due.Add(step, RetryDelay);
        }
    }

    private async Task<Written> RunAsync(Stage stage, PlayedPod pod, PlayedNode node)
    {
        var facts = pod.Facts;
        var now = time.GetUtcNow();
        switch (stage)
        {
            case Stage.Pulling:
                foreach (var (_, image) in facts.Containers)
                {
                    await TellAsync(facts, "Pulling", $"Pulling image \"{image}\"");
                }
                due.Add(new Step(facts.Uid, Stage.Creating), options.PullDelay);
                return await cluster.PatchPodStatusAsync(facts, PodStatus.Creating(facts, now), stop.Token);
            case Stage.Creating:
                foreach (var (name, image) in facts.Containers)
                {
                    await TellAsync(facts, "Pulled", $"Successfully pulled image \"{image}\" (simulated)");
                    await TellAsync(facts, "Created", $"Created container {name}");
                }
                due.Add(new Step(facts.Uid, Stage.Starting), options.StartDelay);
                return Written.Done;
            case Stage.Starting or Stage.Restarting:
                if (facts.Terminating || facts.Finished)
                {
                    return Written.Gone;
                }
                pod.ExactStart = now;
                var address = facts.Address ?? NodeObjects.PodAddress(node.Index, node.NextPod());
                var started = await cluster.PatchPodStatusAsync(
                    facts,
                    PodStatus.Running(facts, address, NodeObjects.Address(node.Index), now),
                    stop.Token
                );
                if (started == Written.Done)
                {
                    foreach (var (name, _) in facts.Containers)
                    {
                        await TellAsync(facts, "Started", $"Started container {name}");
                    }
                }
                return started;
            case Stage.Ending:
                return facts.Terminating || facts.Finished
                    ? Written.Gone
                    : await EndAsync(facts, pod.ExactStart ?? facts.StartedAt ?? now, now);
            default:
                foreach (var (name, _) in facts.Containers)
                {
                    await TellAsync(facts, "Killing", $"Stopping container {name}");
                }
                return await cluster.RemovePodAsync(facts, stop.Token);
        }
    }

    private Task<Written> EndAsync(PodFacts facts, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var restarts = facts.RestartPolicy == "Always" || (facts.RestartPolicy == "OnFailure" && facts.ExitCode != 0);
        var patch = restarts ? PodStatus.BackingOff(facts, startedAt, now) : PodStatus.Finished(facts, startedAt, now);
        return cluster.PatchPodStatusAsync(facts, patch, stop.Token);
    }

    private async Task TellAsync(PodFacts pod, string reason, string message)
    {
        if (options.Talkative)
        {
            await cluster.TellAsync(Events.About(pod.Reference(), "Normal", reason, message, "kubelet", time.GetUtcNow()), stop.Token);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The node player stopped")]
    private partial void LogStopped(Exception exception);

    private enum Stage
    {
        Pulling,
        Creating,
        Starting,
        Ending,
        Restarting,
        Stopping,
    }

    private readonly record struct Step(string Uid, Stage Stage);

    private sealed class PlayedNode(SimulatedNode machine, int index)
    {
        private int serial;

        public SimulatedNode Machine => machine;
        public int Index => index;
        public volatile bool Alive = true;

        /// <summary>Units per resource that chaos broke, on top of what the fleet declares unhealthy.</summary>
        public Dictionary<string, long> Broken { get; } = new(machine.UnhealthyDevices, StringComparer.Ordinal);

        public int NextPod() => Interlocked.Increment(ref serial);
    }

    private sealed class PlayedPod(PodFacts facts)
    {
        private readonly Lock gate = new();
        private readonly HashSet<(Stage, int)> reached = [];

        public PodFacts Facts { get; set; } = facts;
        public DateTimeOffset? ExactStart { get; set; }

        /// <summary>True the first time a stage is planned (per restart), so that repeated news of a pod plan nothing twice.</summary>
        public bool Reach(Stage stage, int restart = 0)
        {
            lock (gate)
            {
                return reached.Add((stage, restart));
            }
        }

        public void Forget()
        {
            lock (gate)
            {
                reached.Clear();
            }
        }
    }
}
