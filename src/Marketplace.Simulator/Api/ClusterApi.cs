using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Admission;
using Marketplace.Simulator.Patching;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Api;

/// <summary>
/// What the API server does around the store: names, uids, defaults, validation, admission, preconditions, subresources, field
/// managers. Used by the HTTP front, the controllers and the in-process node player alike. Every write is one critical section.
/// </summary>
internal sealed partial class ClusterApi(ClusterStore store, TimeProvider time)
{
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public ClusterStore Store => store;

    public TimeProvider Time => time;

    public Answer<StoredObject> Get(ResourceType type, string ns, string name) =>
        store.Get(type, ns, name) is { } found ? found : ApiFailure.NotFound(type, name);

    public Answer<StoredObject> Create(Caller caller, ResourceType type, string ns, JsonObject body)
    {
        var tree = body.Copy();
        if (Identify(type, ns, tree) is { } misnamed)
        {
            return misnamed;
        }
        lock (store.Gate)
        {
            var meta = tree.Ensure("metadata");
            var name = meta.Text("name") ?? "";
            if (name.Length == 0 && meta.Text("generateName") is { Length: > 0 } prefix)
            {
                name = prefix + RandomNumberGenerator.GetString(SuffixAlphabet, 5);
                meta["name"] = name;
            }
            if (store.Get(type, ns, name) is not null)
            {
                return ApiFailure.AlreadyExists(type, name);
            }
            if (type.Namespaced && MissingNamespace(type, ns, name) is { } nowhere)
            {
                return nowhere;
            }
            Stamp(type, ns, tree);
            Defaults.Apply(type, tree);
            Prepare.ForCreate(store, type, tree);
            if (Admit.Fill(store, type, tree) is { } unfit)
            {
                return unfit;
            }
            if (Validation.Check(type, tree, before: null) is { Count: > 0 } causes)
            {
                return ApiFailure.Invalid(type, name, causes);
            }
            if (Admit.Check(store, type, tree, out var charge) is { } refusal)
            {
                return refusal;
            }
            if (caller.Manager is { } manager && meta["managedFields"] is null && !type.Volatile && type != ResourceCatalog.Events)
            {
                ManagedFields.Update(before: null, tree, manager, subresource: null, time.GetUtcNow());
            }
            if (caller.DryRun)
            {
                return StoredObject.Freeze(type, tree, store.Version);
            }
            charge?.Invoke();
            return store.Put(type, tree);
        }
    }

    /// <summary>Replaces an object (PUT). A resourceVersion or uid in the body is a precondition.</summary>
    public Answer<StoredObject> Replace(Caller caller, ResourceType type, string ns, string name, JsonObject body, string? subresource)
    {
        if (body.Text("metadata", "name") is { } given && given != name)
        {
            return ApiFailure.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name})");
        }
        if (Identify(type, ns, body) is { } misnamed)
        {
            return misnamed;
        }
        return Change(caller, type, ns, name, _ => body.Copy(), subresource);
    }

    /// <summary>
    /// Reads, edits and writes one object in one critical section. The edit gets a copy. An edit that changes nothing commits nothing.
    /// </summary>
    public Answer<StoredObject> Change(
        Caller caller,
        ResourceType type,
        string ns,
        string name,
        Func<JsonObject, Answer<JsonObject>> edit,
        string? subresource
    )
    {
        lock (store.Gate)
        {
            if (store.Get(type, ns, name) is not { } current)
            {
                return ApiFailure.NotFound(type, name);
            }
            var before = current.Open();
            if (edit(before.Copy()).Refused(out var refused, out var after))
            {
                return refused;
            }
            if (Stale(current, after) is { } stale)
            {
                return stale;
            }
            return Write(caller, current, before, after, subresource, fieldsRecorded: false);
        }
    }

    /// <summary>Server-side apply: creates the object or merges the configuration into it.</summary>
    public Answer<StoredObject> Apply(
        Caller caller,
        ResourceType type,
        string ns,
        string name,
        JsonObject config,
        bool force,
        string? subresource
    )
    {
        if (caller.Manager is not { Length: > 0 } manager)
        {
            return ApiFailure.BadRequest("PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch");
        }
        if (config.At("metadata", "managedFields") is not null)
        {
            return ApiFailure.BadRequest("metadata.managedFields must be nil");
        }
        config.Ensure("metadata").Default("name", name);
        if (Identify(type, ns, config) is { } misnamed)
        {
            return misnamed;
        }
        lock (store.Gate)
        {
            if (store.Get(type, ns, name) is not { } current)
            {
                if (subresource is not null)
                {
                    return ApiFailure.NotFound(type, name);
                }
                return ManagedFields.Apply(null, config, manager, force, time.GetUtcNow()).Refused(out var bad, out var fresh)
                    ? bad
                    : Create(caller, type, ns, fresh);
            }
            if (Stale(current, config) is { } stale)
            {
                return stale;
            }
            var before = current.Open();
            if (ManagedFields.Apply(before, config, manager, force, time.GetUtcNow()).Refused(out var conflict, out var after))
            {
                return conflict;
            }
            return Write(caller, current, before, after, subresource, fieldsRecorded: true);
        }
    }

    private Answer<StoredObject> Write(
        Caller caller,
        StoredObject current,
        JsonObject before,
        JsonObject after,
        string? subresource,
        bool fieldsRecorded
    )
    {
        var type = current.Type;
        after = Blend(type, before, after, subresource, fieldsRecorded);
        if (subresource is null)
        {
            Defaults.Apply(type, after);
            Prepare.ForUpdate(type, before, after);
        }
        // A status has no rules but a node's amounts; its specification was checked when it was written.
        if ((subresource is null || type == ResourceCatalog.Nodes) && Validation.Check(type, after, before) is { Count: > 0 } causes)
        {
            return ApiFailure.Invalid(type, current.Name, causes);
        }
        var meta = after.Ensure("metadata");
        if (type.CountsGeneration && SpecChanged(before, after))
        {
            meta["generation"] = (before.Whole("metadata", "generation") ?? 0) + 1;
        }
        if (!fieldsRecorded && before.At("metadata", "managedFields") is not null && !ManagedFields.SameApart(before, after))
        {
            // Controllers are not recorded, but what they change leaves its former owner.
            ManagedFields.Update(before, after, caller.Manager ?? caller.User, subresource, time.GetUtcNow());
        }
        meta["resourceVersion"] = current.Version.ToString(CultureInfo.InvariantCulture);
        if (JsonNode.DeepEquals(before, after))
        {
            return current;
        }
        if (caller.DryRun)
        {
            return StoredObject.Freeze(type, after, current.Version);
        }
        var written = store.Put(type, after);
        return CanGo(written, after) ? store.Remove(written) : written;
    }

    private static bool SpecChanged(JsonObject before, JsonObject after)
    {
        static JsonObject Spec(JsonObject tree)
        {
            var copy = tree.Copy();
            copy.Remove("metadata");
            copy.Remove("status");
            return copy;
        }
        return !JsonNode.DeepEquals(Spec(before), Spec(after));
    }

    // The main endpoint may not touch status, the status endpoint nothing but status and metadata, and nobody what the server owns.
    private static JsonObject Blend(ResourceType type, JsonObject before, JsonObject after, string? subresource, bool keepRecorded)
    {
        var result = after;
        if (subresource == "status")
        {
            result = before.Copy();
            result["status"] = after["status"]?.DeepClone();
            var meta = result.Ensure("metadata");
            foreach (var field in new[] { "labels", "annotations", "managedFields" })
            {
                Carry(after.Map("metadata"), meta, field);
            }
        }
        else if (type.HasStatus && subresource is null)
        {
            Carry(before, result, "status");
        }
        if (type == ResourceCatalog.Namespaces && subresource != "finalize")
        {
            // A namespace's content is removed before its finalizer; only the finalize endpoint lets it go.
            Carry(before, result, "spec");
        }
        var owned = result.Ensure("metadata");
        foreach (
            var field in new[]
            {
                "name",
                "namespace",
                "uid",
                "creationTimestamp",
                "generation",
                "deletionTimestamp",
                "deletionGracePeriodSeconds",
                "generateName",
            }
        )
        {
            Carry(before.Map("metadata"), owned, field);
        }
        if (!keepRecorded)
        {
            Carry(before.Map("metadata"), owned, "managedFields");
        }
        result["apiVersion"] = type.ApiVersion;
        result["kind"] = type.Kind;
        return result;
    }

    private static void Carry(JsonObject? from, JsonObject to, string field)
    {
        if (from is not null && from.TryGetPropertyValue(field, out var value) && value is not null)
        {
            to[field] = value.DeepClone();
        }
        else
        {
            to.Remove(field);
        }
    }

    private static ApiFailure? Stale(StoredObject current, JsonObject after)
    {
        if (after.Text("metadata", "uid") is { Length: > 0 } uid && uid != current.Uid)
        {
            return ApiFailure.Conflict(
                current.Type,
                current.Name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}"
            );
        }
        return
            after.Text("metadata", "resourceVersion") is { Length: > 0 } version
            && version != current.Version.ToString(CultureInfo.InvariantCulture)
            ? ApiFailure.Modified(current.Type, current.Name)
            : null;
    }

    private static ApiFailure? Identify(ResourceType type, string ns, JsonObject tree)
    {
        if (tree.Text("kind") is { } kind && kind != type.Kind)
        {
            return ApiFailure.BadRequest($"the object's kind ({kind}) does not match the one of the URL ({type.Kind})");
        }
        if (tree.Text("apiVersion") is { } version && ResourceCatalog.OfKind(version, type.Kind) != type)
        {
            return ApiFailure.BadRequest(
                $"the API version in the data ({version}) does not match the expected API version ({type.ApiVersion})"
            );
        }
        tree["kind"] = type.Kind;
        tree["apiVersion"] = type.ApiVersion;
        var meta = tree.Ensure("metadata");
        if (!type.Namespaced)
        {
            meta.Remove("namespace");
            return null;
        }
        if (meta.Text("namespace") is { Length: > 0 } given && given != ns)
        {
            return ApiFailure.BadRequest(
                $"the namespace of the provided object does not match the namespace sent on the request ({given}, {ns})"
            );
        }
        meta["namespace"] = ns;
        return null;
    }

    private ApiFailure? MissingNamespace(ResourceType type, string ns, string name)
    {
        if (store.Get(ResourceCatalog.Namespaces, "", ns) is not { } home)
        {
            return ApiFailure.NotFound(ResourceCatalog.Namespaces, ns);
        }
        return home.Terminating
            ? ApiFailure.Forbidden(type, name, $"unable to create new content in namespace {ns} because it is being terminated")
            : null;
    }

    private void Stamp(ResourceType type, string ns, JsonObject tree)
    {
        var meta = tree.Ensure("metadata");
        foreach (var field in new[] { "resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "generation" })
        {
            meta.Remove(field);
        }
        var now = time.GetUtcNow();
        meta["uid"] = Guid.CreateVersion7(now).ToString();
        meta["creationTimestamp"] = Json.Time(now);
        if (ns.Length > 0)
        {
            meta["namespace"] = ns;
        }
        if (type.CountsGeneration)
        {
            meta["generation"] = 1;
        }
        // Nodes register with their status, volumes and namespaces are made with theirs; a workload's begins empty.
        if (type.HasStatus && type.Namespaced)
        {
            tree.Remove("status");
        }
    }
}
