using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Patching;

/// <summary>
/// The fields a manager owns, in the FieldsV1 shape: "f:name" is a field, "k:{…}" a list item by key, "v:…" a set's value, "." the
/// item itself. A node without children is a leaf.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> children = new(StringComparer.Ordinal);

    public bool IsEmpty => children.Count == 0;

    public static FieldSet Of(JsonObject tree)
    {
        var set = Of(tree, parent: null);
        foreach (var fixedField in new[] { "f:apiVersion", "f:kind" })
        {
            set.children.Remove(fixedField);
        }
        if (set.children.TryGetValue("f:metadata", out var meta))
        {
            foreach (var server in ServerOwned)
            {
                meta.children.Remove(server);
            }
            if (meta.IsEmpty)
            {
                set.children.Remove("f:metadata");
            }
        }
        return set;
    }

    private static readonly string[] ServerOwned =
    [
        "f:name",
        "f:namespace",
        "f:uid",
        "f:resourceVersion",
        "f:generation",
        "f:creationTimestamp",
        "f:managedFields",
        "f:deletionTimestamp",
        "f:deletionGracePeriodSeconds",
        "f:selfLink",
        "f:generateName",
    ];

    public static FieldSet Read(JsonObject? fieldsV1)
    {
        var set = new FieldSet();
        foreach (var (key, value) in fieldsV1 ?? [])
        {
            set.children[key] = Read(value as JsonObject);
        }
        return set;
    }

    public JsonObject Write()
    {
        var map = new JsonObject();
        foreach (var (key, child) in children)
        {
            map[key] = child.Write();
        }
        return map;
    }

    public bool Contains(ReadOnlySpan<string> path)
    {
        var set = this;
        foreach (var step in path)
        {
            if (!set.children.TryGetValue(step, out set!))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Whether this very path is owned, not only something below it.</summary>
    public bool HasLeaf(ReadOnlySpan<string> path)
    {
        var set = this;
        foreach (var step in path)
        {
            if (!set.children.TryGetValue(step, out set!))
            {
                return false;
            }
        }
        return set.IsEmpty;
    }

    /// <summary>Every leaf as the list of its steps.</summary>
    public IEnumerable<string[]> Leaves()
    {
        var stack = new Stack<(FieldSet Set, string[] Path)>();
        stack.Push((this, []));
        while (stack.TryPop(out var top))
        {
            if (top.Set.IsEmpty && top.Path.Length > 0)
            {
                yield return top.Path;
            }
            foreach (var (key, child) in top.Set.children)
            {
                stack.Push((child, [.. top.Path, key]));
            }
        }
    }

    public void Add(ReadOnlySpan<string> path)
    {
        var set = this;
        foreach (var step in path)
        {
            if (!set.children.TryGetValue(step, out var next))
            {
                set.children[step] = next = new FieldSet();
            }
            set = next;
        }
    }

    /// <summary>Removes a leaf (or a whole subtree) and every parent that owned nothing else.</summary>
    public bool Remove(ReadOnlySpan<string> path)
    {
        if (path.Length == 0 || !children.TryGetValue(path[0], out var child))
        {
            return false;
        }
        var removed = path.Length == 1 ? children.Remove(path[0]) : child.Remove(path[1..]);
        if (removed && child.IsEmpty)
        {
            children.Remove(path[0]);
        }
        return removed;
    }

    /// <summary>The value a path leads to in an object.</summary>
    public static bool TryFind(JsonNode? tree, ReadOnlySpan<string> path, out JsonNode? value)
    {
        value = tree;
        foreach (var step in path)
        {
            switch (step[0])
            {
                case 'f' when value is JsonObject map && map.TryGetPropertyValue(step[2..], out var next):
                    value = next;
                    break;
                case 'k' when value is JsonArray list && FindItem(list, step) is var at and >= 0:
                    value = list[at];
                    break;
                case 'v' when value is JsonArray set && set.FirstOrDefault(v => ValueStep(v) == step) is { } found:
                    value = found;
                    break;
                case '.':
                    return true;
                default:
                    return false;
            }
        }
        return true;
    }

    /// <summary>Removes the value a path leads to; a keyed item goes when only its keys are left.</summary>
    public static void Cut(JsonNode? tree, ReadOnlySpan<string> path)
    {
        if (path.Length == 0)
        {
            return;
        }
        var step = path[0];
        if (step[0] == 'f' && tree is JsonObject map)
        {
            if (path.Length == 1)
            {
                map.Remove(step[2..]);
                return;
            }
            Cut(map[step[2..]], path[1..]);
            if (map[step[2..]] is JsonObject { Count: 0 } or JsonArray { Count: 0 })
            {
                map.Remove(step[2..]);
            }
        }
        else if (tree is JsonArray list)
        {
            var at =
                step[0] == 'k' ? FindItem(list, step)
                : step[0] == 'v' ? list.Select(ValueStep).ToList().IndexOf(step)
                : -1;
            if (at < 0)
            {
                return;
            }
            if (path.Length == 1 || path[1] == ".")
            {
                list.RemoveAt(at);
                return;
            }
            Cut(list[at], path[1..]);
        }
    }

    internal static string KeyStep(JsonObject item, string[] keys)
    {
        var id = new JsonObject();
        foreach (var key in keys)
        {
            // The only key with a default in the served kinds is a port's protocol.
            id[key] = item[key]?.DeepClone() ?? (key == "protocol" ? "TCP" : null);
        }
        return "k:" + id.ToJsonString(Json.Relaxed);
    }

    internal static string ValueStep(JsonNode? value) => "v:" + (value?.ToJsonString(Json.Relaxed) ?? "null");

    internal static int FindItem(JsonArray list, string step)
    {
        if (JsonNode.Parse(step[2..]) is not JsonObject id)
        {
            return -1;
        }
        string[] keys = [.. id.Select(p => p.Key)];
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject item && KeyStep(item, keys) == step)
            {
                return i;
            }
        }
        return -1;
    }

    private static FieldSet Of(JsonObject map, string? parent)
    {
        var set = new FieldSet();
        foreach (var (field, value) in map)
        {
            set.children["f:" + field] = value switch
            {
                JsonObject { Count: > 0 } child => Of(child, field),
                JsonArray list => Of(list, parent, field),
                _ => new FieldSet(),
            };
        }
        return set;
    }

    private static FieldSet Of(JsonArray list, string? parent, string field)
    {
        var set = new FieldSet();
        if (ListSchema.IsSet(parent, field))
        {
            foreach (var value in list)
            {
                set.children[ValueStep(value)] = new FieldSet();
            }
            return set;
        }
        var keys = ListSchema.Keys(parent, field, forApply: true);
        if (keys.Length == 0)
        {
            return set;
        }
        foreach (var item in list.OfType<JsonObject>())
        {
            var child = Of(item, field);
            child.children["."] = new FieldSet();
            set.children[KeyStep(item, keys)] = child;
        }
        return set;
    }
}
