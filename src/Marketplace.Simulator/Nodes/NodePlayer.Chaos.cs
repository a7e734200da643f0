using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Nodes;

public sealed partial class NodePlayer
{
    /// <summary>
    /// Breaks a machine: its kubelet says NotReady once more (unless <paramref name="silent"/>), then nothing comes from it, and its pods
    /// neither progress nor end.
    /// </summary>
    /// <returns>False when no such node is played.</returns>
    public async Task<bool> FailNodeAsync(string name, bool silent = false, CancellationToken ct = default)
    {
        if (!nodes.TryGetValue(name, out var node))
        {
            return false;
        }
        node.Alive = false;
        if (!silent)
        {
            var now = time.GetUtcNow();
            var last = NodeObjects.Condition("Ready", "False", "SimulatedFault", "the simulator was told to fail this node", now);
            await cluster.PatchNodeStatusAsync(name, StatusPatch("conditions", new JsonArray(last)), ct);
        }
        return true;
    }

    /// <summary>Brings a failed machine back: ready again, lease renewed, its pods planned anew.</summary>
    /// <returns>False when no such node is played.</returns>
    public async Task<bool> HealNodeAsync(string name, CancellationToken ct = default)
    {
        if (!nodes.TryGetValue(name, out var node))
        {
            return false;
        }
        node.Alive = true;
        await cluster.RenewLeaseAsync(name, time.GetUtcNow(), ct);
        await cluster.PatchNodeStatusAsync(name, StatusPatch("conditions", NodeObjects.Healthy(time.GetUtcNow())), ct);
        foreach (var pod in pods.Values.Where(p => p.Facts.Node == name))
        {
            pod.Forget();
            Plan(pod);
        }
        return true;
    }

    /// <summary>Makes the device plugin report broken devices: allocatable drops, capacity stays.</summary>
    /// <param name="name">The node.</param>
    /// <param name="resource">The resource, for example <c>nvidia.com/gpu</c>.</param>
    /// <param name="broken">How many units are broken from now on; 0 heals them.</param>
    /// <param name="ct">Cancels the write.</param>
    /// <returns>False when the node is not played or has no such devices.</returns>
    public async Task<bool> SetBrokenDevicesAsync(string name, string resource, long broken, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(broken);
        if (!nodes.TryGetValue(name, out var node) || !node.Machine.Devices.ContainsKey(resource))
        {
            return false;
        }
        JsonObject patch;
        lock (node.Broken)
        {
            node.Broken[resource] = broken;
            patch = StatusPatch("allocatable", NodeObjects.Allocatable(node.Machine, node.Broken));
            patch["metadata"] = new JsonObject { ["annotations"] = NodeObjects.Annotations(node.Machine, node.Broken) };
        }
        await cluster.PatchNodeStatusAsync(name, patch, ct);
        return true;
    }

    private static JsonObject StatusPatch(string field, JsonNode value) => new() { ["status"] = new JsonObject { [field] = value } };
}
