using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>READY, STATUS and RESTARTS of a pod, as kubectl has always shown them.</summary>
internal static class PodColumns
{
    public static string Ready(JsonObject pod)
    {
        var all = pod.Items("spec", "containers").Count();
        var ready = pod.Items("status", "containerStatuses").Count(c => c.Flag("ready"));
        return string.Create(CultureInfo.InvariantCulture, $"{ready}/{all}");
    }

    public static string Status(JsonObject pod)
    {
        if (pod.Text("metadata", "deletionTimestamp") is not null)
        {
            return pod.Text("status", "reason") == "NodeLost" ? "Unknown" : "Terminating";
        }
        var reason = pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "Unknown";
        foreach (var container in pod.Items("status", "containerStatuses"))
        {
            if (container.Text("state", "waiting", "reason") is { } waiting)
            {
                return waiting;
            }
            if (container.Map("state", "terminated") is { } ended)
            {
                reason = ended.Text("reason") ?? string.Create(CultureInfo.InvariantCulture, $"ExitCode:{ended.Whole("exitCode")}");
            }
        }
        return reason;
    }

    public static string Restarts(JsonObject pod, DateTimeOffset now)
    {
        long restarts = 0;
        DateTimeOffset? last = null;
        foreach (var container in pod.Items("status", "containerStatuses"))
        {
            restarts += container.Whole("restartCount") ?? 0;
            var ended = Json.ReadTime(container.Text("lastState", "terminated", "finishedAt"));
            last = last is null || ended > last ? ended ?? last : last;
        }
        return restarts > 0 && last is { } at
            ? $"{restarts} ({Columns.Duration(now - at)} ago)"
            : restarts.ToString(CultureInfo.InvariantCulture);
    }
}
