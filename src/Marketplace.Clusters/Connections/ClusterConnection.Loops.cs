using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Spaces;
using Microsoft.Extensions.Logging;

namespace Marketplace.Clusters.Connections;

/// <summary>What runs in the background of a connection.</summary>
public sealed partial class ClusterConnection
{
    private async Task GuardAsync(string what, Func<CancellationToken, Task> run)
    {
        try
        {
            await run(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
        catch (Exception e)
        {
            lastError = new ClusterError(
                "connection.stopped",
                $"{what} of cluster {ClusterId} stopped: {e.Message}",
                null,
                "Restart the process."
            );
            log.LogCritical(e, "{What} of cluster {Cluster} stopped", what, ClusterId);
        }
    }

    /// <summary>The binder must know every pod before it gives anything away.</summary>
    private async Task StartWhenSyncedAsync(CancellationToken ct)
    {
        await Synced.WaitAsync(ct);
        if (options.RunBinder)
        {
            binder.Start();
            binder.Wake();
        }

        foreach (var contractId in tracked.Keys)
        {
            changed.Add(contractId);
        }
    }

    private async Task HeartbeatAsync(CancellationToken ct)
    {
        var before = ConnectionState.Connecting;
        while (!ct.IsCancellationRequested)
        {
            var version = await Client.VersionAsync(ct);
            lastError = version.Error;
            if (version.IsOk)
            {
                Version = version.Value;
            }

            // Silence is told here, as seen from the clock: nothing else happens while a cluster is silent.
            var now = State;
            if (now != before)
            {
                log.LogInformation("Cluster {Cluster} is {State}", ClusterId, now);
                before = now;
                foreach (var contractId in tracked.Keys)
                {
                    changed.Add(contractId);
                }
            }

            await Task.Delay(Jittered(options.Heartbeat), time, ct);
        }
    }

    private async Task ReadStatusesAsync(CancellationToken ct)
    {
        await foreach (var contractId in changed.ReadAllAsync(ct))
        {
            // Before the first full read we know nothing, and nothing is what we say: a restart must not make a running contract look unborn.
            var canTell = Synced.IsCompletedSuccessfully || State == ConnectionState.Lost;
            if (canTell && tracked.TryGetValue(contractId, out var one) && one.Replace(ReadStatus(one)))
            {
                published.Add(contractId);
            }
        }
    }

    private BundleStatus ReadStatus(Tracked one)
    {
        var key = Provenance.KeyOf(one.Bundle);
        var seen = new BundleObservation(
            one.Last,
            one.PodsRefused,
            live.PodsOf(key),
            live.JobsOf(key),
            live.DeploymentsOf(key),
            allocations.ReadyAt,
            time.GetUtcNow()
        )
        {
            Outside = one.Bundle.Space is null ? [] : OutsideOf(one.Bundle.Namespace),
        };
        var status = StatusReader.Read(one.Bundle, seen);
        if (status.Phase == BundlePhase.Terminated)
        {
            return status with { FinishedAt = one.Status?.FinishedAt ?? status.ObservedAt };
        }

        return State == ConnectionState.Lost && status.Phase is not (BundlePhase.Completed or BundlePhase.Failed)
            ? status with
            {
                Phase = BundlePhase.Unreachable,
                Messages =
                [
                    BundleMessage.Of(
                        BundleCodes.Unreachable,
                        $"The cluster has been silent since {LastContact:O}. The workload may still run.",
                        ("why", LastError?.Message ?? "")
                    ),
                ],
            }
            : status;
    }

    private IReadOnlyList<string> OutsideOf(string ns) =>
        [
            .. live.Inventory()
                .Nodes.SelectMany(n => n.Spaces)
                .Where(s => s.Namespace == ns)
                .SelectMany(s => s.Outside)
                .Select(p => p.Metadata.Name)
                .Order(StringComparer.Ordinal),
        ];

    private async Task<TimeSpan?> ReconcileAsync(string contractId, CancellationToken ct)
    {
        if (!tracked.TryGetValue(contractId, out var one))
        {
            return null;
        }

        var verify = one.NeedsVerify(time.GetUtcNow(), options.Resync);
        var result = await reconciler.ReconcileAsync(one.Bundle, verify, ct);
        one.Took(result, verify, time.GetUtcNow());
        if (result.Removed)
        {
            LetGo(one.Bundle);
        }

        var podless =
            result is { Error: null, Removed: false, Superseded: false } && !one.Bundle.Suspended && await LooksForPodsAsync(one, ct);
        var leftovers = result.Error is null && await RemoveLeftoversAsync(one, result.Removed, ct);
        changed.Add(contractId);
        if (result.ShouldRetry)
        {
            throw new RetryException(result.Error!.Message);
        }

        if (result.Error is not null)
        {
            log.LogWarning("Contract {Contract} on cluster {Cluster}: {Error}", contractId, ClusterId, result.Error);
        }

        var resync = Jittered(options.Resync);
        var untilEnd = one.Bundle is { NotAfter: { } end, Stopped: false } ? end - time.GetUtcNow() : TimeSpan.MaxValue;
        return podless || leftovers ? options.PodsExpectedIn
            : result.Removed ? null
            : untilEnd > TimeSpan.Zero && untilEnd < resync ? untilEnd
            : resync;
    }

    /// <summary>
    /// A controller that may not make pods (a quota, an admission rule) only says so in events: they are read when pods fail to appear. True while
    /// pods are still missing.
    /// </summary>
    private async Task<bool> LooksForPodsAsync(Tracked one, CancellationToken ct)
    {
        var key = Provenance.KeyOf(one.Bundle);
        var expected = one.Bundle.Objects.Any(o => (string?)o["kind"] is "Job" or "Deployment");
        if (!expected || !Synced.IsCompletedSuccessfully || live.PodsOf(key).Count > 0 || live.JobsOf(key).Any(IsEnded))
        {
            one.PodsRefused = null;
            return false;
        }

        var events = await EventsAsync(one.Bundle.ContractId, ct);
        one.PodsRefused = events.IsOk ? events.Value.LastOrDefault(e => e.Reason == "FailedCreate")?.Message : null;
        return true;
    }

    /// <summary>
    /// Pods that outlive the wish for them: controllers remove theirs by themselves, so only what they leave is removed here, by UID. The pods of
    /// a dedicated namespace are its customer's and have nobody else to remove them. True while pods are left.
    /// </summary>
    private async Task<bool> RemoveLeftoversAsync(Tracked one, bool removed, CancellationToken ct)
    {
        var living = removed || one.Bundle.Suspended ? live.PodsOf(Provenance.KeyOf(one.Bundle)).Where(p => !p.IsFinished).ToList() : [];
        if (living.Count == 0)
        {
            one.LeftoversSince = null;
            return false;
        }

        var now = time.GetUtcNow();
        one.LeftoversSince ??= now;
        if (!one.Bundle.IsDedicated && now - one.LeftoversSince < options.PodsExpectedIn)
        {
            return true;
        }

        // Whoever made them again may have changed the objects as well.
        one.Doubt();
        foreach (var pod in living.Where(p => p.Metadata.DeletionTimestamp is null))
        {
            var gone = await Client.DeleteAsync(
                KubeKinds.Pods,
                pod.Metadata.Namespace,
                pod.Metadata.Name,
                new KubeDelete(Uid: pod.Metadata.Uid),
                ct
            );
            if (!gone.IsOk && gone.Error is not KubernetesError { IsConflict: true })
            {
                log.LogWarning(
                    "Pod {Pod} of contract {Contract} on cluster {Cluster} is to be gone: {Error}",
                    pod.Key,
                    one.Bundle.ContractId,
                    ClusterId,
                    gone.Error
                );
            }
        }

        return true;
    }

    private static bool IsEnded(KubeJob job) => job.Status.Conditions.Any(c => c is { Type: "Complete" or "Failed", IsTrue: true });

    private void OnBug(string contractId, Exception e) =>
        log.LogError(e, "Reconciling contract {Contract} on cluster {Cluster} failed", contractId, ClusterId);

    private void OnNode(KubeChange<KubeNode> change)
    {
        if (live.Change(change))
        {
            binder.Wake();
        }
    }

    private void OnPod(KubeChange<KubePod> change)
    {
        live.Change(change);
        allocations.Change(change);

        // Waking on every status change of a running pod would keep the binder busy for nothing.
        var placeable = change.After is { Spec.NodeName: null or "" };
        var freed = change.Before is { Spec.NodeName.Length: > 0, IsFinished: false } && change.After is null or { IsFinished: true };
        if (placeable || freed)
        {
            binder.Wake();
        }

        Touch(change.Latest);
        if (change is { Before: null, After.IsFinished: false })
        {
            Oppose(change.Latest);
        }
    }

    private void OnJob(KubeChange<KubeJob> change)
    {
        live.Change(change);
        Touch(change.Latest);
        Repair(change.Latest, gone: change.After is null);
    }

    private void OnDeployment(KubeChange<KubeDeployment> change)
    {
        live.Change(change);
        Touch(change.Latest);
        Repair(change.Latest, gone: change.After is null);
    }

    private void Touch(KubeObject one)
    {
        if (Provenance.KeyOf(one) is { } key && ContractOf(key) is { } contractId)
        {
            changed.Add(contractId);
        }
    }

    /// <summary>Somebody removed a workload that is still wanted: look at everything of it again.</summary>
    private void Repair(KubeObject one, bool gone)
    {
        if (
            gone
            && Provenance.KeyOf(one) is { } key
            && ContractOf(key) is { } contractId
            && tracked.TryGetValue(contractId, out var known)
            && !known.Bundle.Stopped
        )
        {
            known.Doubt();
            queue.Add(contractId);
        }
    }

    /// <summary>A pod appears where none is to be: look at everything of its contract again, now.</summary>
    private void Oppose(KubeObject one)
    {
        if (
            Provenance.KeyOf(one) is { } key
            && ContractOf(key) is { } contractId
            && tracked.TryGetValue(contractId, out var known)
            && (known.Bundle.Suspended || known.Bundle.Stopped)
        )
        {
            known.Doubt();
            queue.Add(contractId);
        }
    }

    private TimeSpan Jittered(TimeSpan pause)
    {
        lock (jitter)
        {
            return pause * (0.8 + (0.4 * jitter.NextDouble()));
        }
    }
}
