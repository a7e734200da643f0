using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Store;

/// <summary>
/// One cluster's objects: a version counter, the live objects, a bounded history for watches, and the file behind them. Every access
/// holds <see cref="Gate"/>; the objects themselves are immutable, so readers keep what they got.
/// </summary>
internal sealed class ClusterStore : IDisposable
{
    private readonly Dictionary<ResourceType, SortedDictionary<string, SortedDictionary<string, StoredObject>>> objects = [];
    private readonly Dictionary<string, StoredObject> byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<(ResourceType Type, ObjectKey Key)>> byOwner = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ObjectKey>> podsByNode = new(StringComparer.Ordinal);
    private readonly WriteAheadFile? file;
    private long reservedVersion;

    public ClusterStore(string? folder, int historyLimit = 8192)
    {
        History = new WatchHistory(historyLimit);
        if (folder is null)
        {
            reservedVersion = long.MaxValue;
            return;
        }
        (file, var contents) = WriteAheadFile.Open(folder);
        TornBytes = contents.TornBytes;
        foreach (var item in contents.Objects)
        {
            Index(item);
        }
        Version = reservedVersion = contents.ReservedVersion;
        History.StartAfter(Version);
    }

    /// <summary>Held for every read-modify-write; re-entrant.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The version of the last commit.</summary>
    public long Version { get; private set; }

    public WatchHistory History { get; }

    /// <summary>Bytes of an unfinished line found (and dropped) at the end of the file when it was opened.</summary>
    public long TornBytes { get; }

    public long FileBytes => file?.Length ?? 0;

    /// <summary>Called inside the gate, in commit order. Keep it short: hand over to a queue.</summary>
    public event Action<Change>? Committed;

    public StoredObject? Get(ResourceType type, string ns, string name)
    {
        lock (Gate)
        {
            return objects.TryGetValue(type, out var spaces) && spaces.TryGetValue(ns, out var names)
                ? names.GetValueOrDefault(name)
                : null;
        }
    }

    public StoredObject? OfUid(string uid)
    {
        lock (Gate)
        {
            return byUid.GetValueOrDefault(uid);
        }
    }

    /// <summary>The matching objects in namespace and name order, and the version they were read at. A null namespace means all.</summary>
    public (IReadOnlyList<StoredObject> Items, long Version) List(ResourceType type, string? ns, Selector selector)
    {
        lock (Gate)
        {
            var found = new List<StoredObject>();
            if (objects.TryGetValue(type, out var spaces))
            {
                if (ns is null)
                {
                    foreach (var names in spaces.Values)
                    {
                        Collect(names, selector, found);
                    }
                }
                else if (spaces.TryGetValue(ns, out var names))
                {
                    Collect(names, selector, found);
                }
            }
            return (found, Version);
        }
    }

    public IReadOnlyList<StoredObject> OwnedBy(string uid)
    {
        lock (Gate)
        {
            return byOwner.TryGetValue(uid, out var links) ? [.. links.Select(l => Get(l.Type, l.Key.Namespace, l.Key.Name)!)] : [];
        }
    }

    public IReadOnlyList<StoredObject> PodsOn(string node)
    {
        lock (Gate)
        {
            return podsByNode.TryGetValue(node, out var keys) ? [.. keys.Select(k => Get(ResourceCatalog.Pods, k.Namespace, k.Name)!)] : [];
        }
    }

    public int OpenWatches
    {
        get
        {
            lock (Gate)
            {
                return History.OpenWatches;
            }
        }
    }

    public int Count(ResourceType type)
    {
        lock (Gate)
        {
            return objects.TryGetValue(type, out var spaces) ? spaces.Values.Sum(n => n.Count) : 0;
        }
    }

    /// <summary>Commits a new version of an object.</summary>
    public StoredObject Put(ResourceType type, System.Text.Json.Nodes.JsonObject tree)
    {
        lock (Gate)
        {
            var item = StoredObject.Freeze(type, tree, NextVersion());
            var previous = Get(type, item.Namespace, item.Name);
            if (previous is not null && previous.Uid != item.Uid)
            {
                throw new InvalidOperationException($"{type} {item.Key}: a new object may not replace one with another uid");
            }
            if (!type.Volatile)
            {
                file?.Put(item);
            }
            if (previous is not null)
            {
                Unindex(previous);
            }
            Index(item);
            Commit(new Change(previous is null ? ChangeKind.Added : ChangeKind.Modified, item, previous));
            return item;
        }
    }

    public StoredObject Remove(StoredObject item)
    {
        lock (Gate)
        {
            var current =
                Get(item.Type, item.Namespace, item.Name) is { } there && there.Uid == item.Uid
                    ? there
                    : throw new InvalidOperationException($"{item.Type} {item.Key} is not stored");
            // As the real server does: the last event of an object carries the version of its removal.
            var last = StoredObject.Freeze(item.Type, current.Open(), NextVersion());
            if (!item.Type.Volatile)
            {
                file?.Remove(last);
            }
            Unindex(current);
            Commit(new Change(ChangeKind.Deleted, last, current));
            return last;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            History.Close();
            file?.Dispose();
        }
    }

    private static void Collect(SortedDictionary<string, StoredObject> names, Selector selector, List<StoredObject> into)
    {
        if (selector.PinnedName is { } pinned)
        {
            if (names.TryGetValue(pinned, out var one) && selector.Matches(one))
            {
                into.Add(one);
            }
            return;
        }
        foreach (var item in names.Values)
        {
            if (selector.MatchesAll || selector.Matches(item))
            {
                into.Add(item);
            }
        }
    }

    private long NextVersion()
    {
        Version++;
        if (Version > reservedVersion)
        {
            reservedVersion = Version + WriteAheadFile.ReservationBlock;
            file?.Reserve(reservedVersion);
        }
        return Version;
    }

    private void Commit(Change change)
    {
        History.Add(change);
        Committed?.Invoke(change);
        if (file is { WantsCompaction: true })
        {
            file.Compact(objects.Where(o => !o.Key.Volatile).SelectMany(o => o.Value.Values).SelectMany(n => n.Values), reservedVersion);
        }
    }

    private void Index(StoredObject item)
    {
        if (!objects.TryGetValue(item.Type, out var spaces))
        {
            objects[item.Type] = spaces = new(StringComparer.Ordinal);
        }
        if (!spaces.TryGetValue(item.Namespace, out var names))
        {
            spaces[item.Namespace] = names = new(StringComparer.Ordinal);
        }
        names[item.Name] = item;
        byUid[item.Uid] = item;
        foreach (var owner in item.Owners)
        {
            if (!byOwner.TryGetValue(owner.Uid, out var owned))
            {
                byOwner[owner.Uid] = owned = [];
            }
            owned.Add((item.Type, item.Key));
        }
        if (item.Type == ResourceCatalog.Pods && item.NodeName.Length > 0)
        {
            if (!podsByNode.TryGetValue(item.NodeName, out var pods))
            {
                podsByNode[item.NodeName] = pods = [];
            }
            pods.Add(item.Key);
        }
    }

    private void Unindex(StoredObject item)
    {
        var spaces = objects[item.Type];
        var names = spaces[item.Namespace];
        names.Remove(item.Name);
        if (names.Count == 0)
        {
            spaces.Remove(item.Namespace);
        }
        byUid.Remove(item.Uid);
        foreach (var owner in item.Owners)
        {
            if (byOwner.TryGetValue(owner.Uid, out var owned) && owned.Remove((item.Type, item.Key)) && owned.Count == 0)
            {
                byOwner.Remove(owner.Uid);
            }
        }
        if (item.NodeName.Length > 0 && podsByNode.TryGetValue(item.NodeName, out var pods) && pods.Remove(item.Key) && pods.Count == 0)
        {
            podsByNode.Remove(item.NodeName);
        }
    }
}
