using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Marketplace.Faults.Tests.Support;

/// <summary>
/// Stands between the application and PostgreSQL and cuts connections: before a request arrives, or after it was carried out and before
/// its answer arrives, which is how a commit is made that nobody was told of. Which piece of traffic is cut comes from the seed.
/// </summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Random random;
    private readonly Lock gate = new();
    private readonly int targetPort;
    private readonly double probability;
    private readonly Task accepting;
    private int requests;
    private int answers;

    /// <param name="connectionString">The server behind it, without encryption.</param>
    /// <param name="probability">Of a cut, for each piece of traffic in either direction.</param>
    public CutProxy(string connectionString, int seed, double probability)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        targetPort = target.Port;
        random = new Random(seed);
        this.probability = probability;
        listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
        }.ConnectionString;
        accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>Cuts only while it is set.</summary>
    public bool Armed { get; set; }

    /// <summary>Requests that never arrived.</summary>
    public int LostRequests => requests;

    /// <summary>Answers that never arrived, commits among them.</summary>
    public int LostAnswers => answers;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> open = [];
        try
        {
            while (true)
                open.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, targetPort, stop.Token);
                // Whichever direction ends first ends the connection.
                await Task.WhenAny(
                    PumpAsync(client.GetStream(), server.GetStream(), () => Interlocked.Increment(ref requests)),
                    PumpAsync(server.GetStream(), client.GetStream(), () => Interlocked.Increment(ref answers))
                );
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // The server is gone, or the test is over: the client sees a closed connection.
                return;
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Func<int> count)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await from.ReadAsync(buffer, stop.Token)) > 0; )
            {
                if (Armed && Cut())
                {
                    count();
                    return;
                }
                await to.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side closed: so does the other.
            return;
        }
    }

    private bool Cut()
    {
        lock (gate)
            return random.NextDouble() < probability;
    }
}
