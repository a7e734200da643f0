namespace Marketplace.Simulator.Controllers;

/// <summary>Things to do later, in order of their time, with one timer. An item already waiting keeps the earlier of its times.</summary>
internal sealed class DueQueue<T> : IDisposable
    where T : notnull
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<T, DateTimeOffset> waiting = new();
    private readonly Dictionary<T, DateTimeOffset> dueAt = [];
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private DateTimeOffset armedFor = DateTimeOffset.MaxValue;

    public DueQueue(TimeProvider time, Action wake)
    {
        this.time = time;
        timer = time.CreateTimer(_ => wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return dueAt.Count;
            }
        }
    }

    public void Add(T item, TimeSpan delay)
    {
        var due = time.GetUtcNow() + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay);
        lock (gate)
        {
            if (dueAt.TryGetValue(item, out var there) && there <= due)
            {
                return;
            }
            dueAt[item] = due;
            waiting.Enqueue(item, due);
            Arm();
        }
    }

    public IReadOnlyList<T> TakeDue()
    {
        var now = time.GetUtcNow();
        var due = new List<T>();
        lock (gate)
        {
            while (waiting.TryPeek(out var item, out var at) && at <= now)
            {
                waiting.Dequeue();
                // An entry that was moved to an earlier time leaves its old place behind.
                if (dueAt.TryGetValue(item, out var current) && current == at)
                {
                    dueAt.Remove(item);
                    due.Add(item);
                }
            }
            armedFor = DateTimeOffset.MaxValue;
            Arm();
        }
        return due;
    }

    public void Dispose() => timer.Dispose();

    private void Arm()
    {
        if (!waiting.TryPeek(out _, out var next) || next >= armedFor)
        {
            return;
        }
        armedFor = next;
        var delay = next - time.GetUtcNow();
        // A timer counts whole milliseconds: rounding up saves a wake-up just before the time.
        timer.Change(
            TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(delay.TotalMilliseconds), 0, int.MaxValue - 1)),
            Timeout.InfiniteTimeSpan
        );
    }
}
