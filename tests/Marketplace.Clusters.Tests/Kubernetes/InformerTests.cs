using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Kubernetes;

public class InformerTests
{
    private readonly List<string> told = [];

    [Fact]
    public async Task An_ended_watch_is_resumed_from_the_last_version_without_a_new_list()
    {
        var first = new LineStream();
        first.WriteEvent("ADDED", FakeServer.Pod("b", "5"));
        first.WriteEvent("BOOKMARK", """{"metadata":{"resourceVersion":"42"}}""");
        first.End();
        var server = Server(FakeServer.Json(FakeServer.Pods("3", "a")), FakeServer.Stream(first), FakeServer.Stream(new LineStream()));
        await using var informer = Start(server);

        await Until.True(() => Watches(server).Count == 2, "a second watch");

        Assert.Contains("resourceVersion=3&", Watches(server)[0], StringComparison.Ordinal);
        Assert.Contains("resourceVersion=42&", Watches(server)[1], StringComparison.Ordinal);
        Assert.Equal(1, informer.Lists);
        Assert.Equal(["+d/a", "+d/b"], Told());
    }

    [Fact]
    public async Task After_410_the_list_is_read_again_and_what_vanished_meanwhile_is_told()
    {
        var first = new LineStream();
        first.WriteEvent("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""");
        var server = Server(
            FakeServer.Json(FakeServer.Pods("3", "a", "b")),
            FakeServer.Stream(first),
            FakeServer.Json(FakeServer.Pods("90", "b", "c")),
            FakeServer.Stream(new LineStream())
        );
        await using var informer = Start(server);

        await Until.True(() => informer.Lists == 2 && Watches(server).Count == 2, "a second list and watch");

        Assert.Equal(["+d/a", "+d/b", "+d/c", "-d/a"], Told());
        Assert.Contains("resourceVersion=90&", Watches(server)[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namesake_is_another_object_and_the_end_of_the_first_is_told()
    {
        var other = FakeServer
            .Pods("9", "a")
            .Replace("u-a", "u-another", StringComparison.Ordinal)
            .Replace("\"1\"", "\"8\"", StringComparison.Ordinal);
        var first = new LineStream();
        first.WriteEvent("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""");
        var server = Server(
            FakeServer.Json(FakeServer.Pods("3", "a")),
            FakeServer.Stream(first),
            FakeServer.Json(other),
            FakeServer.Stream(new LineStream())
        );
        await using var informer = Start(server);

        await Until.True(() => informer.Lists == 2, "a second list");

        Assert.Equal(["+d/a", "-d/a", "+d/a"], Told());
    }

    [Fact]
    public async Task A_silent_watch_is_taken_for_dead_and_opened_again()
    {
        var time = new ManualTimeProvider();
        var server = Server(
            FakeServer.Json(FakeServer.Pods("3", "a")),
            FakeServer.Stream(new LineStream()),
            FakeServer.Stream(new LineStream())
        );
        await using var informer = Start(server, time);
        await Until.Within(informer.Synced, "the first list");

        await Until.Seen(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(40));
                return Watches(server).Count;
            },
            count => count == 2,
            "a second watch after the idle limit"
        );

        Assert.Equal(1, informer.Lists);
        Assert.Contains("resourceVersion=3&", Watches(server)[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_in_the_listener_is_loud()
    {
        var server = Server(FakeServer.Json(FakeServer.Pods("3", "a")));
        using var client = server.Client();
        await using var informer = new Informer<KubePod>(
            client,
            KubeKinds.Pods,
            onChange: _ => throw new InvalidOperationException("bug")
        ).Start();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Until.Within(informer.Completion, "the end of the loop"));
        Assert.Equal("informer.stopped", informer.LastError!.Code);
    }

    private Informer<KubePod> Start(FakeServer server, TimeProvider? time = null) =>
        new Informer<KubePod>(server.Client(time), KubeKinds.Pods, onChange: Tell, time: time).Start();

    private void Tell(KubeChange<KubePod> change)
    {
        lock (told)
        {
            told.Add((change.After is null ? "-" : "+") + change.Latest.Key);
        }
    }

    private string[] Told()
    {
        lock (told)
        {
            return [.. told];
        }
    }

    private static List<string> Watches(FakeServer server)
    {
        lock (server.Seen)
        {
            return [.. server.Seen.Where(s => s.Contains("watch=true", StringComparison.Ordinal))];
        }
    }

    /// <summary>These answers in turn; afterwards refusals.</summary>
    private static FakeServer Server(params HttpResponseMessage[] answers) =>
        new((_, n) => n < answers.Length ? answers[n] : FakeServer.Status(418, "Teapot", "the script has ended"));
}
