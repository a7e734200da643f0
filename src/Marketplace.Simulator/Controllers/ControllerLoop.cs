using System.Threading.Channels;
using Marketplace.Simulator.Store;
using Microsoft.Extensions.Logging;

namespace Marketplace.Simulator.Controllers;

/// <summary>Feeds commits to the controllers, one at a time, with one queue without duplicates and one timer for what comes later.</summary>
internal sealed partial class ControllerLoop : IAsyncDisposable
{
    // A controller that throws has a bug; the object is tried again, but not in a hot loop.
    private static readonly TimeSpan RetryAfterBug = TimeSpan.FromSeconds(10);

    private readonly Channel<Change?> commits = Channel.CreateUnbounded<Change?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<Work> queue = new();
    private readonly HashSet<Work> queued = [];
    private readonly DueQueue<Work> later;
    private readonly CancellationTokenSource stop = new();
    private readonly IReadOnlyList<Controller> controllers;
    private readonly ClusterStore store;
    private readonly ILogger logger;
    private readonly Task running;

    public ControllerLoop(ClusterStore store, TimeProvider time, IReadOnlyList<Controller> controllers, ILogger logger)
    {
        this.store = store;
        this.controllers = controllers;
        this.logger = logger;
        later = new DueQueue<Work>(time, () => commits.Writer.TryWrite(null));
        lock (store.Gate)
        {
            store.Committed += Observe;
            for (var i = 0; i < controllers.Count; i++)
            {
                foreach (var key in controllers[i].Everything())
                {
                    Enqueue(new Work(i, key));
                }
            }
        }
        commits.Writer.TryWrite(null);
        running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        store.Committed -= Observe;
        await stop.CancelAsync();
        commits.Writer.TryComplete();
        await running;
        later.Dispose();
        stop.Dispose();
    }

    private void Observe(Change change) => commits.Writer.TryWrite(change);

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested && await commits.Reader.WaitToReadAsync())
        {
            do
            {
                // All news first: ten commits about one object are then one look at it.
                while (commits.Reader.TryRead(out var change))
                {
                    Take(change);
                }
                if (queue.TryDequeue(out var work))
                {
                    queued.Remove(work);
                    Run(work);
                }
            } while (!stop.IsCancellationRequested && queue.Count > 0);
        }
    }

    private void Take(Change? change)
    {
        foreach (var work in later.TakeDue())
        {
            Enqueue(work);
        }
        if (change is not null)
        {
            for (var i = 0; i < controllers.Count; i++)
            {
                foreach (var key in controllers[i].ConcernedBy(change))
                {
                    Enqueue(new Work(i, key));
                }
            }
        }
    }

    private void Enqueue(Work work)
    {
        if (queued.Add(work))
        {
            queue.Enqueue(work);
        }
    }

    private void Run(Work work)
    {
        var controller = controllers[work.Controller];
        TimeSpan? again;
        try
        {
            again = controller.Reconcile(work.Key);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogFailed(controller.GetType().Name, work.Key.ToString(), e);
            again = RetryAfterBug;
        }
        if (again is { } delay)
        {
            later.Add(work, delay);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Controller} could not reconcile {Key}; trying again in 10 s")]
    private partial void LogFailed(string controller, string key, Exception exception);

    private readonly record struct Work(int Controller, ObjectKey Key);
}
