using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Marketplace.Market.Features.Bundles;

/// <summary>A bundle as a YAML document, with the field names of the API's JSON. Reading is forgiving about quotes and strict about names.</summary>
internal static class BundleYaml
{
    public const int MaxLength = 256 * 1024;
    private const int MaxDepth = 32;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // Every YAML scalar arrives as text; the target's type decides what it means, so 1.10 stays an image tag where a text is wanted.
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(), new TextSwitch() },
    };

    /// <summary>Reads a document.</summary>
    public static Outcome<SaveBundle> Read(string yaml)
    {
        if (yaml.Length > MaxLength)
            return Wrong(Plural.Write($"The document has {yaml.Length} {yaml.Length:character|characters}."), $"Use at most {MaxLength}.");
        try
        {
            var stream = new YamlStream();
            stream.Load(new WithoutAliases(new Parser(new StringReader(yaml))));
            if (stream.Documents.Count != 1)
                return Wrong("The text is not one YAML document.", "Send exactly one document.");
            JsonNode? node = ToJson(stream.Documents[0].RootNode, 0);
            return node.Deserialize<SaveBundle>(Json) is { } bundle ? bundle : Wrong("The document is empty.", "Send a bundle.");
        }
        catch (YamlException e)
        {
            return Wrong($"Line {e.Start.Line}: {e.Message}", "Correct the YAML.");
        }
        catch (JsonException e)
        {
            return Wrong($"{e.Path}: {e.Message}", "Correct the field; the API's description lists them.");
        }
    }

    public static string Write(SaveBundle bundle)
    {
        object? graph = Graph(JsonSerializer.SerializeToNode(bundle, Json));
        return new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(graph);
    }

    private static JsonNode? ToJson(YamlNode node, int depth)
    {
        if (depth > MaxDepth)
            throw new YamlException(node.Start, node.End, "The document is nested too deeply.");
        return node switch
        {
            YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(Key(c.Key), ToJson(c.Value, depth + 1)))),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(c => ToJson(c, depth + 1))]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } => null,
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => throw new YamlException(node.Start, node.End, "This kind of node is not used here."),
        };
    }

    private static string Key(YamlNode node) =>
        node is YamlScalarNode { Value: { } name } ? name : throw new YamlException(node.Start, node.End, "A key is a plain name.");

    private static object? Graph(JsonNode? node) =>
        node switch
        {
            JsonObject map => map.ToDictionary(p => p.Key, p => Graph(p.Value), StringComparer.Ordinal),
            JsonArray list => list.Select(Graph).ToList(),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
            JsonValue value => decimal.Parse(
                value.ToJsonString(),
                System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture
            ),
            _ => null,
        };

    private static Problem Wrong(string message, string fix) => Problem.Invalid("", message, fix);

    /// <summary>Refuses anchors' aliases: a few of them can unfold into gigabytes.</summary>
    private sealed class WithoutAliases(IParser inner) : IParser
    {
        public ParsingEvent? Current => inner.Current;

        public bool MoveNext() =>
            inner.MoveNext()
            && (
                inner.Current is AnchorAlias alias ? throw new YamlException(alias.Start, alias.End, "Aliases are not allowed here.") : true
            );
    }

    private sealed class TextSwitch : JsonConverter<bool>
    {
        public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType switch
            {
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                JsonTokenType.String when bool.TryParse(reader.GetString(), out bool value) => value,
                _ => throw new JsonException("Use true or false."),
            };

        public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
    }
}
