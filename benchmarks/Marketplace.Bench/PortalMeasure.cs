using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Marketplace.Bench;

/// <summary>The portal from outside: the host as a process of its own with the demo network; first and warm pages over loopback, and its memory.</summary>
internal static class PortalMeasure
{
    private const int WarmPages = 200;
    private static readonly string[] Paths = ["/", "/sign-in", "/sign-up"];

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken ct)
    {
        string root = Metadata("RepositoryRoot");
        string folder = Path.Combine(root, "src", "Marketplace.Web");
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                Path.Combine(folder, "bin", Metadata("Configuration"), "net10.0", "Marketplace.Web.dll"),
                $"--Web:Port={port.ToString(CultureInfo.InvariantCulture)}",
                $"--Data:Directory={Path.Combine(context.WorkFolder, "portal")}",
                "--Demo:Enabled=true",
            },
        };
        // Build output serves its assets only in Development.
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        context.Log("starting the host");
        using var host = Process.Start(start) ?? throw new BenchmarkException("The host did not start.");
        try
        {
            while (await host.StandardOutput.ReadLineAsync(ct) is { } line && !line.Contains("Ctrl-C", StringComparison.Ordinal)) { }
            if (host.HasExited)
                throw new BenchmarkException("The host ended before it was ready.");
            _ = host.StandardOutput.ReadToEndAsync(ct);
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            double first = await PageAsync(http, Paths[0], ct);
            var warm = new List<double>(WarmPages);
            for (int i = 0; i < WarmPages; i++)
                warm.Add(await PageAsync(http, Paths[i % Paths.Length], ct));
            host.Refresh();
            return
            [
                new("first_page_ms", first, "ms", "≤ 500"),
                new("warm_p95_ms", Quantiles.Of(warm, 0.95), "ms", "≤ 50"),
                new("rss_mib", host.WorkingSet64 / 1048576.0, "MiB", "≤ 400"),
            ];
        }
        finally
        {
            using var kill = Process.Start("kill", ["-TERM", host.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(CancellationToken.None);
            await host.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<double> PageAsync(HttpClient http, string path, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await http.GetAsync(path, ct);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync(ct);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static string Metadata(string key) =>
        typeof(PortalMeasure).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
