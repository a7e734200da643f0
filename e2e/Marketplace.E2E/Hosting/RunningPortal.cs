using Microsoft.Playwright;

namespace Marketplace.E2E.Hosting;

/// <summary>The whole product as a person starts it: one process with its own PostgreSQL, simulated clusters and the demo network; and a browser.</summary>
/// <remarks>
/// While writing tests, <c>E2E_PORTAL</c> and <c>E2E_DATA</c> name the address and the data folder of a marketplace that runs already.
/// </remarks>
public sealed class RunningPortal : IAsyncLifetime
{
    private const float Patience = 30_000;

    /// <summary>Chromium without its windows takes a quarter less of the processors; the whole one does as well.</summary>
    public static readonly string? Chromium = new[] { "/usr/bin/chromium-headless-shell", "/usr/bin/chromium" }.FirstOrDefault(File.Exists);

    private DirectoryInfo? data;
    private HostProcess? host;
    private HostProcess? hasty;
    private IPlaywright? playwright;

    public Uri Url { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>What browsers remember of people who have signed in, by e-mail. Flows of one portal run one after the other.</summary>
    public Dictionary<string, string> Remembered { get; } = new(StringComparer.Ordinal);

    private string DataFolder => data?.FullName ?? Environment.GetEnvironmentVariable("E2E_DATA") ?? "";

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("E2E_PORTAL") is { Length: > 0 } running)
            Url = new Uri(running);
        else
            await StartHostAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
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

    /// <summary>A web replica of the same marketplace whose quotes hold for a quarter of a minute only.</summary>
    public async Task<Uri> HastyReplicaAsync()
    {
        hasty ??= await HostProcess.StartAsync(
            ["--Roles=web", "--Orders:QuoteTtl=00:00:15", $"--Data:Directory={DataFolder}"],
            ("Data__ConnectionString", Replica.ConnectionString(DataFolder))
        );
        return hasty.Url;
    }

    public async Task DisposeAsync()
    {
        if (Browser is not null)
            await Browser.DisposeAsync();
        playwright?.Dispose();
        if (hasty is not null)
            await hasty.DisposeAsync();
        if (host is not null)
            await host.DisposeAsync();
        data?.Delete(recursive: true);
    }

    private async Task StartHostAsync()
    {
        data = Hosting.DataFolder.Create("marketplace-e2e-");
        host = await HostProcess.StartAsync([$"--Data:Directory={data.FullName}", "--Demo:Enabled=true"]);
        Url = host.Url;
    }
}

/// <summary>Needs Debian's chromium; without it the test is reported as skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = SkipReason;

    internal static string? SkipReason =>
        RunningPortal.Chromium is null ? "Chromium is not installed: apt-get install chromium-headless-shell" : null;
}

/// <inheritdoc cref="BrowserFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = BrowserFactAttribute.SkipReason;
}
