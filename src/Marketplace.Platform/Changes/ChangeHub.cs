using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Platform.Changes;

/// <summary>The process's one LISTEN connection, and its fan-out to subscriptions.</summary>
internal sealed partial class ChangeHub(NpgsqlDataSource source, TimeProvider time, ILogger<ChangeHub> log) : BackgroundService
{
    public const string Channel = "marketplace_changes";
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<Subscription, byte>> byTopic = new(StringComparer.Ordinal);

    public IChangeSubscription Subscribe(params string[] topics)
    {
        var subscription = new Subscription(this, topics, time);
        foreach (string topic in topics)
            byTopic.GetOrAdd(topic, _ => new()).TryAdd(subscription, 0);
        return subscription;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using NpgsqlConnection connection = await source.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, e) => Signal(e.Payload);
                await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                // What happened while we were not listening is unknown: wake everybody once.
                SignalAll();
                while (!stoppingToken.IsCancellationRequested)
                    await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e)
            {
                ListenFailed(e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
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

    private sealed class Subscription(ChangeHub hub, string[] topics, TimeProvider time) : IChangeSubscription
    {
        private readonly Channel<bool> signals = System.Threading.Channels.Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
        );

        public string[] Topics => topics;

        public void Wake() => signals.Writer.TryWrite(true);

        public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken ct)
        {
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
