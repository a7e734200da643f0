using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Marketplace.Infra.Tests;

/// <summary>Walks YAML documents: <c>node.At("spec", "template")</c>.</summary>
internal static class Yaml
{
    public static List<YamlNode> Documents(string text)
    {
        var stream = new YamlStream();
        // The merging parser resolves `<<`, as compose does.
        stream.Load(new MergingParser(new Parser(new StringReader(text))));
        return stream.Documents.Select(document => document.RootNode).ToList();
    }

    public static YamlNode? At(this YamlNode? node, params string[] path)
    {
        foreach (var part in path)
            node = node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(part), out var child) ? child : null;
        return node;
    }

    public static string? Text(this YamlNode? node, params string[] path) => (node.At(path) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> Items(this YamlNode? node, params string[] path) =>
        (node.At(path) as YamlSequenceNode)?.Children ?? [];

    public static IEnumerable<KeyValuePair<string, YamlNode>> Entries(this YamlNode? node, params string[] path) =>
        (node.At(path) as YamlMappingNode)?.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, pair.Value))
        ?? [];

    public static string Kind(this YamlNode node) => node.Text("kind") ?? "";

    public static string Name(this YamlNode node) => node.Text("metadata", "name") ?? "";
}
