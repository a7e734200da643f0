using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Inventory;

/// <summary>One card as a node states it.</summary>
internal sealed record RegisteredCard(int MemoryMib, bool Healthy, int NumaNode);

/// <summary>
/// Reads HAMi's <c>hami.io/node-…-register</c> annotation: the cards of a node where the resource only counts shares. Two forms exist, JSON and
/// the older <c>uuid,count,memory,cores,type,numa,health:</c>.
/// </summary>
internal static class HamiRegister
{
    /// <summary>The cards; null when the node has no such annotation or it cannot be read.</summary>
    public static IReadOnlyList<RegisteredCard>? Read(KubeNode node, AcceleratorModel model)
    {
        if (model.HamiRegister is not { } name || !node.Metadata.Annotations.TryGetValue(name, out var text))
        {
            return null;
        }

        var cards = text.TrimStart().StartsWith('[') ? ReadJson(text) : ReadLegacy(text);
        return cards is { Count: > 0 and <= InputBounds.MaxDevicesPerNode } ? cards : null;
    }

    private static List<RegisteredCard>? ReadJson(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonArray array
                ? array
                    .OfType<JsonObject>()
                    .Select(card => new RegisteredCard(Number(card["devmem"]), (bool?)card["health"] ?? true, Number(card["numa"])))
                    .Where(c => c.MemoryMib > 0)
                    .ToList()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Written by other software: unreadable means not stated, and the node then counts as the labels say.
            return null;
        }
    }

    private static List<RegisteredCard>? ReadLegacy(string text)
    {
        var cards = new List<RegisteredCard>();
        foreach (var entry in text.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = entry.Split(',');
            if (
                fields.Length < 7
                || !int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var memory)
                || memory <= 0
            )
            {
                return null;
            }

            _ = int.TryParse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture, out var numa);
            cards.Add(new(memory, string.Equals(fields[6], "true", StringComparison.OrdinalIgnoreCase), numa));
        }

        return cards;
    }

    private static int Number(JsonNode? node) => (int?)node ?? 0;
}
