namespace Marketplace.Clusters.Connections;

/// <summary>
/// Work by key: a key waits at most once, is worked on by one worker at a time, and comes again after a pause that doubles with every failure.
/// </summary>
internal sealed class KeyedQueue : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly Func<string, CancellationToken, Task<TimeSpan?>> work;
    private readonly Action<string, Exception> onBug;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Queue<string> ready = new();
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private readonly HashSet<string> running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITimer> later = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim signal = new(0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] workers;

    /// <param name="workers">How many keys are worked on at once.</param>
    /// <param name="work">
    /// Does the work of one key and says when to come again on its own; null for only when asked. Throw <see cref="RetryException"/> for a failure.
    /// </param>
    /// <param name="onBug">Told about every other exception; the key is tried again like after a failure.</param>
    /// <param name="time">The clock.</param>
    public KeyedQueue(
        int workers,
        Func<string, CancellationToken, Task<TimeSpan?>> work,
        Action<string, Exception> onBug,
        TimeProvider time
    )
    {
        this.work = work;
        this.onBug = onBug;
        this.time = time;
        this.workers = [.. Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(stop.Token)))];
    }

    /// <summary>As soon as possible.</summary>
    public void Add(string key)
    {
        lock (gate)
        {
            if (stop.IsCancellationRequested || !waiting.Add(key))
            {
                return;
            }

            // A key in work is queued again when its worker is done.
            if (running.Contains(key))
            {
                return;
            }

            ready.Enqueue(key);
        }

        try
        {
            signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // Disposed meanwhile; on a timer's thread an exception would end the process.
        }
    }

    /// <summary>After a pause; the latest call for a key counts.</summary>
    public void AddAfter(string key, TimeSpan pause)
    {
        if (pause <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (gate)
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }

            if (later.Remove(key, out var old))
            {
                old.Dispose();
            }

            later[key] = time.CreateTimer(_ => Add(key), null, pause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var worker in workers)
        {
            await worker.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (gate)
        {
            foreach (var timer in later.Values)
            {
                timer.Dispose();
            }

            later.Clear();
        }

        signal.Dispose();
        stop.Dispose();
    }

    private async Task WorkAsync(CancellationToken ct)
    {
        while (true)
        {
            await signal.WaitAsync(ct);
            string key;
            lock (gate)
            {
                key = ready.Dequeue();
                waiting.Remove(key);
                running.Add(key);
            }

            await WorkOnAsync(key, ct);
            lock (gate)
            {
                running.Remove(key);
                if (!waiting.Contains(key))
                {
                    continue;
                }

                ready.Enqueue(key);
            }

            signal.Release();
        }
    }

    private async Task WorkOnAsync(string key, CancellationToken ct)
    {
        try
        {
            var again = await work(key, ct);
            lock (gate)
            {
                failures.Remove(key);
            }

            if (again is { } pause)
            {
                AddAfter(key, pause);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (RetryException)
        {
            AddAfter(key, NextPause(key));
        }
        catch (Exception e)
        {
            onBug(key, e);
            AddAfter(key, NextPause(key));
        }
    }

    private TimeSpan NextPause(string key)
    {
        lock (gate)
        {
            var count = failures[key] = failures.GetValueOrDefault(key) + 1;
            var pause = FirstPause * Math.Pow(2, Math.Min(count - 1, 20));
            return pause > LongestPause ? LongestPause : pause;
        }
    }
}

/// <summary>The work of a key failed for a reason that may pass.</summary>
internal sealed class RetryException : Exception
{
    public RetryException() { }

    public RetryException(string message)
        : base(message) { }

    public RetryException(string message, Exception inner)
        : base(message, inner) { }
}
