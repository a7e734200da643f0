using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Store;

/// <summary>Reading and building loosely typed Kubernetes JSON without a class per kind.</summary>
internal static class Json
{
    /// <summary>Written as kubectl and people expect it: no escaping of quotes, plus signs or non-Latin text beyond what JSON needs.</summary>
    internal static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The depth and the duplicate-key rule guard the parser against hostile bodies.
    private static readonly JsonDocumentOptions ReaderOptions = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public static byte[] Bytes(JsonNode node)
    {
        using var stream = new MemoryStream(1024);
        using (var writer = new Utf8JsonWriter(stream, WriterOptions))
        {
            node.WriteTo(writer);
        }
        return stream.ToArray();
    }

    public static JsonNode? Parse(ReadOnlySpan<byte> utf8) => JsonNode.Parse(utf8, documentOptions: ReaderOptions);

    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8) =>
        Parse(utf8) as JsonObject ?? throw new JsonException("expected a JSON object");

    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (node is not JsonObject map || !map.TryGetPropertyValue(step, out node))
            {
                return null;
            }
        }
        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Whole(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not JsonValue value)
        {
            return null;
        }
        if (value.TryGetValue<long>(out var whole))
        {
            return whole;
        }
        return value.TryGetValue<int>(out var small) ? small : null;
    }

    public static bool Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    public static JsonObject? Map(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    /// <summary>The objects of a list; anything that is not an object is skipped.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray array ? array.OfType<JsonObject>() : [];

    /// <summary>The object at a key, made when it is missing.</summary>
    public static JsonObject Ensure(this JsonObject map, string key)
    {
        if (map[key] is JsonObject there)
        {
            return there;
        }
        var made = new JsonObject();
        map[key] = made;
        return made;
    }

    public static JsonArray EnsureList(this JsonObject map, string key)
    {
        if (map[key] is JsonArray there)
        {
            return there;
        }
        var made = new JsonArray();
        map[key] = made;
        return made;
    }

    public static void Default(this JsonObject map, string key, JsonNode value)
    {
        if (!map.TryGetPropertyValue(key, out var there) || there is null)
        {
            map[key] = value;
        }
    }

    public static JsonObject Copy(this JsonObject map) => (JsonObject)map.DeepClone();

    public static Dictionary<string, string> TextMap(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (node.At(path) is JsonObject map)
        {
            foreach (var (key, value) in map)
            {
                if (value is JsonValue v && v.TryGetValue<string>(out var text))
                {
                    found[key] = text;
                }
            }
        }
        return found;
    }

    public static JsonObject FromText(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var map = new JsonObject();
        foreach (var (key, value) in pairs)
        {
            map[key] = value;
        }
        return map;
    }

    /// <summary>Kubernetes' time format: RFC 3339, whole seconds, UTC.</summary>
    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>MicroTime, which leases and events use.</summary>
    public static string MicroTime(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static DateTimeOffset? ReadTime(string? text) =>
        DateTimeOffset.TryParse(
            text,
            System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.AssumeUniversal,
            out var at
        )
            ? at
            : null;
}
