using System.Threading.Channels;
using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Store;

/// <summary>
/// The last commits, for watches that start in the past, and the open watches. Bounded: what falls out is "compacted", and a watch
/// from before it is told 410. Used inside the store's gate, except for reading a subscription.
/// </summary>
internal sealed class WatchHistory(int limit)
{
    /// <summary>A watcher this far behind is cut off (it lists again), rather than letting it fill the memory.</summary>
    private const int SubscriptionLimit = 100_000;

    /// <summary>And no more text than this, or three busy clusters would fill the memory with the past.</summary>
    private const long BytesLimit = 4 << 20;

    private readonly Queue<Change> changes = new();
    private long bytes;
    private readonly Dictionary<ResourceType, List<Subscription>> open = [];
    private bool closed;

    /// <summary>A watch may start from this version or any later one.</summary>
    public long OldestStart { get; private set; }

    /// <summary>Watches that somebody still reads.</summary>
    public int OpenWatches => open.Values.Sum(s => s.Count(w => !w.Over));

    public void StartAfter(long version) => OldestStart = version;

    public void Add(Change change)
    {
        changes.Enqueue(change);
        bytes += change.Object.Utf8.Length;
        while (changes.Count > limit || (bytes > BytesLimit && changes.Count > 1))
        {
            var oldest = changes.Dequeue();
            bytes -= oldest.Object.Utf8.Length;
            OldestStart = oldest.Version;
        }
        if (open.TryGetValue(change.Object.Type, out var subscriptions))
        {
            for (var i = subscriptions.Count - 1; i >= 0; i--)
            {
                if (!subscriptions[i].Offer(change))
                {
                    subscriptions.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Forgets everything up to now, as etcd's compaction does.</summary>
    public void Compact(long now)
    {
        changes.Clear();
        bytes = 0;
        OldestStart = now;
    }

    /// <summary>The commits of a resource after a version, and everything that follows; null when the version is compacted.</summary>
    public Subscription? Subscribe(ResourceType type, string? ns, long afterVersion)
    {
        if (afterVersion < OldestStart)
        {
            return null;
        }
        var subscription = new Subscription(ns);
        foreach (var change in changes)
        {
            if (change.Version > afterVersion && change.Object.Type == type)
            {
                subscription.Offer(change);
            }
        }
        if (closed)
        {
            subscription.Dispose();
        }
        if (!open.TryGetValue(type, out var list))
        {
            open[type] = list = [];
        }
        // Watches that ended while nothing happened are still here.
        list.RemoveAll(s => s.Over);
        list.Add(subscription);
        return subscription;
    }

    public void Close()
    {
        closed = true;
        CutOff();
    }

    /// <summary>Ends every open watch: the server went away, or the cluster is partitioned.</summary>
    public void CutOff()
    {
        foreach (var subscription in open.Values.SelectMany(s => s))
        {
            subscription.Dispose();
        }
        open.Clear();
    }

    internal sealed class Subscription(string? ns) : IDisposable
    {
        private readonly Channel<Change> channel = Channel.CreateBounded<Change>(
            new BoundedChannelOptions(SubscriptionLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
        );

        private volatile bool over;

        public ChannelReader<Change> Changes => channel.Reader;

        public bool Over => over;

        /// <summary>False when the subscription is over or too far behind.</summary>
        public bool Offer(Change change)
        {
            if (over)
            {
                return false;
            }
            if ((ns is not null && change.Object.Namespace != ns) || channel.Writer.TryWrite(change))
            {
                return true;
            }
            Dispose();
            return false;
        }

        public void Dispose()
        {
            over = true;
            channel.Writer.TryComplete();
        }
    }
}
