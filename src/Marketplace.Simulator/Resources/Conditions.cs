using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Resources;

/// <summary>status.conditions, keyed by type; the transition time moves only when the status does.</summary>
internal static class Conditions
{
    public static bool Is(JsonNode? tree, string type, string status = "True") => Find(tree, type)?.Text("status") == status;

    public static JsonObject? Find(JsonNode? tree, string type) =>
        tree.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == type);

    public static void Set(JsonObject tree, string type, string status, string reason, string message, DateTimeOffset now)
    {
        var list = tree.Ensure("status").EnsureList("conditions");
        var there = list.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type);
        if (there is null)
        {
            there = new JsonObject { ["type"] = type };
            list.Add(there);
        }
        if (there.Text("status") != status || there["lastTransitionTime"] is null)
        {
            there["lastTransitionTime"] = Json.Time(now);
        }
        there["status"] = status;
        Write(there, "reason", reason);
        Write(there, "message", message);
    }

    public static void Clear(JsonObject tree, string type)
    {
        if (Find(tree, type) is { } there)
        {
            tree.Ensure("status").EnsureList("conditions").Remove(there);
        }
    }

    private static void Write(JsonObject condition, string field, string text)
    {
        if (text.Length > 0)
        {
            condition[field] = text;
        }
        else
        {
            condition.Remove(field);
        }
    }
}
