using System.Collections.Concurrent;
using System.Diagnostics;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Bench.KubePerf;

/// <summary>One watch over the pods, the same for every scheduler: when each was first seen, and when first with a node.</summary>
internal sealed class BoundPods : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (long Seen, long Bound)> pods = new(StringComparer.Ordinal);
    private readonly Informer<KubePod> informer;
    private readonly Lock gate = new();
    private TaskCompletionSource reached = new();
    private int bound;
    private int wanted;

    public BoundPods(KubernetesClient client) =>
        informer = new Informer<KubePod>(client, KubeKinds.Pods, KubeApiCluster.Namespace, onChange: Change);

    /// <summary>Starts the watch; done when it stands.</summary>
    public Task StartAsync() => informer.Start().Synced;

    /// <summary>Forgets what was seen so far; the task completes once this many pods have been seen with a node.</summary>
    public Task Expect(int count)
    {
        lock (gate)
        {
            pods.Clear();
            (bound, wanted, reached) = (0, count, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return reached.Task;
        }
    }

    /// <summary>From the first pod that was seen to the last that was seen with a node, in s; and per pod from the one to the other, in ms.</summary>
    public (double Seconds, List<double> WaitMs) Read()
    {
        var all = pods.Values;
        double seconds = Stopwatch.GetElapsedTime(all.Min(pod => pod.Seen), all.Max(pod => pod.Bound)).TotalSeconds;
        return (seconds, [.. all.Select(pod => Stopwatch.GetElapsedTime(pod.Seen, pod.Bound).TotalMilliseconds)]);
    }

    public ValueTask DisposeAsync() => informer.DisposeAsync();

    private void Change(KubeChange<KubePod> change)
    {
        if (change.After is not { } pod)
            return;
        long now = Stopwatch.GetTimestamp();
        lock (gate)
        {
            var times = pods.GetOrAdd(pod.Metadata.Name, (now, 0));
            if (pod.Spec.NodeName is not { Length: > 0 } || times.Bound > 0)
                return;
            pods[pod.Metadata.Name] = times with { Bound = now };
            if (++bound == wanted)
                reached.TrySetResult();
        }
    }
}
