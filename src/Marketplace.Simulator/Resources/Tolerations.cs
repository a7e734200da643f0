using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Resources;

internal static class Tolerations
{
    /// <summary>Whether a toleration covers a taint; an empty key with Exists covers all.</summary>
    public static bool Tolerates(JsonObject toleration, JsonObject taint)
    {
        if (toleration.Text("effect") is { Length: > 0 } effect && effect != taint.Text("effect"))
        {
            return false;
        }
        var key = toleration.Text("key") ?? "";
        if (key.Length > 0 && key != taint.Text("key"))
        {
            return false;
        }
        return toleration.Text("operator") == "Exists"
            || (key.Length > 0 && (toleration.Text("value") ?? "") == (taint.Text("value") ?? ""));
    }
}
