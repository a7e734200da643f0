using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>GET of one object or of a list.</summary>
internal sealed class ReadVerbs(ClusterApi api)
{
    private readonly ListPages pages = new();

    public async Task GetAsync(Exchange exchange, ApiPath path)
    {
        if (path.Subresource is not (null or "status"))
        {
            await exchange.WriteAsync(ApiFailure.NoSuchPath());
            return;
        }
        if (api.Get(path.Type, path.Home, path.Name!).Refused(out var refused, out var found))
        {
            await exchange.WriteAsync(refused);
            return;
        }
        await exchange.WriteAsync(200, found);
    }

    public async Task ListAsync(Exchange exchange, ApiPath path)
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
        ListPages.Page page;
        if (exchange.Query("continue") is { Length: > 0 } token)
        {
            if (pages.Resume(token, exchange.Number("limit")) is not { } next)
            {
                await exchange.WriteAsync(ApiFailure.Expired("the continue parameter is too old; start the list again without it"));
                return;
            }
            page = next;
        }
        else
        {
            var (items, version) = api.Store.List(path.Type, path.Namespace, selector);
            if (
                exchange.Query("resourceVersionMatch") == "Exact"
                && exchange.Query("resourceVersion") is { } exact
                && exact != version.ToString(CultureInfo.InvariantCulture)
            )
            {
                await exchange.WriteAsync(
                    ApiFailure.Expired($"The provided resource version is not the current one: {exact} (now {version})")
                );
                return;
            }
            page = pages.Start(items, version, exchange.Number("limit"));
        }
        switch (shape)
        {
            case Representation.Table:
                await exchange.WriteAsync(
                    200,
                    Tables.Of(path.Type, page.Items, tableVersion, exchange.IncludeObject, page.Version, page.Continue, exchange.Now)
                );
                break;
            case Representation.Metadata:
                var list = Head("PartialObjectMetadataList", "meta.k8s.io/v1", page);
                list["items"] = new JsonArray([.. page.Items.Select(i => Tables.MetadataOnly(i.Open()))]);
                await exchange.WriteAsync(200, list);
                break;
            default:
                await exchange.WriteAsync(200, Whole(path.Type, page));
                break;
        }
    }

    private static JsonObject Head(string kind, string apiVersion, ListPages.Page page)
    {
        var meta = new JsonObject { ["resourceVersion"] = page.Version.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is not null)
        {
            meta["continue"] = page.Continue;
            meta["remainingItemCount"] = page.Remaining;
        }
        return new JsonObject
        {
            ["kind"] = kind,
            ["apiVersion"] = apiVersion,
            ["metadata"] = meta,
        };
    }

    // The stored text is copied as it is: a list of thousands costs no parsing.
    private static byte[] Whole(ResourceType type, ListPages.Page page)
    {
        using var stream = new MemoryStream(256 + page.Items.Sum(i => i.Utf8.Length + 1));
        var head = Json.Bytes(Head(type.Kind + "List", type.ApiVersion, page));
        stream.Write(head.AsSpan(0, head.Length - 1));
        stream.Write(",\"items\":["u8);
        for (var i = 0; i < page.Items.Count; i++)
        {
            if (i > 0)
            {
                stream.WriteByte((byte)',');
            }
            stream.Write(page.Items[i].Utf8);
        }
        stream.Write("]}"u8);
        return stream.ToArray();
    }
}

/// <summary>Lists in pages. Later pages come from the snapshot the first was cut from; a bounded number of them is kept.</summary>
internal sealed class ListPages
{
    private const int KeptSnapshots = 32;
    private readonly Lock gate = new();
    private readonly Queue<long> order = new();
    private readonly Dictionary<long, (IReadOnlyList<StoredObject> Items, long Version)> snapshots = [];
    private long lastId;

    internal sealed record Page(IReadOnlyList<StoredObject> Items, long Version, string? Continue, int Remaining);

    public Page Start(IReadOnlyList<StoredObject> items, long version, long? limit)
    {
        if (limit is null or <= 0 || items.Count <= limit)
        {
            return new Page(items, version, null, 0);
        }
        lock (gate)
        {
            var id = ++lastId;
            snapshots[id] = (items, version);
            order.Enqueue(id);
            if (order.Count > KeptSnapshots)
            {
                snapshots.Remove(order.Dequeue());
            }
            return Cut(id, items, version, 0, (int)limit);
        }
    }

    public Page? Resume(string token, long? limit)
    {
        var bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out var length))
        {
            return null;
        }
        var parts = Encoding.ASCII.GetString(bytes, 0, length).Split(':');
        if (
            parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
        )
        {
            return null;
        }
        lock (gate)
        {
            return snapshots.TryGetValue(id, out var kept) && from <= kept.Items.Count
                ? Cut(id, kept.Items, kept.Version, from, limit is > 0 and < int.MaxValue ? (int)limit : int.MaxValue)
                : null;
        }
    }

    private static Page Cut(long id, IReadOnlyList<StoredObject> items, long version, int from, int limit)
    {
        var page = items.Skip(from).Take(limit).ToList();
        var next = from + page.Count;
        var token =
            next < items.Count
                ? Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}:{next}")))
                : null;
        return new Page(page, version, token, items.Count - next);
    }
}
