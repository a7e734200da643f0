using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;

namespace Marketplace.Clusters.Connections;

/// <summary>
/// The cluster as its watches show it, indexed by node and by contract. Per-node inventory is recomputed, from that node's pods, whenever one of
/// them or the node changed. Pods come in through <see cref="Provenance"/>: whoever reads them here may believe their marks.
/// </summary>
internal sealed class LiveCluster(InventoryReader reader, TimeProvider time)
{
    private static readonly IReadOnlyDictionary<string, KubePod> NoPods = new Dictionary<string, KubePod>(StringComparer.Ordinal);

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<SoldPiece>> NothingSold = new Dictionary<
        string,
        IReadOnlyList<SoldPiece>
    >(StringComparer.Ordinal);

    private readonly Lock gate = new();
    private readonly Dictionary<string, KubeNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InventoryNode> inventory = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubePod>> podsByNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubePod>> podsByContract = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KubePod> unbound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KubePod> assumed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubeJob>> jobsByContract = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubeDeployment>> deploymentsByContract = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SoldSpace> spaces = new(StringComparer.Ordinal);
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
                Remove(podsByContract, Provenance.KeyOf(before), before.Key);
                unbound.Remove(before.Key);
                MarkDirty(before.Spec.NodeName);
            }

            if (change.After is { } raw)
            {
                var pod = Provenance.Trusted(raw);
                Add(podsByContract, Provenance.KeyOf(pod), pod.Key, pod);
                if (pod.Spec.NodeName is { Length: > 0 } node)
                {
                    Add(podsByNode, node, pod.Key, pod);
                    MarkDirty(node);
                    Forget(pod.Metadata.Uid);
                }
                else if (WaitsForUs(pod))
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

    /// <summary>What a dedicated namespace was sold from now on; null when it holds nothing any more.</summary>
    public void SetSpace(string ns, SoldSpace? space)
    {
        lock (gate)
        {
            var before = spaces.GetValueOrDefault(ns);
            if (space is null)
            {
                spaces.Remove(ns);
            }
            else
            {
                spaces[ns] = space;
            }

            foreach (var piece in (before?.Pieces ?? []).Concat(space?.Pieces ?? []))
            {
                MarkDirty(piece.Node);
            }
        }
    }

    /// <summary>What a dedicated namespace was sold; null when nobody decided.</summary>
    public SoldSpace? SpaceOf(string ns)
    {
        lock (gate)
        {
            return spaces.GetValueOrDefault(ns);
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

    /// <summary>The living pods of a contract by its key, assumed ones with their node.</summary>
    public IReadOnlyList<KubePod> PodsOf(string contractKey)
    {
        lock (gate)
        {
            return [.. podsByContract.GetValueOrDefault(contractKey, []).Values.Select(p => assumed.GetValueOrDefault(p.Metadata.Uid, p))];
        }
    }

    public IReadOnlyList<KubeJob> JobsOf(string contractKey)
    {
        lock (gate)
        {
            return [.. jobsByContract.GetValueOrDefault(contractKey, []).Values];
        }
    }

    public IReadOnlyList<KubeDeployment> DeploymentsOf(string contractKey)
    {
        lock (gate)
        {
            return [.. deploymentsByContract.GetValueOrDefault(contractKey, []).Values];
        }
    }

    /// <summary>The keys of contracts that have pods.</summary>
    public IReadOnlyList<string> ContractKeys()
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
            var sold = Sold();
            foreach (var name in dirty)
            {
                if (nodes.TryGetValue(name, out var node))
                {
                    var pods = ((IReadOnlyDictionary<string, KubePod>?)podsByNode.GetValueOrDefault(name) ?? NoPods).Values;
                    inventory[name] = reader.ReadNode(node, pods.Concat(assumedByNode[name]), sold.GetValueOrDefault(name) ?? NothingSold);
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

    /// <summary>What was sold of each node to dedicated namespaces.</summary>
    private Dictionary<string, IReadOnlyDictionary<string, IReadOnlyList<SoldPiece>>> Sold() =>
        spaces
            .SelectMany(s => s.Value.Pieces.Select(p => (Namespace: s.Key, Piece: p)))
            .GroupBy(p => p.Piece.Node, StringComparer.Ordinal)
            .ToDictionary(
                node => node.Key,
                IReadOnlyDictionary<string, IReadOnlyList<SoldPiece>> (node) =>
                    node.GroupBy(p => p.Namespace, StringComparer.Ordinal)
                        .ToDictionary(ns => ns.Key, IReadOnlyList<SoldPiece> (ns) => [.. ns.Select(p => p.Piece)], StringComparer.Ordinal),
                StringComparer.Ordinal
            );

    // Others may name our scheduler too; what they run is no business of ours.
    private static bool WaitsForUs(KubePod pod) =>
        pod.Spec.SchedulerName == Marks.SchedulerName
        && Provenance.Of(pod) != Origin.Stranger
        && !pod.IsFinished
        && pod.Metadata.DeletionTimestamp is null;

    private void Change<T>(Dictionary<string, Dictionary<string, T>> index, KubeChange<T> change)
        where T : KubeObject
    {
        lock (gate)
        {
            if (change.Before is { } before)
            {
                Remove(index, Provenance.KeyOf(before), before.Key);
            }

            if (change.After is { } after)
            {
                Add(index, Provenance.KeyOf(after), after.Key, after);
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
