using System.Text.Json.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Nodes;

/// <summary>The status a kubelet reports at each stage of a pod, as strategic merge patches of its status.</summary>
internal static class PodStatus
{
    public static JsonObject Creating(PodFacts pod, DateTimeOffset now) =>
        Patch(
            pod,
            new JsonObject
            {
                ["phase"] = "Pending",
                ["startTime"] = Json.Time(now),
                ["conditions"] = Conditions(now, ready: false, reason: "ContainersNotReady"),
                ["containerStatuses"] = Statuses(
                    pod.Containers,
                    pod.Restarts,
                    false,
                    pod.Uid,
                    () => new JsonObject { ["waiting"] = Reason("ContainerCreating") }
                ),
            }
        );

    public static JsonObject Running(PodFacts pod, string address, string hostAddress, DateTimeOffset now)
    {
        var status = new JsonObject
        {
            ["phase"] = "Running",
            ["hostIP"] = hostAddress,
            ["podIP"] = address,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address }),
            ["startTime"] = Json.Time(now),
            ["conditions"] = Conditions(now, ready: true, reason: null),
            ["containerStatuses"] = Statuses(
                pod.Containers,
                pod.Restarts,
                true,
                pod.Uid,
                () => new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Json.Time(now) } }
            ),
        };
        if (pod.InitContainers.Count > 0)
        {
            status["initContainerStatuses"] = Statuses(pod.InitContainers, 0, true, pod.Uid, () => Terminated(0, now, now));
        }
        return Patch(pod, status);
    }

    public static JsonObject Finished(PodFacts pod, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var succeeded = pod.ExitCode == 0;
        return Patch(
            pod,
            new JsonObject
            {
                ["phase"] = succeeded ? "Succeeded" : "Failed",
                ["conditions"] = Conditions(now, ready: false, reason: succeeded ? "PodCompleted" : "PodFailed"),
                ["containerStatuses"] = Statuses(
                    pod.Containers,
                    pod.Restarts,
                    false,
                    pod.Uid,
                    () => Terminated(pod.ExitCode, startedAt, now)
                ),
            }
        );
    }

    public static JsonObject BackingOff(PodFacts pod, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var statuses = Statuses(
            pod.Containers,
            pod.Restarts + 1,
            false,
            pod.Uid,
            () => new JsonObject { ["waiting"] = Reason("CrashLoopBackOff") }
        );
        foreach (var status in statuses.OfType<JsonObject>())
        {
            status["lastState"] = Terminated(pod.ExitCode, startedAt, now);
        }
        return Patch(
            pod,
            new JsonObject
            {
                ["phase"] = "Running",
                ["conditions"] = Conditions(now, ready: false, reason: "ContainersNotReady"),
                ["containerStatuses"] = statuses,
            }
        );
    }

    // The uid makes the patch miss when a new pod has taken the name.
    private static JsonObject Patch(PodFacts pod, JsonObject status) =>
        new()
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Uid },
            ["status"] = status,
        };

    private static JsonObject Reason(string reason) => new() { ["reason"] = reason };

    private static JsonObject Terminated(int exitCode, DateTimeOffset startedAt, DateTimeOffset now) =>
        new()
        {
            ["terminated"] = new JsonObject
            {
                ["exitCode"] = exitCode,
                ["reason"] = exitCode == 0 ? "Completed" : "Error",
                ["startedAt"] = Json.Time(startedAt),
                ["finishedAt"] = Json.Time(now),
            },
        };

    private static JsonArray Statuses(
        IReadOnlyList<(string Name, string Image)> containers,
        int restarts,
        bool ready,
        string uid,
        Func<JsonObject> state
    ) =>
        new([
            .. containers.Select(c => new JsonObject
            {
                ["name"] = c.Name,
                ["image"] = c.Image,
                ["imageID"] = "",
                ["containerID"] = $"simulated://{uid}/{c.Name}",
                ["ready"] = ready,
                ["started"] = ready,
                ["restartCount"] = restarts,
                ["state"] = state(),
                ["lastState"] = new JsonObject(),
            }),
        ]);

    private static JsonArray Conditions(DateTimeOffset now, bool ready, string? reason)
    {
        JsonObject One(string type, bool isTrue, string? why)
        {
            var condition = new JsonObject
            {
                ["type"] = type,
                ["status"] = isTrue ? "True" : "False",
                ["lastProbeTime"] = null,
                ["lastTransitionTime"] = Json.Time(now),
            };
            if (why is not null)
            {
                condition["reason"] = why;
            }
            return condition;
        }
        return
        [
            One("PodReadyToStartContainers", ready, null),
            One("Initialized", true, null),
            One("Ready", ready, reason),
            One("ContainersReady", ready, reason),
        ];
    }
}
