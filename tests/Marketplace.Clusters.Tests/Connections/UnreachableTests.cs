using System.Net;
using System.Net.Sockets;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Connections;

public class UnreachableTests
{
    [Fact]
    public async Task A_server_nobody_runs_is_unreachable_with_a_fix()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;
        socket.Stop();
        var options = new ClusterConnectionOptions { Client = new KubernetesClientOptions { Retries = 0 } };
        await using var connection = new ClusterConnection("gone", KubeConfig.ForLoopback(new Uri($"http://127.0.0.1:{port}/")), options);

        var error = Assert.IsType<KubernetesError>((await connection.ProbeAsync()).Error);

        Assert.True(error.IsUnreachable);
        Assert.Equal("kubernetes.unreachable", error.Code);
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Fix);
    }
}
