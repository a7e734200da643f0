using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;

namespace Marketplace.Clusters.Connections;

/// <summary>
/// Remembers what Kubernetes forgets: when a pod became ready first, when it was asked to end, and what pods held that are gone by now. Only of
/// our own pods: a dedicated namespace is metered by what was bought, so what its customer runs there is never a second bill.
/// </summary>
internal sealed class AllocationMemory(TimeSpan keep, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, DateTimeOffset> readyAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> stoppingSince = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Key, AllocationReading Reading, DateTimeOffset At)> ended = new(StringComparer.Ordinal);

    public DateTimeOffset? ReadyAt(string podUid)
    {
        lock (gate)
        {
            return readyAt.TryGetValue(podUid, out var at) ? at : null;
        }
    }

    public void Change(KubeChange<KubePod> change)
    {
        var pod = change.Latest;
        if (Provenance.Of(pod) != Origin.Ours || Provenance.KeyOf(pod) is not { } key)
        {
            return;
        }

        lock (gate)
        {
            if (change.After is { } now)
            {
                if (PodReading.ReadyAt(now) is { } ready)
                {
                    readyAt.TryAdd(now.Metadata.Uid, ready);
                }

                // The first request counts: a second one with less patience moves the time stamps.
                if (PodReading.StoppingSince(now) is { } stopping)
                {
                    stoppingSince.TryAdd(now.Metadata.Uid, stopping);
                }

                return;
            }

            var at = time.GetUtcNow();
            var known = readyAt.Remove(pod.Metadata.Uid, out var first) ? first : (DateTimeOffset?)null;
            var stopped = stoppingSince.Remove(pod.Metadata.Uid, out var since) ? since : PodReading.StoppingSince(pod);
            var gone = stopped < at ? stopped.Value : at;
            if (PodReading.Allocation("", pod, known, gone) is { } reading)
            {
                ended[pod.Metadata.Uid] = (key, reading, at);
            }

            foreach (var uid in ended.Where(e => at - e.Value.At > keep).Select(e => e.Key).ToList())
            {
                ended.Remove(uid);
            }
        }
    }

    public IReadOnlyList<AllocationReading> Read(LiveCluster live, Func<string, string?> contractOf)
    {
        var readings = new List<AllocationReading>();
        foreach (var key in live.ContractKeys())
        {
            if (contractOf(key) is { } contractId)
            {
                var ours = live.PodsOf(key).Where(p => Provenance.Of(p) == Origin.Ours);
                readings.AddRange(ours.Select(p => Living(contractId, p)).OfType<AllocationReading>());
            }
        }

        lock (gate)
        {
            readings.AddRange(
                ended
                    .Values.Select(e => contractOf(e.Key) is { } id ? e.Reading with { ContractId = id } : null)
                    .OfType<AllocationReading>()
            );
        }

        return readings;
    }

    private AllocationReading? Living(string contractId, KubePod pod)
    {
        lock (gate)
        {
            var reading = PodReading.Allocation(contractId, pod, ReadyAt(pod.Metadata.Uid), null);
            var stopping = stoppingSince.TryGetValue(pod.Metadata.Uid, out var since) ? since : PodReading.StoppingSince(pod);
            return reading is null ? null : reading with { StoppingSince = stopping };
        }
    }
}
