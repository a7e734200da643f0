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

    /// <summary>
    /// The suspended job for a server that does not know suspension (before 1.21): no pods at a time. Newer servers count pods that are taken away
    /// like that as failed, so it is no way for them. null when the refusal is about something else.
    /// </summary>
    public static JsonObject? ForOlderServer(JsonObject wish, ClusterError? refusal)
    {
        if (
            (string?)wish["kind"] != "Job"
            || refusal?.Message.Contains(".spec.suspend: field not declared", StringComparison.Ordinal) is not true
        )
        {
            return null;
        }

        var one = wish.DeepClone().AsObject();
        one["spec"]!.AsObject().Remove("suspend");
        one["spec"]!["parallelism"] = 0;
        return one;
    }

    /// <summary>Whether an object that is wished at zero was set going by somebody else: its hash does not show that.</summary>
    public static bool IsSetGoing(JsonObject wish, JsonObject live) =>
        (string?)wish["kind"] switch
        {
            "Job" => Is(wish["spec"]?["suspend"], true) && !Is(live["spec"]?["suspend"], true) && !Is(live["spec"]?["parallelism"], 0),
            "Deployment" => Is(wish["spec"]?["replicas"], 0) && !Is(live["spec"]?["replicas"], 0),
            "ResourceQuota" => Is(wish["spec"]?["hard"]?["pods"], "0") && !Is(live["spec"]?["hard"]?["pods"], "0"),
            _ => false,
        };

    private static bool Is<T>(JsonNode? node, T value)
        where T : notnull => node is JsonValue v && v.TryGetValue<T>(out var found) && found.Equals(value);
}
