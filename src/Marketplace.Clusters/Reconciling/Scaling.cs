using System.Text.Json.Nodes;

namespace Marketplace.Clusters.Reconciling;

/// <summary>Workload objects at zero, without taking away what they have. Pure.</summary>
internal static class Scaling
{
    /// <summary>The object as it is while nothing of it is to run; objects without pods, and shared ones, stay as they are.</summary>
    public static JsonObject ToZero(JsonObject source)
    {
        if (DesiredBundle.IsShared(source))
        {
            return source;
        }

        var one = source.DeepClone().AsObject();
        switch ((string?)one["kind"])
        {
            case "Job":
                one["spec"]!["suspend"] = true;
                break;
            case "Deployment":
                one["spec"]!["replicas"] = 0;
                break;
            case "ResourceQuota":
                one["spec"]!["hard"]!["pods"] = "0";
                break;
            default:
                break;
        }

        return one;
    }

    /// <summary>Whether an object that is wished at zero was set going by somebody else: its hash does not show that.</summary>
    public static bool IsSetGoing(JsonObject wish, JsonObject live) =>
        (string?)wish["kind"] switch
        {
            "Job" => Is(wish["spec"]?["suspend"], true) && !Is(live["spec"]?["suspend"], true),
            "Deployment" => Is(wish["spec"]?["replicas"], 0) && !Is(live["spec"]?["replicas"], 0),
            "ResourceQuota" => Is(wish["spec"]?["hard"]?["pods"], "0") && !Is(live["spec"]?["hard"]?["pods"], "0"),
            _ => false,
        };

    private static bool Is<T>(JsonNode? node, T value)
        where T : notnull => node is JsonValue v && v.TryGetValue<T>(out var found) && found.Equals(value);
}
