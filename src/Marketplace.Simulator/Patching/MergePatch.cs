using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Patching;

/// <summary>RFC 7386: a null removes, an object merges, anything else replaces.</summary>
internal static class MergePatch
{
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        var result = (JsonObject)target.DeepClone();
        Merge(result, patch);
        return result;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(key);
                    break;
                case JsonObject map:
                    if (target[key] is not JsonObject there)
                    {
                        there = [];
                        target[key] = there;
                    }
                    Merge(there, map);
                    break;
                default:
                    target[key] = value.DeepClone();
                    break;
            }
        }
    }
}
