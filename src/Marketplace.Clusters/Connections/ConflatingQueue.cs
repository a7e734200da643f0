using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Marketplace.Clusters.Connections;

/// <summary>Keys that changed, each at most once: a slow reader sees the newest state, never a backlog.</summary>
internal sealed class ConflatingQueue
{
    private readonly Channel<string> channel = Channel.CreateUnbounded<string>();
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public void Add(string key)
    {
        lock (gate)
        {
            if (!waiting.Add(key))
            {
                return;
            }
        }

        channel.Writer.TryWrite(key);
    }

    public void Complete() => channel.Writer.TryComplete();

    public async IAsyncEnumerable<string> ReadAllAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var key in channel.Reader.ReadAllAsync(ct))
        {
            lock (gate)
            {
                waiting.Remove(key);
            }

            yield return key;
        }
    }
}
