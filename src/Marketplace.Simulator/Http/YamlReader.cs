using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Marketplace.Simulator.Http;

/// <summary>One YAML document as JSON, with YAML 1.2's plain scalars (true, 1, 1.5, null) typed and everything quoted a string.</summary>
internal static class YamlReader
{
    /// <exception cref="FormatException">The text is not YAML.</exception>
    public static JsonNode? Parse(string text)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StringReader(text);
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {e.Start.Line}: {e.Message}"), e);
        }
        return stream.Documents.Count == 0 ? null : Convert(stream.Documents[0].RootNode);
    }

    private static JsonNode? Convert(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode map:
                var made = new JsonObject();
                foreach (var (key, value) in map.Children)
                {
                    made[key.ToString()] = Convert(value);
                }
                return made;
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(Convert)]);
            case YamlScalarNode { Style: ScalarStyle.Plain } plain:
                return Scalar(plain.Value ?? "");
            case YamlScalarNode scalar:
                return scalar.Value;
            default:
                throw new FormatException($"unsupported YAML node {node.NodeType}");
        }
    }

    private static JsonNode? Scalar(string text) =>
        text switch
        {
            "" or "~" or "null" => null,
            "true" => true,
            "false" => false,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            _ when char.IsAsciiDigit(text[^1])
                    && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
                    && double.IsFinite(real) => real,
            _ => text,
        };
}
