using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;
using Marketplace.Testing;

namespace Marketplace.Simulator.Tests;

public sealed class StoreTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];
    private static readonly string[] Spaces = ["one", "two"];

    private static Gen<(string Ns, string Name, string Colour, bool Delete)[]> Writes =>
        (
            from ns in Gen.Elements(Spaces)
            from name in Gen.Elements(Names)
            from colour in Gen.Elements("red", "green")
            from delete in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
            select (ns, name, colour, delete)
        ).ArrayOf();

    [Fact]
    public void Versions_only_grow_and_every_commit_has_its_own() =>
        Properties.Check(
            Writes,
            writes =>
            {
                using var store = new ClusterStore(folder: null);
                var seen = new List<long>();
                store.Committed += c => seen.Add(c.Version);
                Play(store, writes);
                return seen.SequenceEqual(seen.Distinct().Order()) && (seen.Count == 0 || store.Version == seen[^1]);
            }
        );

    [Fact]
    public void A_list_and_the_watch_from_its_version_replay_to_the_same_state() =>
        Properties.Check(
            from before in Writes
            from after in Writes
            from ns in Gen.Elements<string?>("one", "two", null)
            select (before, after, ns),
            c =>
            {
                using var store = new ClusterStore(folder: null);
                Play(store, c.before);
                var (items, version) = store.List(ResourceCatalog.ConfigMaps, c.ns, Selector.Everything);
                var replica = items.ToDictionary(i => i.Key, i => i.Version);
                Play(store, c.after);
                using var watch = store.History.Subscribe(ResourceCatalog.ConfigMaps, c.ns, version)!;
                var last = version;
                while (watch.Changes.TryRead(out var change))
                {
                    if (change.Version <= last)
                    {
                        return false;
                    }
                    last = change.Version;
                    if (change.Kind == ChangeKind.Deleted)
                    {
                        replica.Remove(change.Object.Key);
                    }
                    else
                    {
                        replica[change.Object.Key] = change.Version;
                    }
                }
                var now = store.List(ResourceCatalog.ConfigMaps, c.ns, Selector.Everything).Items.ToDictionary(i => i.Key, i => i.Version);
                return now.Count == replica.Count && now.All(n => replica.TryGetValue(n.Key, out var v) && v == n.Value);
            }
        );

    [Fact]
    public void What_is_written_is_read_back_after_a_restart_even_with_a_torn_last_line() =>
        Properties.Check(
            Gen.Zip(Writes, Gen.Choose(0, 60)),
            c =>
            {
                var folder = Directory.CreateTempSubdirectory("store-").FullName;
                try
                {
                    List<(ObjectKey, string)> expected;
                    long version;
                    using (var store = new ClusterStore(folder))
                    {
                        Play(store, c.Item1);
                        expected = Snapshot(store);
                        version = store.Version;
                    }
                    var torn = """{"op":"put","group":"","plural":"configmaps","object":{"metadata":{"name":"torn"}}}"""[..c.Item2];
                    File.AppendAllText(Path.Combine(folder, "objects.jsonl"), torn);
                    using var again = new ClusterStore(folder);
                    var same = Snapshot(again).SequenceEqual(expected) && again.TornBytes == torn.Length && again.Version >= version;
                    Put(again, "one", "after", "red");
                    return same && again.Version > version;
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            },
            count: 40
        );

    [Fact]
    public void A_damaged_line_in_the_middle_stops_the_start_and_names_the_line()
    {
        var folder = Directory.CreateTempSubdirectory("store-").FullName;
        using (var store = new ClusterStore(folder))
        {
            Put(store, "one", "a", "red");
        }
        var file = Path.Combine(folder, "objects.jsonl");
        File.WriteAllText(file, "{broken\n" + File.ReadAllText(file));

        var error = Assert.Throws<InvalidDataException>(() => new ClusterStore(folder));

        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Compaction_keeps_every_object_and_shrinks_the_file()
    {
        var folder = Directory.CreateTempSubdirectory("store-").FullName;
        var text = new string('x', 20_000);
        List<(ObjectKey, string)> expected;
        using (var store = new ClusterStore(folder))
        {
            // 1,000 writes of 20 kB are more than twice the size at which the file is compacted.
            for (var i = 0; i < 1_000; i++)
            {
                Put(store, "one", Names[i % Names.Length], i % 2 == 0 ? text : "red");
            }
            expected = Snapshot(store);
            Assert.InRange(store.FileBytes, 1, 9L << 20);
        }
        using var again = new ClusterStore(folder);
        Assert.Equal(expected, Snapshot(again));
        again.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_watch_from_before_the_history_is_refused_and_one_from_its_edge_is_not()
    {
        using var store = new ClusterStore(folder: null, historyLimit: 3);
        for (var i = 0; i < 5; i++)
        {
            Put(store, "one", "a" + i, "red");
        }

        Assert.Null(store.History.Subscribe(ResourceCatalog.ConfigMaps, null, 1));
        using var edge = store.History.Subscribe(ResourceCatalog.ConfigMaps, null, 2);
        Assert.Equal(3, edge!.Changes.Count);
    }

    [Theory]
    [InlineData("colour=red", null, "a c")]
    [InlineData("colour==red", null, "a c")]
    [InlineData("colour!=red", null, "b d")]
    [InlineData("colour", null, "a b c")]
    [InlineData("!colour", null, "d")]
    [InlineData("colour in (red,green)", null, "a b c")]
    [InlineData("colour notin (red)", null, "b d")]
    [InlineData("colour=red,shape=round", null, "a")]
    [InlineData(null, "metadata.name=b", "b")]
    [InlineData(null, "metadata.name!=b,metadata.namespace=one", "a c d")]
    [InlineData(null, "data.kind=x", "c")]
    [InlineData("colour=red", "metadata.name!=a", "c")]
    public void Selectors_pick(string? labels, string? fields, string expected)
    {
        using var store = new ClusterStore(folder: null);
        Labelled(store, "a", ("colour", "red"), ("shape", "round"));
        Labelled(store, "b", ("colour", "green"));
        Labelled(store, "c", ("colour", "red"));
        Labelled(store, "d");

        var selector = Selector.Parse(labels, fields).Expect();
        var names = store.List(ResourceCatalog.ConfigMaps, "one", selector).Items.Select(i => i.Name);

        Assert.Equal(expected, string.Join(' ', names));
    }

    [Theory]
    [InlineData("a in red", null)]
    [InlineData("a b", null)]
    [InlineData(null, "metadata.name")]
    [InlineData(null, "=x")]
    public void A_selector_that_cannot_be_read_is_refused(string? labels, string? fields) =>
        Assert.Equal(400, Selector.Parse(labels, fields).Failure!.Code);

    private static void Play(ClusterStore store, (string Ns, string Name, string Colour, bool Delete)[] writes)
    {
        foreach (var (ns, name, colour, delete) in writes)
        {
            if (!delete)
            {
                Put(store, ns, name, colour);
            }
            else if (store.Get(ResourceCatalog.ConfigMaps, ns, name) is { } there)
            {
                store.Remove(there);
            }
        }
    }

    private static void Put(ClusterStore store, string ns, string name, string colour)
    {
        var uid = store.Get(ResourceCatalog.ConfigMaps, ns, name)?.Uid ?? Guid.CreateVersion7(ManualTimeProvider.DefaultStart).ToString();
        store.Put(
            ResourceCatalog.ConfigMaps,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = ns,
                    ["uid"] = uid,
                },
                ["data"] = new JsonObject { ["colour"] = colour },
            }
        );
    }

    private static void Labelled(ClusterStore store, string name, params (string Key, string Value)[] labels) =>
        store.Put(
            ResourceCatalog.ConfigMaps,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = "one",
                    ["uid"] = "uid-" + name,
                    ["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))),
                },
                ["data"] = new JsonObject { ["kind"] = name == "c" ? "x" : "y" },
            }
        );

    private static List<(ObjectKey, string)> Snapshot(ClusterStore store) =>
        [
            .. store
                .List(ResourceCatalog.ConfigMaps, null, Selector.Everything)
                .Items.Select(i => (i.Key, System.Text.Encoding.UTF8.GetString(i.Utf8))),
        ];
}
