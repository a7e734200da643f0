using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.Playwright;

namespace Marketplace.E2E.Hosting;

/// <summary>The whole product as a person starts it: one process with its own PostgreSQL, simulated clusters and the demo network; and a browser.</summary>
public sealed class RunningPortal : IAsyncLifetime
{
    private const string Ready = "Ctrl-C stops everything";
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("marketplace-e2e-");
    private readonly List<string> output = [];
    private Process? host;
    private IPlaywright? playwright;

    public const string Chromium = "/usr/bin/chromium";

    public Uri Url { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // Another account runs PostgreSQL when the tests run as root: it must be able to enter.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_101_101);
        Url = new Uri($"http://127.0.0.1:{FreePort()}");
        await StartHostAsync();
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium,
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }

    private async Task StartHostAsync()
    {
        string root = Metadata("RepositoryRoot");
        string folder = Path.Combine(root, "src", "Marketplace.Web");
        string dll = Path.Combine(folder, "bin", Metadata("Configuration"), "net10.0", "Marketplace.Web.dll");
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { dll, $"--Web:Port={Url.Port}", $"--Data:Directory={data.FullName}", "--Demo:Enabled=true" },
        };
        // Build output serves its assets only in Development.
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Identity__AnonymousAttemptsPerMinute"] = "1000";
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host = new Process { StartInfo = start, EnableRaisingEvents = true };
        host.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"The host ended:\n{Tail()}"));
        host.OutputDataReceived += (_, e) => Keep(e.Data, ready);
        host.ErrorDataReceived += (_, e) => Keep(e.Data, ready);
        host.Start();
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
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

    public async Task DisposeAsync()
    {
        if (Browser is not null)
            await Browser.DisposeAsync();
        playwright?.Dispose();
        if (host is { HasExited: false })
        {
            // As Ctrl-C does: everything is stopped in order, PostgreSQL last.
            using var kill = Process.Start("kill", ["-TERM", $"{host.Id}"]);
            await kill.WaitForExitAsync();
            await host.WaitForExitAsync();
        }
        host?.Dispose();
        data.Delete(recursive: true);
    }

    private static string Metadata(string key) =>
        typeof(RunningPortal).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

[CollectionDefinition(Name)]
public sealed class PortalGroup : ICollectionFixture<RunningPortal>
{
    public const string Name = "portal";
}

/// <summary>Needs Debian's chromium; without it the test is reported as skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = SkipReason;

    internal static string? SkipReason =>
        File.Exists(RunningPortal.Chromium) ? null : "chromium is not installed: apt-get install chromium";
}

/// <inheritdoc cref="BrowserFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = BrowserFactAttribute.SkipReason;
}
