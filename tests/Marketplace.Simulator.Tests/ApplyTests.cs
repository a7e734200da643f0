using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;
using Marketplace.Testing;

namespace Marketplace.Simulator.Tests;

/// <summary>Server-side apply: ownership, conflicts, removal of what is no longer applied.</summary>
public sealed class ApplyTests : IDisposable
{
    private readonly ClusterStore store = new(folder: null);
    private readonly ClusterApi api;

    public ApplyTests()
    {
        api = new ClusterApi(store, new ManualTimeProvider());
        api.Create(Caller.System, ResourceCatalog.Namespaces, "", LocalCluster.Yaml("metadata: {name: default}")).Expect();
    }

    public void Dispose() => store.Dispose();

    [Fact]
    public void The_same_apply_twice_commits_once()
    {
        var first = Apply("one", "data: {a: '1'}").Expect();
        var second = Apply("one", "data: {a: '1'}").Expect();

        Assert.Equal(first.Version, second.Version);
    }

    [Fact]
    public void Another_managers_field_is_a_conflict_unless_forced()
    {
        Apply("one", "data: {a: '1', b: '1'}").Expect();

        var refused = Apply("two", "data: {a: '2'}").Failure!;
        Assert.Equal(409, refused.Code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .data.a", refused.Message);

        Apply("two", "data: {a: '2'}", force: true).Expect();
        Assert.Equal("2", Data("a"));
        // The first manager no longer holds it: leaving it out removes nothing.
        Apply("one", "data: {b: '1'}").Expect();
        Assert.Equal("2", Data("a"));
    }

    [Fact]
    public void The_same_value_is_shared_without_conflict_and_stays_while_one_holds_it()
    {
        Apply("one", "data: {a: '1'}").Expect();
        Apply("two", "data: {a: '1'}").Expect();

        Apply("one", "data: {}").Expect();
        Assert.Equal("1", Data("a"));
        Apply("two", "data: {}").Expect();
        Assert.Null(Data("a"));
    }

    [Fact]
    public void What_is_no_longer_applied_goes_and_what_others_wrote_stays()
    {
        Apply("one", "data: {a: '1', b: '1'}").Expect();
        api.Change(new Caller("u", "hand"), ResourceCatalog.ConfigMaps, "default", "c", Set("hand", "made"), null).Expect();

        Apply("one", "data: {b: '1'}").Expect();

        Assert.Null(Data("a"));
        Assert.Equal("1", Data("b"));
        Assert.Equal("made", Data("hand"));
    }

    [Fact]
    public void What_a_manager_merged_in_is_no_part_of_what_it_applies()
    {
        Apply("one", "data: {a: '1'}").Expect();
        api.Change(new Caller("u", "one"), ResourceCatalog.ConfigMaps, "default", "c", Set("note", "kept"), null).Expect();

        Apply("one", "data: {b: '1'}").Expect();

        Assert.Equal((null, "1", "kept"), (Data("a"), Data("b"), Data("note")));
    }

    [Fact]
    public void A_field_changed_by_hand_belongs_to_the_hand()
    {
        Apply("one", "data: {a: '1'}").Expect();
        api.Change(new Caller("u", "hand"), ResourceCatalog.ConfigMaps, "default", "c", Set("a", "2"), null).Expect();

        var refused = Apply("one", "data: {a: '1'}").Failure!;

        Assert.Contains("conflict with \"hand\": .data.a", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_keyed_list_item_is_owned_by_key()
    {
        const string pod = """
            metadata: {name: p}
            spec: {containers: [{name: a, image: '1', env: [{name: X, value: '1'}, {name: Y, value: '1'}]}]}
            """;
        Apply("one", pod, ResourceCatalog.Deployments, Deployment(pod)).Expect();

        var refused = Apply(
            "two",
            "",
            ResourceCatalog.Deployments,
            Deployment(pod.Replace("{name: X, value: '1'}", "{name: X, value: '2'}", StringComparison.Ordinal))
        ).Failure!;
        Assert.Equal(
            "Apply failed with 1 conflict: conflict with \"one\": .spec.template.spec.containers[name=a].env[name=X].value",
            refused.Message
        );

        var shorter = pod.Replace("{name: X, value: '1'}, ", "", StringComparison.Ordinal);
        var left = Apply("one", "", ResourceCatalog.Deployments, Deployment(shorter)).Expect().Open();
        var env = left.Items("spec", "template", "spec", "containers").Single().Items("env").Select(e => e.Text("name"));
        Assert.Equal(["Y"], env);
    }

    [Fact]
    public void An_apply_needs_a_manager()
    {
        var refused = api.Apply(
            new Caller("u", null),
            ResourceCatalog.ConfigMaps,
            "default",
            "c",
            new JsonObject(),
            force: false,
            null
        ).Failure!;

        Assert.Equal(400, refused.Code);
        Assert.Contains("fieldManager", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_answers_as_if_and_changes_nothing()
    {
        var tried = api.Apply(
                new Caller("u", "one", DryRun: true),
                ResourceCatalog.ConfigMaps,
                "default",
                "c",
                LocalCluster.Yaml("data: {a: '1'}"),
                false,
                null
            )
            .Expect();

        Assert.Equal("1", tried.Open().Text("data", "a"));
        Assert.Null(store.Get(ResourceCatalog.ConfigMaps, "default", "c"));
    }

    private static JsonObject Deployment(string pod)
    {
        var template = LocalCluster.Yaml(pod);
        template["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "x" } };
        return new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "x" } },
                ["template"] = template,
            },
        };
    }

    private static Func<JsonObject, Answer<JsonObject>> Set(string key, string value) =>
        tree =>
        {
            tree.Ensure("data")[key] = value;
            return tree;
        };

    private Answer<StoredObject> Apply(string manager, string yaml, bool force = false) =>
        api.Apply(new Caller("u", manager), ResourceCatalog.ConfigMaps, "default", "c", LocalCluster.Yaml(yaml), force, null);

    private Answer<StoredObject> Apply(string manager, string _, ResourceType type, JsonObject config) =>
        api.Apply(new Caller("u", manager), type, "default", "c", config, force: false, null);

    private string? Data(string key) => api.Get(ResourceCatalog.ConfigMaps, "default", "c").Expect().Open().Text("data", key);
}
