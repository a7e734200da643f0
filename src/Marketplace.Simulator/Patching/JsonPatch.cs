using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Patching;

/// <summary>RFC 6902.</summary>
internal static class JsonPatch
{
    private const int MaxOperations = 10_000;

    public static Answer<JsonObject> Apply(JsonObject target, JsonNode? patch)
    {
        if (patch is not JsonArray operations)
        {
            return ApiFailure.BadRequest("a JSON patch is a list of operations");
        }
        if (operations.Count > MaxOperations)
        {
            return ApiFailure.BadRequest($"a JSON patch has at most {MaxOperations} operations");
        }
        JsonNode root = target.DeepClone();
        foreach (var operation in operations)
        {
            var op = operation.Text("op");
            if (operation.Text("path") is not { } path || !TrySplit(path, out var steps))
            {
                return ApiFailure.BadRequest($"operation {op}: a path is empty or starts with a slash");
            }
            var from = Array.Empty<string>();
            if (op is "move" or "copy" && (operation.Text("from") is not { } source || !TrySplit(source, out from)))
            {
                return ApiFailure.BadRequest($"operation {op} needs from");
            }
            var problem = op switch
            {
                "add" => Set(ref root, steps, operation.At("value")?.DeepClone(), insert: true),
                "replace" => Find(root, steps, out _)
                    ? Set(ref root, steps, operation.At("value")?.DeepClone(), insert: false)
                    : Missing(path),
                "remove" => Remove(root, steps) ? null : Missing(path),
                "test" => Find(root, steps, out var there) && JsonNode.DeepEquals(there, operation.At("value"))
                    ? null
                    : $"testing path {path} failed",
                "copy" => Find(root, from, out var copied)
                    ? Set(ref root, steps, copied?.DeepClone(), insert: true)
                    : Missing(operation.Text("from")!),
                "move" => Move(ref root, from, steps),
                _ => $"unknown operation {op}",
            };
            if (problem is not null)
            {
                return new ApiFailure(422, "Invalid", $"the server rejected our request due to an error in our request: {problem}");
            }
        }
        return root is JsonObject done ? done : ApiFailure.BadRequest("the patched object is not an object");
    }

    private static string Missing(string path) => $"path {path} does not exist";

    private static bool TrySplit(string path, out string[] steps)
    {
        steps =
            path.Length == 0
                ? []
                :
                [
                    .. path.Split('/')
                        .Skip(1)
                        .Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)),
                ];
        return path.Length == 0 || path[0] == '/';
    }

    private static bool Find(JsonNode? root, ReadOnlySpan<string> steps, out JsonNode? found)
    {
        found = root;
        foreach (var step in steps)
        {
            switch (found)
            {
                case JsonObject map when map.TryGetPropertyValue(step, out var next):
                    found = next;
                    break;
                case JsonArray list when TryIndex(step, list.Count - 1, out var index):
                    found = list[index];
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    private static string? Set(ref JsonNode root, string[] steps, JsonNode? value, bool insert)
    {
        if (steps.Length == 0)
        {
            root = value ?? new JsonObject();
            return null;
        }
        if (!Find(root, steps.AsSpan(0, steps.Length - 1), out var parent))
        {
            return Missing("/" + string.Join('/', steps[..^1]));
        }
        var last = steps[^1];
        switch (parent)
        {
            case JsonObject map:
                map[last] = value;
                return null;
            case JsonArray list when insert && last == "-":
                list.Add(value);
                return null;
            case JsonArray list when insert && TryIndex(last, list.Count, out var at):
                list.Insert(at, value);
                return null;
            case JsonArray list when !insert && TryIndex(last, list.Count - 1, out var at):
                list[at] = value;
                return null;
            default:
                return Missing("/" + string.Join('/', steps));
        }
    }

    private static bool Remove(JsonNode root, string[] steps)
    {
        if (steps.Length == 0 || !Find(root, steps.AsSpan(0, steps.Length - 1), out var parent))
        {
            return false;
        }
        if (parent is JsonObject map)
        {
            return map.Remove(steps[^1]);
        }
        if (parent is JsonArray list && TryIndex(steps[^1], list.Count - 1, out var at))
        {
            list.RemoveAt(at);
            return true;
        }
        return false;
    }

    private static string? Move(ref JsonNode root, string[] from, string[] to)
    {
        if (!Find(root, from, out var moved))
        {
            return Missing("/" + string.Join('/', from));
        }
        var copy = moved?.DeepClone();
        return Remove(root, from) ? Set(ref root, to, copy, insert: true) : Missing("/" + string.Join('/', from));
    }

    private static bool TryIndex(string step, int highest, out int index) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index <= highest;
}
