using System.Net;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Kubernetes;

public class ClientTests
{
    [Fact]
    public async Task A_list_follows_its_pages_and_keeps_the_path_prefix()
    {
        var server = new FakeServer(
            (_, n) =>
                n == 0
                    ? FakeServer.Json($$"""{"metadata":{"resourceVersion":"7","continue":"next"},"items":[{{FakeServer.Pod("a", "1")}}]}""")
                    : FakeServer.Json(FakeServer.Pods("7", "b"))
        );
        using var client = server.Client();

        var list = (await client.ListAsync(KubeKinds.Pods, "d", new KubeQuery(Limit: 1))).Required;

        Assert.Equal(["a", "b"], list.Items.Select(p => p.Metadata.Name));
        Assert.Equal(
            ["GET /prefix/api/v1/namespaces/d/pods?limit=1", "GET /prefix/api/v1/namespaces/d/pods?limit=1&continue=next"],
            server.Seen
        );
    }

    [Theory]
    [InlineData("https", "2.0")]
    [InlineData("http", "1.1")]
    public async Task Over_tls_requests_and_watches_share_connections(string scheme, string version)
    {
        var versions = new List<(Version Version, HttpVersionPolicy Policy)>();
        var server = new FakeServer(
            (request, _) =>
            {
                versions.Add((request.Version, request.VersionPolicy));
                return FakeServer.Json(FakeServer.Pods("7"));
            }
        );
        var config = KubeConfig.ForLoopback(new Uri($"{scheme}://127.0.0.1:1/"));
        using var client = new KubernetesClient(config, TimeProvider.System, new KubernetesClientOptions(), server);

        Assert.True((await client.ListAsync(KubeKinds.Pods, null)).IsOk);
        await foreach (var one in client.WatchAsync(KubeKinds.Pods, null, "7"))
        {
            Assert.NotNull(one.Error);
        }

        var expected = (Version.Parse(version), HttpVersionPolicy.RequestVersionOrLower);
        Assert.Equal([expected, expected], versions);
    }

    [Fact]
    public async Task What_is_safe_to_repeat_is_repeated_and_what_is_not_is_not()
    {
        var server = new FakeServer(
            (_, n) => n < 2 ? FakeServer.Status(503, "ServiceUnavailable", "later") : FakeServer.Json(FakeServer.Pod("a", "1"))
        );
        using var client = server.Client();
        Assert.True((await client.GetAsync(KubeKinds.Pods, "d", "a")).IsOk);
        Assert.Equal(3, server.Seen.Count);

        var failing = new FakeServer((_, _) => FakeServer.Status(503, "ServiceUnavailable", "later"));
        using var creating = failing.Client();
        var created = await creating.CreateAsync(
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject { ["namespace"] = "d" },
            }
        );
        Assert.Equal(503, Assert.IsType<KubernetesError>(created.Error).Status);
        Assert.Single(failing.Seen);
    }

    [Fact]
    public async Task A_refusal_is_not_repeated_and_is_told_in_plain_words()
    {
        var server = new FakeServer((_, _) => FakeServer.Status(403, "Forbidden", "pods is forbidden"));
        using var client = server.Client();

        var error = Assert.IsType<KubernetesError>((await client.GetAsync(KubeKinds.Pods, "d", "a")).Error);

        Assert.Equal((403, "Forbidden", "kubernetes.forbidden"), (error.Status, error.Reason, error.Code));
        Assert.Contains("pods is forbidden", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Fix);
        Assert.Single(server.Seen);
    }

    [Theory]
    [InlineData("<html>hello</html>")]
    [InlineData("[1]")]
    [InlineData("{\"metadata\": 5}")]
    public async Task An_answer_of_another_server_is_an_error_and_no_crash(string body)
    {
        using var client = new FakeServer((_, _) => FakeServer.Json(body)).Client();

        Assert.Equal("kubernetes.unreadable", (await client.GetAsync(KubeKinds.Pods, "d", "a")).Error!.Code);
    }

    [Fact]
    public async Task A_missing_object_counts_as_deleted_and_a_delete_is_guarded_by_uid()
    {
        string? body = null;
        var server = new FakeServer(
            (request, _) =>
            {
                body = request.Content!.ReadAsStringAsync().GetAwaiter().GetResult();
                return FakeServer.Status(404, "NotFound", "gone");
            }
        );
        using var client = server.Client();

        Assert.True((await client.DeleteAsync(KubeKinds.Pods, "d", "a", new KubeDelete(0, DeletePropagation.Foreground, "u1"))).IsOk);
        Assert.Equal(
            """{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"propagationPolicy":"Foreground","preconditions":{"uid":"u1"}}""",
            body
        );
    }

    [Fact]
    public void An_empty_name_never_addresses_the_collection() => Assert.Throws<ArgumentException>(() => KubeKinds.Pods.Path("d", ""));

    [Fact]
    public async Task A_watch_reads_events_bookmarks_and_the_refusal_inside_the_stream()
    {
        var stream = new LineStream();
        stream.WriteEvent("ADDED", FakeServer.Pod("a", "2"));
        stream.WriteText("""{"type":"MODI""");
        stream.WriteText("""FIED","object":""" + FakeServer.Pod("a", "3") + "}\n");
        stream.WriteEvent("BOOKMARK", """{"metadata":{"resourceVersion":"9"}}""");
        stream.WriteEvent("DELETED", FakeServer.Pod("a", "10"));
        stream.WriteEvent("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""");
        using var client = new FakeServer((_, _) => FakeServer.Stream(stream)).Client();

        var events = new List<WatchEvent<KubePod>>();
        await foreach (var one in client.WatchAsync(KubeKinds.Pods, null, "1"))
        {
            events.Add(one);
        }

        Assert.Equal(
            [WatchKind.Added, WatchKind.Modified, WatchKind.Bookmark, WatchKind.Deleted, WatchKind.Error],
            events.Select(e => e.Kind)
        );
        Assert.Equal(["2", "3", "9", "10"], events.Take(4).Select(e => e.Object!.Metadata.ResourceVersion));
        Assert.True(events[4].Error!.IsExpired);
    }

    [Theory]
    [InlineData("not json\n")]
    [InlineData("{}\n")]
    [InlineData("{\"type\":\"WHAT\",\"object\":{}}\n")]
    [InlineData("{\"object\":{},\"type\":\"ADDED\"}\n")]
    public async Task A_damaged_watch_ends_with_an_error(string line)
    {
        var stream = new LineStream();
        stream.WriteText(line);
        stream.End();
        using var client = new FakeServer((_, _) => FakeServer.Stream(stream)).Client();

        var last = default(WatchEvent<KubePod>);
        await foreach (var one in client.WatchAsync(KubeKinds.Pods, null, "1"))
        {
            last = one;
        }

        Assert.Equal("kubernetes.unreadable", last.Error!.Code);
    }

    [Fact]
    public async Task Log_lines_come_without_line_ends_and_the_last_one_counts_without_it()
    {
        var server = new FakeServer(
            (_, _) => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("one\r\ntwo\nthree") }
        );
        using var client = server.Client();
        using var log = (await client.OpenLogAsync("d", "a", new KubeLogQuery(Tail: 5, Follow: true))).Required;

        var lines = new List<string>();
        await foreach (var line in log.LinesAsync())
        {
            lines.Add(line);
        }

        Assert.Equal(["one", "two", "three"], lines);
        Assert.Equal("GET /prefix/api/v1/namespaces/d/pods/a/log?tailLines=5&follow=true", server.Seen[0]);
    }
}
