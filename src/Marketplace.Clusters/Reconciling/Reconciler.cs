using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Reconciling;

/// <summary>What one pass of the reconciler found and did.</summary>
/// <param name="AppliedGeneration">The generation the cluster has now; 0 while nothing is applied.</param>
/// <param name="Writes">Changes made: 0 when everything was as it should be.</param>
/// <param name="Removed">The workload was stopped and nothing of it is left to delete.</param>
/// <param name="Superseded">The cluster already has a newer generation; nothing was touched.</param>
/// <param name="Error">What failed; null when all went well.</param>
public sealed record ReconcileResult(long AppliedGeneration, int Writes, bool Removed, bool Superseded, ClusterError? Error)
{
    /// <summary>Trying the same again may work.</summary>
    public bool ShouldRetry =>
        Error
            is KubernetesError { IsTransient: true }
                or KubernetesError { IsConflict: true }
                or KubernetesError { IsNotFound: true }
                or KubernetesError { Status: 401 }
                or { Code: Reconciler.Replacing };
}

/// <summary>
/// Makes a cluster look like a desired bundle. Level-triggered and idempotent: run it as often as you like, from any process, after any crash.
/// Objects whose hash is already live are not written again; only objects from its own list are ever deleted, by UID.
/// </summary>
public sealed class Reconciler(KubernetesClient client, TimeProvider time)
{
    internal const string Replacing = "bundle.replacing";

    private static readonly TimeSpan SharedTrust = TimeSpan.FromMinutes(4);

    private readonly ConcurrentDictionary<string, OwnList> lists = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Hash, DateTimeOffset At)> sharedApplied = new(StringComparer.Ordinal);

    /// <summary>One pass.</summary>
    /// <param name="bundle">The wish.</param>
    /// <param name="verify">Look at every object in the cluster, instead of trusting what was applied before.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<ReconcileResult> ReconcileAsync(DesiredBundle bundle, bool verify, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (verify || !lists.TryGetValue(bundle.ContractId, out var list))
        {
            var read = await OwnList.ReadAsync(client, bundle, ct);
            if (!read.IsOk)
            {
                return new(0, 0, false, false, read.Error);
            }

            list = read.Value;
        }

        if (list.Generation > bundle.Generation)
        {
            return new(list.Generation, 0, false, Superseded: true, null);
        }

        var result =
            bundle.Stopped || bundle.NotAfter <= time.GetUtcNow()
                ? await StopAsync(bundle, list, ct)
                : await ApplyAsync(bundle, list, verify, ct);
        if (result.Error is not null)
        {
            // What the cluster has now is in doubt: read it again next time.
            lists.TryRemove(bundle.ContractId, out _);
        }

        return result;
    }

    /// <summary>Removes the last trace of a contract that was stopped: its own list.</summary>
    public async Task<ClusterResult<Done>> ForgetAsync(DesiredBundle bundle, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        lists.TryRemove(bundle.ContractId, out _);
        return await OwnList.DeleteAsync(client, bundle, ct);
    }

    private async Task<ReconcileResult> ApplyAsync(DesiredBundle bundle, OwnList list, bool verify, CancellationToken ct)
    {
        if (!verify && list.Hash == bundle.Hash && list.Generation == bundle.Generation && !list.Stopped)
        {
            return new(bundle.Generation, 0, false, false, null);
        }

        var writes = 0;
        var entries = new List<OwnEntry>();
        foreach (var one in bundle.Objects)
        {
            var step = DesiredBundle.IsShared(one)
                ? await ApplySharedAsync(one, verify, ct)
                : await ApplyOwnAsync(one, list.Find(OwnList.KeyOf(one)), verify, ct);
            if (!step.IsOk)
            {
                ForgetShared(bundle, step.Error);
                return new(list.Generation, writes, false, false, step.Error);
            }

            writes += step.Value.Wrote ? 1 : 0;
            if (step.Value.Entry is { } entry)
            {
                entries.Add(entry);
            }
        }

        foreach (var stale in list.Entries.Where(e => !entries.Exists(k => k.Key == e.Key)))
        {
            if (await DeleteAsync(stale, ct) is { } error)
            {
                return new(list.Generation, writes, false, false, error);
            }

            writes++;
        }

        var now = new OwnList(bundle.Generation, bundle.Hash, entries);
        if (now.Hash != list.Hash || now.Generation != list.Generation || list.Stopped || !now.Entries.SequenceEqual(list.Entries))
        {
            var wrote = await now.WriteAsync(client, bundle, ct);
            if (!wrote.IsOk)
            {
                return new(list.Generation, writes, false, false, wrote.Error);
            }

            writes++;
        }

        lists[bundle.ContractId] = now;
        return new(bundle.Generation, writes, false, false, null);
    }

    /// <summary>A missing or ending namespace took the shared objects with it.</summary>
    private void ForgetShared(DesiredBundle bundle, ClusterError error)
    {
        if (error is KubernetesError { Status: 404 or 403 or 409 })
        {
            foreach (var one in bundle.Objects.Where(DesiredBundle.IsShared))
            {
                sharedApplied.TryRemove(OwnList.KeyOf(one), out _);
            }
        }
    }

    /// <summary>Objects that all contracts of a tenant share: applied once per process and content, and again when they are missing.</summary>
    private async Task<ClusterResult<(bool Wrote, OwnEntry? Entry)>> ApplySharedAsync(JsonObject one, bool verify, CancellationToken ct)
    {
        var key = OwnList.KeyOf(one);
        var hash = (string?)one["metadata"]!["annotations"]![Marks.Hash] ?? "";
        var now = time.GetUtcNow();
        var known = sharedApplied.GetValueOrDefault(key);

        // Many contracts share these: one look every few minutes is enough for all of them.
        if (known.Hash == hash && (!verify || now - known.At < SharedTrust))
        {
            return (false, null);
        }

        var live = await GetAsync(one, ct);
        if (!live.IsOk && live.Error is not KubernetesError { IsNotFound: true })
        {
            return live.Error;
        }

        if (live.Value is { } there && !IsOurs(there))
        {
            return NotOurs(one);
        }

        if (live.Value is { } same && HashOf(same) == hash)
        {
            sharedApplied[key] = (hash, now);
            return (false, null);
        }

        var applied = await client.ApplyAsync(one, ct);
        if (!applied.IsOk)
        {
            return applied.Error;
        }

        sharedApplied[key] = (hash, now);
        return (true, null);
    }

    private async Task<ClusterResult<(bool Wrote, OwnEntry? Entry)>> ApplyOwnAsync(
        JsonObject one,
        OwnEntry? known,
        bool verify,
        CancellationToken ct
    )
    {
        var hash = (string?)one["metadata"]!["annotations"]![Marks.Hash];
        if (known is { Finished: true } || (known is not null && known.Hash == hash && !verify))
        {
            // What has ended stays ended, even if somebody removed it since.
            return (false, known);
        }

        JsonObject? live = null;
        if (verify || known is null || known.Kind == "Job")
        {
            var got = await GetAsync(one, ct);
            if (!got.IsOk && got.Error is not KubernetesError { IsNotFound: true })
            {
                return got.Error;
            }

            live = got.Value;
        }

        if (live is not null)
        {
            if (!IsOurs(live))
            {
                return NotOurs(one);
            }

            if (IsFinishedJob(live))
            {
                return (false, OwnList.EntryOf(one, live) with { Finished = true });
            }

            if (live["metadata"]?["deletionTimestamp"] is not null)
            {
                return new ClusterError(Replacing, $"{one["kind"]} {one["metadata"]!["name"]} is still being removed.");
            }

            if (HashOf(live) == hash && !Scaling.IsSetGoing(one, live))
            {
                return (false, OwnList.EntryOf(one, live));
            }
        }

        var applied = await client.ApplyAsync(one, ct);
        if (Scaling.ForOlderServer(one, applied.Error) is { } older)
        {
            applied = await client.ApplyAsync(older, ct);
        }

        if (applied.IsOk)
        {
            return (true, OwnList.EntryOf(one, applied.Value));
        }

        if (
            applied.Error is KubernetesError { Status: 403 } refused
            && refused.Detail.Contains("being terminated", StringComparison.Ordinal)
        )
        {
            return new ClusterError(Replacing, $"The namespace of {one["metadata"]!["name"]} is still being removed.");
        }

        return live is not null && (string?)one["kind"] == "Job" && applied.Error is KubernetesError { Status: 422 }
            ? await ReplaceAsync(one, live, ct)
            : applied.Error;
    }

    /// <summary>A job's pods cannot be changed in place: the old job goes, and the next pass makes the new one.</summary>
    private async Task<ClusterResult<(bool Wrote, OwnEntry? Entry)>> ReplaceAsync(JsonObject one, JsonObject live, CancellationToken ct) =>
        await DeleteAsync(OwnList.EntryOf(one, live), ct)
        ?? new ClusterError(Replacing, $"Job {one["metadata"]!["name"]} is being replaced.");

    private async Task<ReconcileResult> StopAsync(DesiredBundle bundle, OwnList list, CancellationToken ct)
    {
        if (list.Stopped && list.Entries.Count == 0)
        {
            lists[bundle.ContractId] = list;
            return new(bundle.Generation, 0, Removed: true, false, null);
        }

        var writes = 0;
        var targets = list.Entries.ToDictionary(e => e.Key, StringComparer.Ordinal);

        // A crash between apply and list leaves objects without an entry: they have our deterministic names and our labels.
        foreach (var one in bundle.Objects.Where(o => !DesiredBundle.IsShared(o) && !targets.ContainsKey(OwnList.KeyOf(o))))
        {
            var live = await GetAsync(one, ct);
            if (!live.IsOk && live.Error is not KubernetesError { IsNotFound: true })
            {
                return new(list.Generation, writes, false, false, live.Error);
            }

            if (live.Value is { } there && IsOurs(there))
            {
                targets[OwnList.KeyOf(one)] = OwnList.EntryOf(one, there);
            }
        }

        // The namespace last: removing it removes the list as well, and the list is what makes a second try possible.
        foreach (var entry in targets.Values.OrderBy(e => e.Kind == "Namespace"))
        {
            if (await DeleteAsync(entry, ct) is { } error)
            {
                return new(list.Generation, writes, false, false, error);
            }

            writes++;
        }

        var ownNamespace = targets.Values.FirstOrDefault(e => e.Kind == "Namespace");
        if (ownNamespace is not null && (await client.GetJsonAsync(KubeKinds.Namespaces, null, ownNamespace.Name, ct)).IsOk)
        {
            return new(
                list.Generation,
                writes,
                false,
                false,
                new ClusterError(Replacing, $"The namespace {ownNamespace.Name} is still being removed.")
            );
        }

        var stopped = new OwnList(bundle.Generation, bundle.Hash, [], Stopped: true);
        if (ownNamespace is null && targets.Count > 0)
        {
            var wrote = await stopped.WriteAsync(client, bundle, ct);
            if (!wrote.IsOk)
            {
                return new(list.Generation, writes, false, false, wrote.Error);
            }
        }

        lists[bundle.ContractId] = stopped;
        return new(bundle.Generation, writes, Removed: true, false, null);
    }

    private async Task<ClusterError?> DeleteAsync(OwnEntry entry, CancellationToken ct)
    {
        if (KubeKinds.Find(entry.ApiVersion, entry.Kind) is not { } kind)
        {
            return new ClusterError("bundle.unknown_kind", $"The list of own objects names the unknown kind {entry.Kind}.");
        }

        var how = new KubeDelete(Propagation: DeletePropagation.Background, Uid: entry.Uid);
        var deleted = await client.DeleteAsync(kind, entry.Namespace, entry.Name, how, ct);
        // Conflict: the name belongs to another object by now, which is not ours to remove.
        return deleted.Error is KubernetesError { IsConflict: true } ? null : deleted.Error;
    }

    private Task<ClusterResult<JsonObject>> GetAsync(JsonObject one, CancellationToken ct) =>
        client.GetJsonAsync(
            KubeKinds.Find((string?)one["apiVersion"], (string?)one["kind"])
                ?? throw new InvalidOperationException($"The bundle contains the unknown kind {one["kind"]}."),
            (string?)one["metadata"]!["namespace"],
            (string)one["metadata"]!["name"]!,
            ct
        );

    private static string? HashOf(JsonObject live) => (string?)live["metadata"]?["annotations"]?[Marks.Hash];

    private static bool IsOurs(JsonObject live) => (string?)live["metadata"]?["labels"]?[Marks.ManagedBy] == Marks.ManagedByValue;

    private static ClusterError NotOurs(JsonObject one) =>
        new(
            "bundle.name_taken",
            $"The cluster already has a {one["kind"]} named {one["metadata"]!["name"]} that the marketplace did not make.",
            (string)one["metadata"]!["name"]!,
            "Rename or remove it."
        );

    internal static bool IsFinishedJob(JsonObject live) =>
        (string?)live["kind"] == "Job"
        && live["status"]?["conditions"] is JsonArray conditions
        && conditions.Any(c => (string?)c!["type"] is "Complete" or "Failed" && (string?)c["status"] == "True");
}
