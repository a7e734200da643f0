using System.Collections.Concurrent;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>One change of an informer's store.</summary>
/// <param name="Before">The object before; null when it is new.</param>
/// <param name="After">The object now; null when it is gone.</param>
/// <typeparam name="T">The object's type.</typeparam>
public readonly record struct KubeChange<T>(T? Before, T? After)
    where T : KubeObject
{
    /// <summary>The newest state known.</summary>
    public T Latest => After ?? Before ?? throw new InvalidOperationException("A change of nothing.");
}

/// <summary>
/// A live copy of one kind: lists, then watches from there; resumes where a watch ended, lists again when the server forgot that point (410),
/// and takes a silent watch for dead. Changes are reported on the informer's own loop, one at a time, in order.
/// </summary>
/// <typeparam name="T">The object's type.</typeparam>
public sealed class Informer<T> : IAsyncDisposable
    where T : KubeObject
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly KubernetesClient client;
    private readonly KubeResource<T> kind;
    private readonly string? ns;
    private readonly KubeQuery query;
    private readonly TimeProvider time;
    private readonly Action<KubeChange<T>>? onChange;
    private readonly ConcurrentDictionary<string, T> store = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock starting = new();
    private Task? loop;

    /// <summary>An informer; <see cref="Start"/> sets it going.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="kind">What to copy.</param>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="query">Selectors; null for everything.</param>
    /// <param name="onChange">Called for every change, on the informer's loop: must be quick and must not throw.</param>
    /// <param name="time">The clock.</param>
    public Informer(
        KubernetesClient client,
        KubeResource<T> kind,
        string? ns = null,
        KubeQuery? query = null,
        Action<KubeChange<T>>? onChange = null,
        TimeProvider? time = null
    )
    {
        this.client = client;
        this.kind = kind;
        this.ns = ns;
        this.query = query ?? new KubeQuery();
        this.onChange = onChange;
        this.time = time ?? TimeProvider.System;
    }

    /// <summary>Completes when the first list is in the store.</summary>
    public Task Synced => synced.Task;

    /// <summary>Why the last list or watch failed; null while all is well.</summary>
    public ClusterError? LastError { get; private set; }

    /// <summary>How often a full list was needed, the first included.</summary>
    public int Lists { get; private set; }

    /// <summary>How many watches were opened.</summary>
    public int Watches { get; private set; }

    /// <summary>Ends only when disposed, or with the bug that stopped the loop.</summary>
    public Task Completion => completion.Task;

    /// <summary>The objects now. A moving picture: take it once per decision.</summary>
    public IEnumerable<T> Items => store.Values;

    /// <summary>How many objects there are.</summary>
    public int Count => store.Count;

    /// <summary>One object by <c>namespace/name</c>; null when it is not there.</summary>
    public T? Find(string key) => store.GetValueOrDefault(key);

    /// <summary>Starts the loop, once.</summary>
    public Informer<T> Start()
    {
        lock (starting)
        {
            loop ??= Task.Run(() => GuardAsync(stop.Token));
        }

        return this;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (loop is not null)
        {
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        synced.TrySetCanceled();
        stop.Dispose();
    }

    private async Task GuardAsync(CancellationToken ct)
    {
        try
        {
            await RunAsync(ct);
            completion.TrySetResult();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            completion.TrySetResult();
        }
        catch (Exception e)
        {
            // A bug in here or in onChange: whoever owns the informer must hear of it.
            LastError = new ClusterError("informer.stopped", $"The live copy of {kind.Plural} stopped: {e.Message}");
            synced.TrySetException(e);
            completion.TrySetException(e);
        }
    }

    private async Task RunAsync(CancellationToken ct)
    {
        string? version = null;
        var pause = FirstPause;
        while (!ct.IsCancellationRequested)
        {
            if (version is null)
            {
                var list = await client.ListAsync(kind, ns, query, ct);
                if (!list.IsOk)
                {
                    LastError = list.Error;
                    await Task.Delay(pause, time, ct);
                    pause = Longer(pause);
                    continue;
                }

                Lists++;
                Replace(list.Value.Items);
                version = list.Value.Metadata.ResourceVersion;
                LastError = null;
                synced.TrySetResult();
            }

            var (next, failed) = await WatchAsync(version, ct);
            version = next;
            pause = failed ? Longer(pause) : FirstPause;
            if (failed)
            {
                await Task.Delay(pause, time, ct);
            }
        }
    }

    /// <summary>One watch, until it ends. Returns where to go on (null: list again) and whether to pause first.</summary>
    private async Task<(string? Version, bool Failed)> WatchAsync(string from, CancellationToken ct)
    {
        Watches++;
        string? version = from;
        await foreach (var one in client.WatchAsync(kind, ns, from, query, ct))
        {
            if (one.Kind == WatchKind.Error)
            {
                LastError = one.Error;
                return one.Error switch
                {
                    { IsExpired: true } => (null, false),
                    { Reason: "Idle" } => (version, false),
                    { IsUnreachable: true } => (version, true),
                    _ => (null, true),
                };
            }

            if (one.Object is null)
            {
                continue;
            }

            LastError = null;
            version = one.Object.Metadata.ResourceVersion;
            if (one.Kind != WatchKind.Bookmark)
            {
                Take(one.Object, one.Kind == WatchKind.Deleted);
            }
        }

        return (version, false);
    }

    private void Take(T item, bool gone)
    {
        var before = store.GetValueOrDefault(item.Key);
        if (before is not null && before.Metadata.Uid != item.Metadata.Uid)
        {
            // Another object of the same name: the end of the first one must not go untold.
            store.TryRemove(item.Key, out _);
            onChange?.Invoke(new KubeChange<T>(before, null));
            before = null;
        }

        if (!gone)
        {
            store[item.Key] = item;
            onChange?.Invoke(new KubeChange<T>(before, item));
        }
        else if (store.TryRemove(item.Key, out _))
        {
            onChange?.Invoke(new KubeChange<T>(item, null));
        }
    }

    /// <summary>After a list: report what changed while we were not watching, disappearances included.</summary>
    private void Replace(IReadOnlyList<T> items)
    {
        var seen = new HashSet<string>(items.Count, StringComparer.Ordinal);
        foreach (var item in items)
        {
            seen.Add(item.Key);
            if (store.GetValueOrDefault(item.Key)?.Metadata.ResourceVersion != item.Metadata.ResourceVersion)
            {
                Take(item, gone: false);
            }
        }

        foreach (var (key, item) in store)
        {
            if (!seen.Contains(key))
            {
                Take(item, gone: true);
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 > LongestPause ? LongestPause : pause * 2;
}
