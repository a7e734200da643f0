using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Platform.Changes;

/// <summary>
/// Wakes this process's subscriptions at once, and those of other processes by NOTIFY: one statement for everything that was announced while
/// the last one ran. It owns the process's one LISTEN connection.
/// </summary>
internal sealed partial class ChangeHub(NpgsqlDataSource source, TimeProvider time, ILogger<ChangeHub> log) : BackgroundService
{
    public const string Channel = "marketplace_changes";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>The first announcement goes out at once; what comes within this time of it goes out together. A NOTIFY costs as much as a posting.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<Subscription, byte>> byTopic = new(StringComparer.Ordinal);
    private readonly Lock outgoingLock = new();
    private HashSet<string> outgoing = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource ending = new();
    private bool sending;

    // Who sent: what comes from us, we know already. Sessions are shared, so that the server process says nothing about it.
    private readonly string origin = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));

    public IChangeSubscription Subscribe(params string[] topics)
    {
        var subscription = new Subscription(this, topics, time);
        foreach (string topic in topics)
            byTopic.GetOrAdd(topic, _ => new()).TryAdd(subscription, 0);
        return subscription;
    }

    /// <summary>Tells everybody who listens, here and in other processes. Call it after the commit.</summary>
    public void Publish(IReadOnlyCollection<string> topics)
    {
        if (topics.Count == 0)
            return;
        foreach (string topic in topics)
            Signal(topic);
        lock (outgoingLock)
        {
            outgoing.UnionWith(topics);
            if (sending)
                return;
            sending = true;
        }
        // Whoever announces does not wait for it, and needs no worker beside; what is sent is no part of their request or its trace.
        ThreadPool.UnsafeQueueUserWorkItem(static hub => _ = hub.SendAllAsync(hub.ending.Token), this, preferLocal: false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e)
            {
                ListenFailed(e);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public override void Dispose()
    {
        // Not disposed: whoever announces after the end finds it cancelled.
        ending.Cancel();
        base.Dispose();
    }

    private async Task ListenAsync(CancellationToken ct)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct);
        connection.Notification += (_, e) =>
        {
            if (e.Payload.Split(' ', 2) is [var from, var topic] && from != origin)
                Signal(topic);
        };
        await RunAsync(connection, $"LISTEN {Channel}", ct);
        // What happened while we were not listening is unknown: wake everybody once.
        SignalAll();
        try
        {
            while (!ct.IsCancellationRequested)
                await connection.WaitAsync(ct);
        }
        finally
        {
            // The pool keeps sessions as they are; one that is still usable goes back without its ear.
            if (connection.FullState == System.Data.ConnectionState.Open)
                await RunAsync(connection, "UNLISTEN *", CancellationToken.None);
        }
    }

    private async Task SendAllAsync(CancellationToken ct)
    {
        while (TakeOutgoing() is { Length: > 0 } topics)
        {
            TimeSpan pause = Gather;
            try
            {
                await SendAsync(topics, ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                // The process ends: others look by themselves now and then.
                return;
            }
            catch (Exception e)
            {
                SendFailed(e);
                lock (outgoingLock)
                    outgoing.UnionWith(topics);
                pause = Pause;
            }
            // Not the time of the business, which a test may hold still.
            await Task.Delay(pause, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(string[] topics, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct);
        await using var notify = new NpgsqlCommand($"SELECT pg_notify('{Channel}', $1 || ' ' || t) FROM unnest($2) AS t", connection)
        {
            Parameters =
            {
                new NpgsqlParameter { Value = origin },
                new NpgsqlParameter { Value = topics },
            },
        };
        await notify.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What is to be sent; empty when there is nothing, and then nobody sends any more.</summary>
    private string[] TakeOutgoing()
    {
        lock (outgoingLock)
        {
            string[] topics = [.. outgoing];
            outgoing = new HashSet<string>(StringComparer.Ordinal);
            sending = topics.Length > 0;
            return topics;
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private void Signal(string topic)
    {
        if (byTopic.TryGetValue(topic, out var subscriptions))
        {
            foreach (Subscription subscription in subscriptions.Keys)
                subscription.Wake();
        }
    }

    private void SignalAll()
    {
        foreach (Subscription subscription in byTopic.Values.SelectMany(s => s.Keys))
            subscription.Wake();
    }

    private void Remove(Subscription subscription)
    {
        foreach (string topic in subscription.Topics)
        {
            if (byTopic.TryGetValue(topic, out var subscriptions))
                subscriptions.TryRemove(subscription, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The LISTEN connection failed; it is opened again in a second")]
    private partial void ListenFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes could not be sent to other processes; it is tried again in a second")]
    private partial void SendFailed(Exception e);

    private sealed class Subscription(ChangeHub hub, string[] topics, TimeProvider time) : IChangeSubscription
    {
        private readonly Channel<bool> signals = System.Threading.Channels.Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
        );

        public string[] Topics => topics;

        public void Wake() => signals.Writer.TryWrite(true);

        public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken ct)
        {
            // What has happened is told even when there is no time left to wait.
            if (signals.Reader.TryRead(out _))
                return true;
            using var timeout = new CancellationTokenSource(limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
            try
            {
                return await signals.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return false;
            }
        }

        public void Dispose() => hub.Remove(this);
    }
}
