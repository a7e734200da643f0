using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Http;

/// <summary>
/// Reads the two option objects that clients send in Kubernetes' protobuf form even to servers that answer JSON: DeleteOptions and
/// Eviction. Field numbers are those of the public generated.proto files. Everything else must be sent as JSON.
/// </summary>
internal static class KubeProtobuf
{
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    public static bool IsProtobuf(ReadOnlySpan<byte> body) => body.StartsWith(Magic);

    /// <exception cref="FormatException">The bytes are not what they claim to be.</exception>
    public static JsonObject ReadDeleteOptions(ReadOnlySpan<byte> body) => DeleteOptions(Raw(body));

    /// <exception cref="FormatException">The bytes are not what they claim to be.</exception>
    public static JsonObject ReadEviction(ReadOnlySpan<byte> body)
    {
        var eviction = new JsonObject();
        foreach (var (number, content, _) in Fields(Raw(body)))
        {
            if (number == 2)
            {
                eviction["deleteOptions"] = DeleteOptions(content);
            }
        }
        return eviction;
    }

    // runtime.Unknown: the object itself is field 2.
    private static byte[] Raw(ReadOnlySpan<byte> body)
    {
        if (!IsProtobuf(body))
        {
            throw new FormatException("the protobuf body does not start with its magic number");
        }
        foreach (var (number, content, _) in Fields(body[Magic.Length..].ToArray()))
        {
            if (number == 2)
            {
                return content;
            }
        }
        return [];
    }

    private static JsonObject DeleteOptions(byte[] bytes)
    {
        var options = new JsonObject();
        foreach (var (number, content, value) in Fields(bytes))
        {
            switch (number)
            {
                case 1:
                    options["gracePeriodSeconds"] = (long)value;
                    break;
                case 2:
                    var preconditions = new JsonObject();
                    foreach (var (inner, text, _) in Fields(content))
                    {
                        preconditions[inner == 1 ? "uid" : "resourceVersion"] = Encoding.UTF8.GetString(text);
                    }
                    options["preconditions"] = preconditions;
                    break;
                case 3:
                    options["orphanDependents"] = value != 0;
                    break;
                case 4:
                    options["propagationPolicy"] = Encoding.UTF8.GetString(content);
                    break;
                default:
                    break;
            }
        }
        return options;
    }

    private static List<(int Number, byte[] Content, ulong Value)> Fields(byte[] bytes)
    {
        var fields = new List<(int, byte[], ulong)>();
        var at = 0;
        while (at < bytes.Length)
        {
            var key = Varint(bytes, ref at);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add((number, [], Varint(bytes, ref at)));
                    break;
                case 1:
                    fields.Add((number, [], BinaryPrimitives.ReadUInt64LittleEndian(Take(bytes, ref at, 8))));
                    break;
                case 2:
                    var length = Varint(bytes, ref at);
                    fields.Add((number, Take(bytes, ref at, length).ToArray(), 0));
                    break;
                case 5:
                    fields.Add((number, [], BinaryPrimitives.ReadUInt32LittleEndian(Take(bytes, ref at, 4))));
                    break;
                default:
                    throw new FormatException("the protobuf body has a field of an unknown form");
            }
        }
        return fields;
    }

    private static ReadOnlySpan<byte> Take(byte[] bytes, ref int at, ulong length)
    {
        if (length > (ulong)(bytes.Length - at))
        {
            throw new FormatException("the protobuf body ends too early");
        }
        var taken = bytes.AsSpan(at, (int)length);
        at += (int)length;
        return taken;
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
            {
                break;
            }
            var b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
        throw new FormatException("the protobuf body ends too early");
    }
}
