using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Connections;

/// <summary>
/// The cluster as its watches show it, indexed by node and by contract. Per-node inventory is recomputed, from that node's pods, whenever one of
/// them or the node changed.
/// </summary>
internal sealed class LiveCluster(InventoryReader reader, TimeProvider time)
{
    private static readonly IReadOnlyDictionary<string, KubePod> NoPods = new Dictionary<string, KubePod>(StringComparer.Ordinal);

    private readonly Lock gate = new();
    private readonly Dictionary<string, KubeNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InventoryNode> inventory = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubePod>> podsByNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubePod>> podsByContract = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KubePod> unbound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KubePod> assumed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubeJob>> jobsByContract = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubeDeployment>> deploymentsByContract = new(StringComparer.Ordinal);
    private readonly HashSet<string> dirty = new(StringComparer.Ordinal);
    private ClusterInventory? last;

    /// <summary>Takes a change of a node in; false when it changes nothing we read.</summary>
    public bool Change(KubeChange<KubeNode> change)
    {
        lock (gate)
        {
            var name = change.Latest.Metadata.Name;
            if (change.After is { } node)
            {
                // Heartbeats change a node every few seconds without changing anything we read.
                if (change.Before is { } before && SameForUs(before, node))
                {
                    nodes[name] = node;
                    return false;
                }

                nodes[name] = node;
            }
            else
            {
                nodes.Remove(name);
            }

            dirty.Add(name);
            return true;
        }
    }

    public void Change(KubeChange<KubePod> change)
    {
        lock (gate)
        {
            if (change.Before is { } before)
            {
                Remove(podsByNode, before.Spec.NodeName, before.Key);
                Remove(podsByContract, ContractLabel(before), before.Key);
                unbound.Remove(before.Key);
                MarkDirty(before.Spec.NodeName);
            }

            if (change.After is { } pod)
            {
                Add(podsByContract, ContractLabel(pod), pod.Key, pod);
                if (pod.Spec.NodeName is { Length: > 0 } node)
                {
                    Add(podsByNode, node, pod.Key, pod);
                    MarkDirty(node);
                    Forget(pod.Metadata.Uid);
                }
                else if (pod.Spec.SchedulerName == Marks.SchedulerName && !pod.IsFinished && pod.Metadata.DeletionTimestamp is null)
                {
                    unbound[pod.Key] = pod;
                }
            }
            else
            {
                Forget(change.Latest.Metadata.Uid);
            }
        }
    }

    public void Change(KubeChange<KubeJob> change) => Change(jobsByContract, change);

    public void Change(KubeChange<KubeDeployment> change) => Change(deploymentsByContract, change);

    /// <summary>Counts a pod as bound before the watch shows it, so that its devices are not given twice.</summary>
    public void Assume(KubePod pod)
    {
        lock (gate)
        {
            // The watch may have been faster than the answer to the binding.
            if (podsByNode.GetValueOrDefault(pod.Spec.NodeName!)?.ContainsKey(pod.Key) != true)
            {
                assumed[pod.Metadata.Uid] = pod;
                MarkDirty(pod.Spec.NodeName);
            }
        }
    }

    /// <summary>Takes an assumption back.</summary>
    public void Unassume(string podUid)
    {
        lock (gate)
        {
            Forget(podUid);
        }
    }

    /// <summary>Pods that wait for our binder and are not on their way yet.</summary>
    public IReadOnlyList<KubePod> Waiting()
    {
        lock (gate)
        {
            return [.. unbound.Values.Where(p => !assumed.ContainsKey(p.Metadata.Uid))];
        }
    }

    /// <summary>The living pods of a contract by its label, assumed ones with their node.</summary>
    public IReadOnlyList<KubePod> PodsOf(string contractLabel)
    {
        lock (gate)
        {
            return
            [
                .. podsByContract.GetValueOrDefault(contractLabel, []).Values.Select(p => assumed.GetValueOrDefault(p.Metadata.Uid, p)),
            ];
        }
    }

    public IReadOnlyList<KubeJob> JobsOf(string contractLabel)
    {
        lock (gate)
        {
            return [.. jobsByContract.GetValueOrDefault(contractLabel, []).Values];
        }
    }

    public IReadOnlyList<KubeDeployment> DeploymentsOf(string contractLabel)
    {
        lock (gate)
        {
            return [.. deploymentsByContract.GetValueOrDefault(contractLabel, []).Values];
        }
    }

    /// <summary>The contract labels that have pods.</summary>
    public IReadOnlyList<string> ContractLabels()
    {
        lock (gate)
        {
            return [.. podsByContract.Keys];
        }
    }

    /// <summary>The inventory now. Cheap when little changed.</summary>
    public ClusterInventory Inventory()
    {
        lock (gate)
        {
            if (dirty.Count == 0 && last is not null)
            {
                return last;
            }

            var assumedByNode = assumed.Values.ToLookup(p => p.Spec.NodeName!, StringComparer.Ordinal);
            foreach (var name in dirty)
            {
                if (nodes.TryGetValue(name, out var node))
                {
                    var pods = ((IReadOnlyDictionary<string, KubePod>?)podsByNode.GetValueOrDefault(name) ?? NoPods).Values;
                    inventory[name] = reader.ReadNode(node, pods.Concat(assumedByNode[name]));
                }
                else
                {
                    inventory.Remove(name);
                }
            }

            dirty.Clear();
            last = new ClusterInventory([.. inventory.Values.OrderBy(n => n.Name, StringComparer.Ordinal)], time.GetUtcNow());
            return last;
        }
    }

    private static string? ContractLabel(KubeObject one) =>
        one.Metadata.Labels.GetValueOrDefault(Marks.ManagedBy) == Marks.ManagedByValue
            ? one.Metadata.Labels.GetValueOrDefault(Marks.Contract)
            : null;

    private void Change<T>(Dictionary<string, Dictionary<string, T>> index, KubeChange<T> change)
        where T : KubeObject
    {
        lock (gate)
        {
            if (change.Before is { } before)
            {
                Remove(index, ContractLabel(before), before.Key);
            }

            if (change.After is { } after)
            {
                Add(index, ContractLabel(after), after.Key, after);
            }
        }
    }

    private void Forget(string podUid)
    {
        if (assumed.Remove(podUid, out var pod))
        {
            MarkDirty(pod.Spec.NodeName);
        }
    }

    private void MarkDirty(string? node)
    {
        if (node is { Length: > 0 })
        {
            dirty.Add(node);
        }
    }

    private static bool SameForUs(KubeNode a, KubeNode b) =>
        ReferenceEquals(a.Metadata.Labels, b.Metadata.Labels)
        || (
            a.Spec.Unschedulable == b.Spec.Unschedulable
            && a.Metadata.DeletionTimestamp == b.Metadata.DeletionTimestamp
            && a.Spec.Taints.SequenceEqual(b.Spec.Taints)
            && Same(a.Metadata.Labels, b.Metadata.Labels)
            && Same(a.Metadata.Annotations, b.Metadata.Annotations)
            && Same(a.Status.Capacity, b.Status.Capacity)
            && Same(a.Status.Allocatable, b.Status.Allocatable)
            && a.Status.Conditions.Select(c => (c.Type, c.Status)).SequenceEqual(b.Status.Conditions.Select(c => (c.Type, c.Status)))
        );

    private static bool Same<T>(IReadOnlyDictionary<string, T> a, IReadOnlyDictionary<string, T> b) =>
        a.Count == b.Count && a.All(p => b.TryGetValue(p.Key, out var other) && EqualityComparer<T>.Default.Equals(p.Value, other));

    private static void Add<T>(Dictionary<string, Dictionary<string, T>> index, string? group, string key, T value)
    {
        if (group is null)
        {
            return;
        }

        if (!index.TryGetValue(group, out var members))
        {
            index[group] = members = new Dictionary<string, T>(StringComparer.Ordinal);
        }

        members[key] = value;
    }

    private static void Remove<T>(Dictionary<string, Dictionary<string, T>> index, string? group, string key)
    {
        if (group is not null && index.TryGetValue(group, out var members) && members.Remove(key) && members.Count == 0)
        {
            index.Remove(group);
        }
    }
}
