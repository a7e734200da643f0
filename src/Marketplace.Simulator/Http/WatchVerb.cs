using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>
/// A watch: history after a version and everything that follows, with bookmarks. An object that starts or stops matching the selector
/// is told as added or deleted, as the real server does.
/// </summary>
internal sealed class WatchVerb(ClusterApi api, TimeSpan bookmarkInterval)
{
    private static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(30);

    public async Task WatchAsync(Exchange exchange, ApiPath path)
    {
        if (Selector.Parse(exchange.Query("labelSelector"), exchange.Query("fieldSelector")).Refused(out var bad, out var selector))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if (exchange.Wanted(out var tableVersion) is not { } shape)
        {
            await exchange.WriteAsync(ApiFailure.NotAcceptable());
            return;
        }
        if (!TryVersion(exchange.Query("resourceVersion"), out var from))
        {
            await exchange.WriteAsync(ApiFailure.BadRequest($"resourceVersion: Invalid value: \"{exchange.Query("resourceVersion")}\""));
            return;
        }
        if (path.Name is not null)
        {
            selector = Selector.Parse(exchange.Query("labelSelector"), $"metadata.name={path.Name}").Expect();
        }
        var writer = new EventWriter(exchange, path.Type, shape, tableVersion);
        var initial = from == 0 || exchange.Flag("sendInitialEvents");
        IReadOnlyList<StoredObject> existing = [];
        WatchHistory.Subscription? subscription;
        lock (api.Store.Gate)
        {
            if (initial)
            {
                (existing, from) = api.Store.List(path.Type, path.Namespace, selector);
            }
            subscription = api.Store.History.Subscribe(path.Type, path.Namespace, from);
        }
        exchange.StartStream("application/json");
        if (subscription is null)
        {
            await writer.ErrorAsync(ApiFailure.Expired($"too old resource version: {from} ({api.Store.History.OldestStart})"));
            return;
        }
        using (subscription)
        {
            foreach (var item in existing)
            {
                await writer.EventAsync("ADDED", item);
            }
            if (initial && exchange.Flag("sendInitialEvents") && exchange.Flag("allowWatchBookmarks"))
            {
                await writer.BookmarkAsync(from, endOfInitial: true);
            }
            await writer.FlushAsync();
            await FollowAsync(exchange, selector, subscription, writer);
        }
    }

    private async Task FollowAsync(Exchange exchange, Selector selector, WatchHistory.Subscription subscription, EventWriter writer)
    {
        var life = exchange.Number("timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : DefaultLife;
        using var over = new CancellationTokenSource(life, exchange.Time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(over.Token, exchange.Aborted);
        var bookmarks = exchange.Flag("allowWatchBookmarks");
        using var timer = new PeriodicTimer(bookmarkInterval, exchange.Time);
        var tick = timer.WaitForNextTickAsync(ended.Token).AsTask();
        try
        {
            var more = subscription.Changes.WaitToReadAsync(ended.Token).AsTask();
            while (true)
            {
                await Task.WhenAny(more, tick);
                if (more.IsCompleted)
                {
                    if (!await more)
                    {
                        return;
                    }
                    while (subscription.Changes.TryRead(out var change))
                    {
                        await writer.ChangeAsync(selector, change);
                    }
                    await writer.FlushAsync();
                    more = subscription.Changes.WaitToReadAsync(ended.Token).AsTask();
                }
                if (tick.IsCompleted)
                {
                    if (!await tick)
                    {
                        return;
                    }
                    tick = timer.WaitForNextTickAsync(ended.Token).AsTask();
                    if (bookmarks && CaughtUpAt(subscription) is { } version)
                    {
                        await writer.BookmarkAsync(version, endOfInitial: false);
                        await writer.FlushAsync();
                    }
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !exchange.Aborted.IsCancellationRequested)
        {
            // The asked-for time is over: the stream ends normally and the client watches on from its last version.
        }
    }

    // Within the gate nothing commits, so an empty queue means that every event up to this version has been written.
    private long? CaughtUpAt(WatchHistory.Subscription subscription)
    {
        lock (api.Store.Gate)
        {
            return subscription.Changes.Count == 0 ? api.Store.Version : null;
        }
    }

    private static bool TryVersion(string? text, out long version)
    {
        version = 0;
        return string.IsNullOrEmpty(text) || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    private sealed class EventWriter(Exchange exchange, ResourceType type, Representation shape, string tableVersion)
    {
        private bool columnsSent;

        public Task ChangeAsync(Selector selector, Change change)
        {
            var matches = selector.Matches(change.Object);
            var matched = change.Previous is not null && selector.Matches(change.Previous);
            var told = (change.Kind, matched, matches) switch
            {
                (ChangeKind.Deleted, true, _) => "DELETED",
                (ChangeKind.Deleted, _, _) => null,
                (_, true, true) => "MODIFIED",
                (_, false, true) => "ADDED",
                (_, true, false) => "DELETED",
                _ => null,
            };
            return told is null ? Task.CompletedTask : EventAsync(told, change.Object);
        }

        public Task EventAsync(string kind, StoredObject item)
        {
            if (shape == Representation.Json)
            {
                return WriteAsync(kind, item.Utf8);
            }
            JsonNode body =
                shape == Representation.Metadata
                    ? Tables.MetadataOnly(item.Open())
                    : Tables.Of(
                        type,
                        [item],
                        tableVersion,
                        exchange.IncludeObject,
                        item.Version,
                        null,
                        exchange.Now,
                        withColumns: !columnsSent
                    );
            columnsSent = true;
            return WriteAsync(kind, Json.Bytes(body));
        }

        public Task BookmarkAsync(long version, bool endOfInitial)
        {
            var meta = new JsonObject
            {
                ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture),
                ["creationTimestamp"] = null,
            };
            if (endOfInitial)
            {
                meta["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
            }
            var mark = new JsonObject
            {
                ["kind"] = shape == Representation.Table ? "Table" : type.Kind,
                ["apiVersion"] = shape == Representation.Table ? $"meta.k8s.io/{tableVersion}" : type.ApiVersion,
                ["metadata"] = meta,
            };
            return WriteAsync("BOOKMARK", Json.Bytes(mark));
        }

        public async Task ErrorAsync(ApiFailure failure)
        {
            await WriteAsync("ERROR", Json.Bytes(failure.ToStatus()));
            await FlushAsync();
        }

        public Task FlushAsync() => exchange.Http.Response.Body.FlushAsync(exchange.Aborted);

        private async Task WriteAsync(string kind, byte[] body)
        {
            var line = new byte[kind.Length + body.Length + 24];
            var length = System.Text.Encoding.ASCII.GetBytes($"{{\"type\":\"{kind}\",\"object\":", line);
            body.CopyTo(line, length);
            length += body.Length;
            line[length++] = (byte)'}';
            line[length++] = (byte)'\n';
            await exchange.Http.Response.Body.WriteAsync(line.AsMemory(0, length), exchange.Aborted);
        }
    }
}
