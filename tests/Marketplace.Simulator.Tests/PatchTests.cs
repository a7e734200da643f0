using System.Text.Json.Nodes;
using Marketplace.Simulator.Patching;

namespace Marketplace.Simulator.Tests;

public sealed class PatchTests
{
    [Theory]
    // RFC 7386, appendix A.
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Merge_patch_follows_the_standard(string target, string patch, string expected) =>
        Same(expected, MergePatch.Apply(Map(target), Map(patch)));

    [Theory]
    // RFC 6902, appendix A.
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"baz":"qux","foo":"bar"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo"}""")]
    [InlineData(
        """{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}""",
        """[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]""",
        """{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"""
    )]
    [InlineData("""{"foo":["a","b","c"]}""", """[{"op":"move","from":"/foo/0","path":"/foo/2"}]""", """{"foo":["b","c","a"]}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":1},{"op":"copy","from":"/a","path":"/b"}]""", """{"a":1,"b":1}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["x"]}]""", """{"foo":["bar",["x"]]}""")]
    [InlineData("""{"m~n":{"a/b":1}}""", """[{"op":"replace","path":"/m~0n/a~1b","value":2}]""", """{"m~n":{"a/b":2}}""")]
    public void Json_patch_follows_the_standard(string target, string patch, string expected) =>
        Same(expected, JsonPatch.Apply(Map(target), JsonNode.Parse(patch)).Expect());

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""[{"op":"remove","path":"/b"}]""")]
    [InlineData("""[{"op":"replace","path":"/b","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/b/c","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/l/7","value":1}]""")]
    [InlineData("""[{"op":"jump","path":"/a"}]""")]
    [InlineData("""[{"op":"move","from":"/nowhere","path":"/a"}]""")]
    [InlineData("""{"op":"add"}""")]
    public void A_json_patch_that_cannot_be_done_is_refused(string patch) =>
        Assert.NotNull(JsonPatch.Apply(Map("""{"a":1,"l":[]}"""), JsonNode.Parse(patch)).Failure);

    [Theory]
    [InlineData(
        """{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]}}""",
        """{"spec":{"containers":[{"name":"b","image":"2"}]}}""",
        """{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}}"""
    )]
    [InlineData(
        """{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"}]}]}}""",
        """{"spec":{"containers":[{"name":"a","env":[{"name":"Y","value":"2"}]}]}}""",
        """{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]}]}}"""
    )]
    [InlineData(
        """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
        """{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}""",
        """{"spec":{"containers":[{"name":"b"}]}}"""
    )]
    [InlineData(
        """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
        """{"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}}""",
        """{"spec":{"containers":[{"name":"c"}]}}"""
    )]
    [InlineData(
        """{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}""",
        """{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"a","image":"2"}]}}""",
        """{"spec":{"containers":[{"name":"b"},{"name":"a","image":"2"}]}}"""
    )]
    [InlineData(
        """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Disk","status":"False"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"False"},{"type":"Disk","status":"False"}]}}"""
    )]
    [InlineData(
        """{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""",
        """{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""",
        """{"spec":{"strategy":{"type":"Recreate"}}}"""
    )]
    [InlineData(
        """{"metadata":{"finalizers":["a","b"]}}""",
        """{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["c"]}}""",
        """{"metadata":{"finalizers":["b","c"]}}"""
    )]
    [InlineData(
        """{"spec":{"template":{"spec":{"containers":[{"name":"a","args":["1","2"]}]}}}}""",
        """{"spec":{"template":{"spec":{"containers":[{"name":"a","args":["3"]}]}}}}""",
        """{"spec":{"template":{"spec":{"containers":[{"name":"a","args":["3"]}]}}}}"""
    )]
    [InlineData(
        """{"spec":{"ports":[{"port":80,"name":"h"}]}}""",
        """{"spec":{"ports":[{"port":80,"targetPort":8080}]}}""",
        """{"spec":{"ports":[{"port":80,"name":"h","targetPort":8080}]}}"""
    )]
    [InlineData("""{"data":{"a":"1","b":"2"}}""", """{"data":{"a":null}}""", """{"data":{"b":"2"}}""")]
    public void Strategic_merge_knows_keyed_lists_and_directives(string target, string patch, string expected) =>
        Same(expected, StrategicMerge.Apply(Map(target), Map(patch)).Expect());

    [Fact]
    public void A_keyed_item_without_its_key_is_refused() =>
        Assert.Contains(
            "merge key: name",
            StrategicMerge.Apply(Map("{}"), Map("""{"spec":{"containers":[{"image":"x"}]}}""")).Failure!.Message,
            StringComparison.Ordinal
        );

    private static JsonObject Map(string text) => (JsonObject)JsonNode.Parse(text)!;

    private static void Same(string expected, JsonObject actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\n  actual {actual.ToJsonString()}");
}
