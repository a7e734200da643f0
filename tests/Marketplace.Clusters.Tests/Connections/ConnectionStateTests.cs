using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Connections;

/// <summary>How silence is told, on a clock that only moves when told to.</summary>
public class ConnectionStateTests
{
    private readonly ManualTimeProvider time = new();
    private volatile bool silent;

    [Fact]
    public async Task Silence_is_first_suspected_then_taken_for_lost_and_an_answer_ends_it()
    {
        await using var connection = Connect();
        Assert.Equal(ConnectionState.Connecting, connection.State);
        connection.Start();
        await Until.True(() => connection.State == ConnectionState.Connected, "Connected");

        silent = true;
        var last = connection.LastContact!.Value;
        time.StepTo(last + TimeSpan.FromSeconds(45) - TimeSpan.FromTicks(1));
        Assert.Equal(ConnectionState.Connected, connection.State);
        time.StepTo(last + TimeSpan.FromSeconds(45));
        Assert.Equal(ConnectionState.Suspect, connection.State);
        time.StepTo(last + TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.Equal(ConnectionState.Suspect, connection.State);
        time.StepTo(last + TimeSpan.FromMinutes(5));
        Assert.Equal(ConnectionState.Lost, connection.State);

        silent = false;
        await AdvanceUntilAsync(() => connection.State == ConnectionState.Connected, "Connected again");
    }

    [Fact]
    public async Task A_cluster_that_never_answered_is_connecting_and_then_lost()
    {
        silent = true;
        await using var connection = Connect();
        connection.Start();
        await Until.True(() => connection.LastError is not null, "the reason");
        Assert.Equal(ConnectionState.Connecting, connection.State);

        time.StepTo(time.GetUtcNow() + TimeSpan.FromMinutes(5));
        Assert.Equal(ConnectionState.Lost, connection.State);
    }

    [Fact]
    public async Task A_lost_cluster_makes_its_contracts_unreachable_and_not_ended()
    {
        await using var connection = Connect();
        connection.Start();
        await Until.True(() => connection.State == ConnectionState.Connected, "Connected");
        var map = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "m", ["namespace"] = "cm-t" },
        };
        connection.SetDesired(DesiredBundle.Create("con_1", 1, "cm-t", [map]));
        await Until.True(() => connection.StatusOf("con_1")?.Phase == BundlePhase.Ready, "Ready");

        silent = true;
        await AdvanceUntilAsync(() => connection.StatusOf("con_1")?.Phase == BundlePhase.Unreachable, "Unreachable");
        Assert.Equal([BundleCodes.Unreachable], connection.StatusOf("con_1")!.Messages.Select(m => m.Code));

        silent = false;
        await AdvanceUntilAsync(() => connection.StatusOf("con_1")?.Phase == BundlePhase.Ready, "Ready again");
    }

    private ClusterConnection Connect()
    {
        var options = new ClusterConnectionOptions { Client = new KubernetesClientOptions { Retries = 0 } };
        return new ClusterConnection("c", new FakeServer(Answer).Client(time, options.Client), options, AcceleratorCatalogue.Default, time);
    }

    /// <summary>An empty cluster whose watches stay open, until it falls silent.</summary>
    private HttpResponseMessage Answer(HttpRequestMessage request, int number)
    {
        var path = request.RequestUri!.PathAndQuery;
        return silent ? throw new HttpRequestException("unplugged")
            : path.Contains("watch=true", StringComparison.Ordinal) ? FakeServer.Stream(new LineStream())
            : request.Method == HttpMethod.Patch ? FakeServer.Json("""{"metadata":{"uid":"u"}}""")
            : path.EndsWith("/version", StringComparison.Ordinal) ? FakeServer.Json("""{"major":"1","minor":"30"}""")
            : path.Contains("/configmaps/", StringComparison.Ordinal) ? FakeServer.Status(404, "NotFound", "none")
            : FakeServer.Json("""{"metadata":{"resourceVersion":"1"},"items":[]}""");
    }

    private Task AdvanceUntilAsync(Func<bool> condition, string what) =>
        Until.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return condition();
            },
            what
        );
}
