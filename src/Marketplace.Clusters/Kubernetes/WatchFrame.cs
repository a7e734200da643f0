using System.Text.Json;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>Reads one line of a watch: <c>{"type":"ADDED","object":{…}}</c>, in one pass over the bytes.</summary>
internal static class WatchFrame
{
    public static WatchEvent<T> Read<T>(ReadOnlyMemory<byte> line, KubeResource<T> kind)
        where T : KubeObject
    {
        try
        {
            return Read(new Utf8JsonReader(line.Span), kind);
        }
        catch (JsonException e)
        {
            return Unreadable<T>(e.Message);
        }
    }

    private static WatchEvent<T> Read<T>(Utf8JsonReader reader, KubeResource<T> kind)
        where T : KubeObject
    {
        string? type = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.GetString();
            }
            else if (reader.ValueTextEquals("object"u8) && type is not null)
            {
                reader.Read();
                return type == "ERROR" ? Refused<T>(ref reader) : Changed(type, ref reader, kind);
            }
            else
            {
                reader.Skip();
            }
        }

        return Unreadable<T>("A watch event without type and object.");
    }

    private static WatchEvent<T> Changed<T>(string type, ref Utf8JsonReader reader, KubeResource<T> kind)
        where T : KubeObject
    {
        WatchKind? known = type switch
        {
            "ADDED" => WatchKind.Added,
            "MODIFIED" => WatchKind.Modified,
            "DELETED" => WatchKind.Deleted,
            "BOOKMARK" => WatchKind.Bookmark,
            _ => null,
        };
        return known is { } watchKind
            ? new WatchEvent<T>(watchKind, JsonSerializer.Deserialize(ref reader, kind.Item))
            : Unreadable<T>($"A watch event of type '{type}'.");
    }

    private static WatchEvent<T> Refused<T>(ref Utf8JsonReader reader)
        where T : KubeObject
    {
        var status = JsonSerializer.Deserialize(ref reader, KubeJson.Default.KubeStatus);
        var error = KubernetesError.FromStatus(
            status?.Code ?? 500,
            JsonSerializer.SerializeToUtf8Bytes(status, KubeJson.Default.KubeStatus!),
            "watch"
        );
        return new WatchEvent<T>(WatchKind.Error, null, error);
    }

    private static WatchEvent<T> Unreadable<T>(string detail) =>
        new(WatchKind.Error, default, KubernetesError.NotKubernetes(200, "watch", detail));
}
