using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Nodes;

/// <summary>
/// A simulated container's output, computed from the pod's own status instead of being stored. It says that it is simulated and
/// reports only what is true: the image, the node, the devices asked for, and how long the container has been running.
/// </summary>
internal static class PodLog
{
    /// <summary>One step line per interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A log of days is not worth computing line by line: the early part rolls off, as a real node's log rotation does.
    private const int KeptSteps = 2_000;

    internal readonly record struct Line(DateTimeOffset At, string Text);

    /// <summary>The lines kept, how many older ones have rolled off, and whether no more will come.</summary>
    internal sealed record Log(IReadOnlyList<Line> Lines, int RolledOff, bool Finished)
    {
        public int Total => RolledOff + Lines.Count;
    }

    public static DateTimeOffset? Started(JsonObject pod, string container)
    {
        var status = pod.Items("status", "containerStatuses").FirstOrDefault(c => c.Text("name") == container);
        return Json.ReadTime(
            status.Text("state", "running", "startedAt")
                ?? status.Text("state", "terminated", "startedAt")
                ?? status.Text("lastState", "terminated", "startedAt")
        );
    }

    public static Log Read(JsonObject pod, string container, DateTimeOffset now)
    {
        var spec = pod.Items("spec", "containers").First(c => c.Text("name") == container);
        var status = pod.Items("status", "containerStatuses").First(c => c.Text("name") == container);
        var started = Started(pod, container) ?? now;
        var ended = status.Map("state", "terminated") ?? status.Map("lastState", "terminated");
        var until = Json.ReadTime(ended.Text("finishedAt")) ?? now;
        var lines = new List<Line>
        {
            new(started, "simulated container: nothing is computed, this output comes from the cluster simulator"),
            new(started, $"image {spec.Text("image")} on node {pod.Text("spec", "nodeName")}{Devices(spec)}"),
        };
        var steps = (int)Math.Max(0, Math.Min(int.MaxValue, (until - started) / Interval));
        var rolledOff = Math.Max(0, steps - KeptSteps);
        for (var i = rolledOff + 1; i <= steps; i++)
        {
            lines.Add(
                new Line(
                    started + Interval * i,
                    string.Create(CultureInfo.InvariantCulture, $"simulated step {i}, {i * Interval.TotalSeconds:0} s since start")
                )
            );
        }
        if (ended is not null)
        {
            lines.Add(
                new Line(
                    until,
                    string.Create(CultureInfo.InvariantCulture, $"simulated container ended with exit code {ended.Whole("exitCode")}")
                )
            );
        }
        var finished = pod.Text("status", "phase") is "Succeeded" or "Failed";
        return new Log(lines, rolledOff, finished);
    }

    private static string Devices(JsonObject container)
    {
        var devices = (container.Map("resources", "limits") ?? [])
            .Where(l => l.Key.Contains('/', StringComparison.Ordinal) && Quantity.Parse(l.Value?.ToString()) > 0)
            .Select(l => $"{l.Key}={l.Value}")
            .ToList();
        return devices.Count == 0 ? "" : " with " + string.Join(", ", devices);
    }
}
