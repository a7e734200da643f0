using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Patching;

/// <summary>Who set which field: metadata.managedFields, and the two operations that keep it.</summary>
internal static class ManagedFields
{
    private const string ApplyOperation = "Apply";
    private const string UpdateOperation = "Update";

    /// <summary>
    /// Server-side apply. Fields another manager holds with another value are a conflict unless <paramref name="force"/>; fields this
    /// manager applied before and left out now are removed when nobody else holds them.
    /// </summary>
    public static Answer<JsonObject> Apply(JsonObject? live, JsonObject config, string manager, bool force, DateTimeOffset now)
    {
        var wanted = FieldSet.Of(config);
        if (live is null)
        {
            var created = config.Copy();
            Store(created, [new Entry(manager, ApplyOperation, wanted, Json.Time(now), null)], config);
            return created;
        }
        var entries = Load(live);
        var conflicts = new List<(Entry Owner, string[] Path)>();
        foreach (var path in wanted.Leaves())
        {
            FieldSet.TryFind(config, path, out var mine);
            // An empty map says only that there is a map, which is no claim on what others put into it.
            var same =
                FieldSet.TryFind(live, path, out var theirs)
                && (path[^1] == "." || JsonNode.DeepEquals(mine, theirs) || (mine is JsonObject { Count: 0 } && theirs is JsonObject));
            if (!same)
            {
                conflicts.AddRange(entries.Where(e => !e.Is(manager, ApplyOperation) && e.Fields.HasLeaf(path)).Select(e => (e, path)));
            }
        }
        if (conflicts.Count > 0 && !force)
        {
            return Refuse(conflicts);
        }
        foreach (var (owner, path) in conflicts)
        {
            owner.Fields.Remove(path);
        }
        var result = live.Copy();
        var before = entries.FirstOrDefault(e => e.Is(manager, ApplyOperation));
        MergeInto(result, config, parent: null);
        if (before is not null)
        {
            // Whole items first: an item is found by its key fields, so these must not be cut one by one.
            foreach (var path in before.Fields.Leaves().Where(p => !wanted.Contains(p)).OrderBy(p => p[^1] == "." ? 0 : 1))
            {
                var isItem = path[^1] == ".";
                var held = isItem ? path.AsSpan(0, path.Length - 1).ToArray() : path;
                if (!IsKeyField(path) && !entries.Any(e => e != before && e.Fields.Contains(held)))
                {
                    FieldSet.Cut(result, path);
                }
            }
        }
        var unchanged = before is not null && JsonNode.DeepEquals(before.Fields.Write(), wanted.Write()) && SameApart(live, result);
        Put(entries, before, new Entry(manager, ApplyOperation, wanted, unchanged ? before!.Time : Json.Time(now), null));
        Store(result, entries, config);
        return result;
    }

    /// <summary>Records a create, update or patch: the changed fields now belong to this manager, and to nobody else.</summary>
    public static void Update(JsonObject? before, JsonObject after, string manager, string? subresource, DateTimeOffset now)
    {
        var entries = Load(before ?? after);
        var fresh = FieldSet.Of(WithoutStatus(after, subresource));
        var old = before is null ? new FieldSet() : FieldSet.Of(WithoutStatus(before, subresource));
        var changed = new FieldSet();
        foreach (var path in fresh.Leaves())
        {
            FieldSet.TryFind(after, path, out var present);
            if (before is null || !FieldSet.TryFind(before, path, out var then) || (path[^1] != "." && !JsonNode.DeepEquals(then, present)))
            {
                changed.Add(path);
            }
        }
        var gone = old.Leaves().Where(p => !FieldSet.TryFind(after, p, out _)).ToList();
        if (changed.IsEmpty && gone.Count == 0)
        {
            Store(after, entries, after);
            return;
        }
        foreach (var entry in entries.Where(e => !(e.Is(manager, UpdateOperation) && e.Subresource == subresource)))
        {
            foreach (var path in changed.Leaves())
            {
                entry.Fields.Remove(path);
            }
        }
        foreach (var entry in entries)
        {
            foreach (var path in gone)
            {
                entry.Fields.Remove(path);
            }
        }
        if (!changed.IsEmpty)
        {
            var mine = entries.FirstOrDefault(e => e.Is(manager, UpdateOperation) && e.Subresource == subresource);
            var fields = mine?.Fields ?? new FieldSet();
            foreach (var path in changed.Leaves())
            {
                fields.Add(path);
            }
            Put(entries, mine, new Entry(manager, UpdateOperation, fields, Json.Time(now), subresource));
        }
        Store(after, entries, after);
    }

    /// <summary>Equal but for versions and times that the server itself writes.</summary>
    public static bool SameApart(JsonObject a, JsonObject b)
    {
        static JsonObject Bare(JsonObject tree)
        {
            var copy = tree.Copy();
            copy.Map("metadata")?.Remove("managedFields");
            copy.Map("metadata")?.Remove("resourceVersion");
            return copy;
        }
        return JsonNode.DeepEquals(Bare(a), Bare(b));
    }

    private static JsonObject WithoutStatus(JsonObject tree, string? subresource)
    {
        if (subresource is not null || !tree.ContainsKey("status"))
        {
            return tree;
        }
        var copy = tree.Copy();
        copy.Remove("status");
        return copy;
    }

    private static bool IsKeyField(string[] path) =>
        path.Length >= 2
        && path[^2][0] == 'k'
        && path[^1].StartsWith("f:", StringComparison.Ordinal)
        && JsonNode.Parse(path[^2][2..]) is JsonObject id
        && id.ContainsKey(path[^1][2..]);

    private static ApiFailure Refuse(List<(Entry Owner, string[] Path)> conflicts)
    {
        var causes = new JsonArray();
        foreach (var (owner, path) in conflicts)
        {
            causes.Add(
                new JsonObject
                {
                    ["reason"] = "FieldManagerConflict",
                    ["message"] = $"conflict with \"{owner.Manager}\" using {owner.ApiVersion}",
                    ["field"] = Display(path),
                }
            );
        }
        var lines = conflicts.Select(c => $"conflict with \"{c.Owner.Manager}\": {Display(c.Path)}");
        var text = $"Apply failed with {conflicts.Count} conflict{(conflicts.Count == 1 ? "" : "s")}: {string.Join(", ", lines)}";
        return new ApiFailure(409, "Conflict", text, new JsonObject { ["causes"] = causes });
    }

    private static string Display(string[] path) =>
        string.Concat(
            path.Where(s => s != ".")
                .Select(s =>
                    s[0] switch
                    {
                        'f' => "." + s[2..],
                        'k' => "["
                            + s[3..^1].Replace("\":", "=", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal)
                            + "]",
                        _ => "[" + s[2..] + "]",
                    }
                )
        );

    private static void MergeInto(JsonObject target, JsonObject config, string? parent)
    {
        foreach (var (field, value) in config)
        {
            if (value is JsonObject map && target[field] is JsonObject there)
            {
                MergeInto(there, map, field);
                continue;
            }
            if (value is JsonArray list && target[field] is JsonArray existing)
            {
                if (ListSchema.IsSet(parent, field))
                {
                    foreach (var item in list.Where(i => !existing.Any(e => JsonNode.DeepEquals(e, i))))
                    {
                        existing.Add(item?.DeepClone());
                    }
                    continue;
                }
                var keys = ListSchema.Keys(parent, field, forApply: true);
                if (keys.Length > 0)
                {
                    foreach (var item in list.OfType<JsonObject>())
                    {
                        var at = FieldSet.FindItem(existing, FieldSet.KeyStep(item, keys));
                        if (at < 0)
                        {
                            existing.Add(item.DeepClone());
                        }
                        else
                        {
                            MergeInto((JsonObject)existing[at]!, item, field);
                        }
                    }
                    continue;
                }
            }
            target[field] = value?.DeepClone();
        }
    }

    // In place: an unchanged apply must leave the very same list behind, or it would count as a change.
    private static void Put(List<Entry> entries, Entry? before, Entry after)
    {
        var at = before is null ? -1 : entries.IndexOf(before);
        if (at < 0)
        {
            entries.Add(after);
        }
        else
        {
            entries[at] = after;
        }
    }

    private static List<Entry> Load(JsonObject tree) =>
        [
            .. tree.Items("metadata", "managedFields")
                .Select(e => new Entry(
                    e.Text("manager") ?? "unknown",
                    e.Text("operation") ?? UpdateOperation,
                    FieldSet.Read(e.Map("fieldsV1")),
                    e.Text("time") ?? "",
                    e.Text("subresource")
                )
                {
                    ApiVersion = e.Text("apiVersion") ?? "v1",
                }),
        ];

    private static void Store(JsonObject tree, List<Entry> entries, JsonObject source)
    {
        var list = new JsonArray();
        foreach (var entry in entries.Where(e => !e.Fields.IsEmpty))
        {
            var written = new JsonObject
            {
                ["manager"] = entry.Manager,
                ["operation"] = entry.Operation,
                ["apiVersion"] = source.Text("apiVersion") ?? entry.ApiVersion,
                ["time"] = entry.Time,
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = entry.Fields.Write(),
            };
            if (entry.Subresource is not null)
            {
                written["subresource"] = entry.Subresource;
            }
            list.Add(written);
        }
        if (list.Count > 0)
        {
            tree.Ensure("metadata")["managedFields"] = list;
        }
        else
        {
            tree.Map("metadata")?.Remove("managedFields");
        }
    }

    private sealed record Entry(string Manager, string Operation, FieldSet Fields, string Time, string? Subresource)
    {
        public string ApiVersion { get; init; } = "v1";

        public bool Is(string manager, string operation) => Manager == manager && Operation == operation;
    }
}
