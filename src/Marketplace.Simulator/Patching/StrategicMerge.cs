using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: as a merge patch, but keyed lists merge by key, and the directives $patch (merge, replace,
/// delete), $setElementOrder/…, $deleteFromPrimitiveList/… and $retainKeys are followed.
/// </summary>
internal static class StrategicMerge
{
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    public static Answer<JsonObject> Apply(JsonObject target, JsonObject patch)
    {
        var result = target.Copy();
        return Merge(result, patch, parent: null) is { } problem ? ApiFailure.BadRequest(problem) : result;
    }

    private static string? Merge(JsonObject target, JsonObject patch, string? parent)
    {
        switch (patch.Text("$patch"))
        {
            case "replace":
                target.Clear();
                foreach (var (key, value) in patch)
                {
                    if (key != "$patch")
                    {
                        target[key] = value?.DeepClone();
                    }
                }
                return null;
            case "delete":
                target.Clear();
                return null;
            case "merge" or null:
                break;
            case var other:
                return $"unknown $patch directive {other}";
        }
        if (patch["$retainKeys"] is JsonArray retain)
        {
            var keep = retain.Select(k => k?.ToString()).ToHashSet(StringComparer.Ordinal);
            foreach (var key in target.Select(p => p.Key).Where(k => !keep.Contains(k)).ToList())
            {
                target.Remove(key);
            }
        }
        foreach (var (key, value) in patch)
        {
            if (key.StartsWith(DeletePrefix, StringComparison.Ordinal))
            {
                RemoveValues(target[key[DeletePrefix.Length..]] as JsonArray, value as JsonArray);
            }
        }
        foreach (var (key, value) in patch)
        {
            if (key.StartsWith('$'))
            {
                continue;
            }
            if (MergeField(target, parent, key, value) is { } problem)
            {
                return problem;
            }
        }
        foreach (var (key, value) in patch)
        {
            if (key.StartsWith(OrderPrefix, StringComparison.Ordinal) && value is JsonArray order)
            {
                Reorder(target, parent, key[OrderPrefix.Length..], order);
            }
        }
        return null;
    }

    private static string? MergeField(JsonObject target, string? parent, string key, JsonNode? value)
    {
        switch (value)
        {
            case null:
                target.Remove(key);
                return null;
            case JsonObject map when map.Text("$patch") == "delete":
                target.Remove(key);
                return null;
            case JsonObject map:
                if (target[key] is not JsonObject there)
                {
                    there = [];
                    target[key] = there;
                }
                return Merge(there, map, key);
            case JsonArray list:
                return MergeList(target, parent, key, list);
            default:
                target[key] = value.DeepClone();
                return null;
        }
    }

    private static string? MergeList(JsonObject target, string? parent, string field, JsonArray patch)
    {
        if (ListSchema.IsSet(parent, field) && target[field] is JsonArray set)
        {
            var have = set.Select(v => v?.ToString()).ToHashSet(StringComparer.Ordinal);
            foreach (var value in patch.Where(v => have.Add(v?.ToString())))
            {
                set.Add(value?.DeepClone());
            }
            return null;
        }
        var replaces = patch.Any(i => i.Text("$patch") == "replace");
        var keys = ListSchema.Keys(parent, field, forApply: false);
        if (keys.Length == 0 || replaces)
        {
            target[field] = new JsonArray([.. patch.Where(i => i.Text("$patch") != "replace").Select(i => i?.DeepClone())]);
            return null;
        }
        var list = target.EnsureList(field);
        var mergeKey = keys[0];
        foreach (var item in patch.OfType<JsonObject>())
        {
            if (item[mergeKey] is not { } id)
            {
                return $"map: {field}: an item does not contain declared merge key: {mergeKey}";
            }
            var at = IndexOf(list, mergeKey, id);
            if (item.Text("$patch") == "delete")
            {
                if (at >= 0)
                {
                    list.RemoveAt(at);
                }
                continue;
            }
            if (at < 0)
            {
                list.Add(new JsonObject());
                at = list.Count - 1;
            }
            if (Merge((JsonObject)list[at]!, item, field) is { } problem)
            {
                return problem;
            }
        }
        return null;
    }

    private static void RemoveValues(JsonArray? list, JsonArray? values)
    {
        for (var i = (list?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (values?.Any(v => JsonNode.DeepEquals(v, list![i])) == true)
            {
                list!.RemoveAt(i);
            }
        }
    }

    // Items named by the directive take its order; items the patch does not know stay behind them in their own order.
    private static void Reorder(JsonObject target, string? parent, string field, JsonArray order)
    {
        if (target[field] is not JsonArray list || list.Count < 2)
        {
            return;
        }
        var keys = ListSchema.Keys(parent, field, forApply: false);
        var items = list.Select(i => i?.DeepClone()).ToList();
        int Place(JsonNode? item)
        {
            for (var i = 0; i < order.Count; i++)
            {
                if (keys.Length == 0 ? JsonNode.DeepEquals(order[i], item) : JsonNode.DeepEquals(order[i].At(keys[0]), item.At(keys[0])))
                {
                    return i;
                }
            }
            return int.MaxValue;
        }
        list.Clear();
        foreach (var item in items.OrderBy(Place))
        {
            list.Add(item);
        }
    }

    private static int IndexOf(JsonArray list, string key, JsonNode id)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(list[i].At(key), id))
            {
                return i;
            }
        }
        return -1;
    }
}
