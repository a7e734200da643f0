using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Marketplace.E2E.Hosting;

/// <summary>One process of the product, as a person starts it.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string Ready = "Ctrl-C stops everything";
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private readonly List<string> output = [];
    private readonly Process process;

    private HostProcess(Process process, Uri url) => (this.process, Url) = (process, url);

    public Uri Url { get; }

    /// <summary>Starts the product with these settings and waits until it says that it is ready.</summary>
    /// <param name="settings">Each <c>--Key=value</c>.</param>
    /// <param name="secrets">What no process list may show, as environment.</param>
    public static async Task<HostProcess> StartAsync(IEnumerable<string> settings, params (string Key, string Value)[] secrets)
    {
        string folder = Path.Combine(Metadata("RepositoryRoot"), "src", "Marketplace.Web");
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(folder, "bin", Metadata("Configuration"), "net10.0", "Marketplace.Web.dll"),
                $"--Web:Port={url.Port}",
            },
        };
        foreach (string setting in settings)
            start.ArgumentList.Add(setting);
        foreach (var (key, value) in secrets)
            start.Environment[key] = value;
        // Build output serves its assets only in Development.
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Identity__AnonymousAttemptsPerMinute"] = "1000";
        var host = new HostProcess(new Process { StartInfo = start, EnableRaisingEvents = true }, url);
        await host.StartAsync();
        return host;
    }

    /// <summary>Ends it as a power cut does: no handler runs, nothing is stopped in order.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // As Ctrl-C does: everything is stopped in order, PostgreSQL last.
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await kill.WaitForExitAsync();
            await process.WaitForExitAsync();
        }
        process.Dispose();
    }

    private async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"The host ended:\n{Tail()}"));
        process.OutputDataReceived += (_, e) => Keep(e.Data, ready);
        process.ErrorDataReceived += (_, e) => Keep(e.Data, ready);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (await Task.WhenAny(ready.Task, Task.Delay(StartLimit, TimeProvider.System)) != ready.Task)
            throw new TimeoutException($"The portal was not ready in {StartLimit}:\n{Tail()}");
        await ready.Task;
    }

    private void Keep(string? line, TaskCompletionSource ready)
    {
        if (line is null)
            return;
        lock (output)
            output.Add(line);
        if (line.Contains(Ready, StringComparison.Ordinal))
            ready.TrySetResult();
    }

    private string Tail()
    {
        lock (output)
            return string.Join('\n', output.TakeLast(40));
    }

    private static string Metadata(string key) =>
        typeof(HostProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
