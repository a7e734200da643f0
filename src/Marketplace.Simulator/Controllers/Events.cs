using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Events as `kubectl describe` shows them.</summary>
internal static class Events
{
    public static JsonObject About(JsonObject subject, string type, string reason, string message, string component, DateTimeOffset now)
    {
        var meta = subject.Map("metadata");
        var name = meta.Text("name");
        var home = meta.Text("namespace") ?? "default";
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject
            {
                // The uid keeps the names of two subjects apart, the time and the reason those of one subject.
                ["name"] = string.Create(CultureInfo.InvariantCulture, $"{name}.{now.UtcTicks:x}.{reason.ToLowerInvariant()}"),
                ["namespace"] = home,
            },
            ["involvedObject"] = new JsonObject
            {
                ["kind"] = subject.Text("kind"),
                ["apiVersion"] = subject.Text("apiVersion"),
                ["name"] = name,
                ["namespace"] = meta.Text("namespace"),
                ["uid"] = meta.Text("uid"),
                ["resourceVersion"] = meta.Text("resourceVersion"),
            },
            ["type"] = type,
            ["reason"] = reason,
            ["message"] = message,
            ["source"] = new JsonObject { ["component"] = component },
            ["reportingComponent"] = component,
            ["reportingInstance"] = "",
            ["firstTimestamp"] = Json.Time(now),
            ["lastTimestamp"] = Json.Time(now),
            ["eventTime"] = null,
            ["count"] = 1,
        };
    }
}
