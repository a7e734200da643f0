using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Http;

/// <summary>
/// /openapi/v2, which kubectl reads before it applies. It names every resource and says that patches take dryRun; it carries no
/// schemas, so kubectl leaves the checking of fields to the server. Served as JSON and in the protobuf form kubectl asks for.
/// </summary>
internal static class OpenApi
{
    private static readonly Lazy<byte[]> AsJson = new(() => Encoding.UTF8.GetBytes(BuildJson().ToJsonString()));
    private static readonly Lazy<byte[]> AsProtobuf = new(BuildProtobuf);

    public static Task WriteAsync(Exchange exchange) =>
        exchange.Http.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal)
            // kubectl's own name for this form holds an '@', which its parser of content types refuses.
            ? exchange.WriteAsync(200, AsProtobuf.Value, "application/octet-stream")
            : exchange.WriteAsync(200, AsJson.Value);

    private static string PathOf(ResourceType type)
    {
        var root = type.Group.Length == 0 ? "/api/" + type.Version : $"/apis/{type.Group}/{type.Version}";
        return type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}/{{name}}" : $"{root}/{type.Plural}/{{name}}";
    }

    private static IEnumerable<ResourceType> Patchable => ResourceCatalog.All.Where(t => !t.CreateOnly);

    private static JsonObject BuildJson()
    {
        var paths = new JsonObject();
        foreach (var type in Patchable)
        {
            paths[PathOf(type)] = new JsonObject
            {
                ["patch"] = new JsonObject
                {
                    ["operationId"] = $"patch{type.Kind}",
                    ["parameters"] = new JsonArray(Parameter("dryRun"), Parameter("fieldManager"), Parameter("force")),
                    ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
                    ["x-kubernetes-group-version-kind"] = new JsonObject
                    {
                        ["group"] = type.Group,
                        ["version"] = type.Version,
                        ["kind"] = type.Kind,
                    },
                },
            };
        }
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes (simulated)", ["version"] = "v1.33.0" },
            ["paths"] = paths,
            ["definitions"] = new JsonObject(),
        };
    }

    private static JsonObject Parameter(string name) =>
        new()
        {
            ["name"] = name,
            ["in"] = "query",
            ["type"] = "string",
        };

    // Field numbers from the public gnostic OpenAPIv2.proto: Document{swagger 1, info 2, paths 8}, Info{title 1, version 2},
    // Paths{path 2}, NamedPathItem{name 1, value 2}, PathItem{patch 8}, Operation{operation_id 5, parameters 8, vendor_extension 13},
    // ParametersItem{parameter 1}, Parameter{non_body 2}, NonBodyParameter{query 3}, Query{name 4, in 2}, NamedAny{name 1, value 2}, Any{yaml 2}.
    private static byte[] BuildProtobuf()
    {
        var paths = new ProtobufMessage();
        foreach (var type in Patchable)
        {
            var operation = new ProtobufMessage().Text(5, $"patch{type.Kind}");
            foreach (var name in new[] { "dryRun", "fieldManager", "force" })
            {
                var query = new ProtobufMessage().Text(2, "query").Text(4, name).Text(6, "string");
                operation.Message(
                    8,
                    new ProtobufMessage().Message(1, new ProtobufMessage().Message(2, new ProtobufMessage().Message(3, query)))
                );
            }
            var kind = $"group: \"{type.Group}\"\nkind: {type.Kind}\nversion: {type.Version}\n";
            operation.Message(
                13,
                new ProtobufMessage().Text(1, "x-kubernetes-group-version-kind").Message(2, new ProtobufMessage().Text(2, kind))
            );
            paths.Message(2, new ProtobufMessage().Text(1, PathOf(type)).Message(2, new ProtobufMessage().Message(8, operation)));
        }
        var info = new ProtobufMessage().Text(1, "Kubernetes (simulated)").Text(2, "v1.33.0");
        return new ProtobufMessage().Text(1, "2.0").Message(2, info).Message(8, paths).ToArray();
    }

    /// <summary>Length-delimited protobuf fields: all that the document needs.</summary>
    private sealed class ProtobufMessage
    {
        private readonly MemoryStream bytes = new();

        public ProtobufMessage Text(int field, string text) => Raw(field, Encoding.UTF8.GetBytes(text));

        public ProtobufMessage Message(int field, ProtobufMessage message) => Raw(field, message.ToArray());

        public byte[] ToArray() => bytes.ToArray();

        private ProtobufMessage Raw(int field, byte[] content)
        {
            Varint((field << 3) | 2);
            Varint(content.Length);
            bytes.Write(content);
            return this;
        }

        private void Varint(int value)
        {
            var rest = (uint)value;
            while (rest >= 0x80)
            {
                bytes.WriteByte((byte)(rest | 0x80));
                rest >>= 7;
            }
            bytes.WriteByte((byte)rest);
        }
    }
}
