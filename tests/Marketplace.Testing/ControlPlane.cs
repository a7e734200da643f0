using System.Diagnostics;

namespace Marketplace.Testing;

/// <summary>
/// A real Kubernetes control plane on loopback (API server and etcd, no nodes), started for one test class or run. It comes from the
/// folder named by <c>KUBE_TOOLS</c> (with its programs <c>up</c> and <c>down</c>), else from <c>../shared/tools/kube</c> beside the checkout.
/// </summary>
public sealed class ControlPlane : IAsyncDisposable
{
    private const string Variable = "KUBE_TOOLS";
    private static readonly Dictionary<string, string> NoSettings = new(StringComparer.Ordinal);
    private readonly string _tools;
    private readonly string _run;
    private int _stopped;

    private ControlPlane(string tools, string run, IReadOnlyDictionary<string, string> environment)
    {
        _tools = tools;
        _run = run;
        Environment = environment;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>Path of a kubeconfig with all rights.</summary>
    public string KubeConfigPath => Environment["KUBECONFIG"];

    /// <summary>Base address of the API server.</summary>
    public string Server => Environment["K8S_SERVER"];

    /// <summary>KUBECONFIG, K8S_SERVER, K8S_CA, K8S_CERT, K8S_KEY, K8S_TOKEN and K8S_NOBODY_TOKEN.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Why no control plane can be started here; null when one can.</summary>
    public static string? Unavailable =>
        Tools() is null ? $"no control plane: {Variable} is not set and ../shared/tools/kube is not there" : null;

    /// <summary>Starts one of its own, in a folder of its own, on free ports.</summary>
    /// <param name="components">Besides etcd and the API server: <c>kcm</c> (controllers), <c>scheduler</c>, both, or nothing.</param>
    /// <param name="settings">Further variables of <c>up</c>, for example <c>K8S_SCHED_ARGS</c>.</param>
    /// <exception cref="InvalidOperationException">It did not come up; the message holds what it said.</exception>
    public static async Task<ControlPlane> StartAsync(string components = "kcm", IReadOnlyDictionary<string, string>? settings = null)
    {
        var tools = Tools() ?? throw new InvalidOperationException(Unavailable);
        var run = Directory.CreateTempSubdirectory("marketplace-kube-").FullName;
        await ExecuteAsync(tools, "up", run, new Dictionary<string, string>(settings ?? NoSettings) { ["K8S_COMPONENTS"] = components });
        var environment = File.ReadAllLines(Path.Combine(run, "env"))
            .Select(line => line["export ".Length..].Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new ControlPlane(tools, run, environment);
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await StopAsync();
    }

    private async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
            await ExecuteAsync(_tools, "down", _run, NoSettings);
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => StopAsync().GetAwaiter().GetResult();

    private static async Task ExecuteAsync(string tools, string program, string run, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(Path.Combine(tools, program))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["K8S_RUN"] = run;
        start.Environment["K8S_KEEP"] = "0";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed: {await errors}{await output}");
    }

    private static string? Tools()
    {
        var named = System.Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrWhiteSpace(named))
            return File.Exists(Path.Combine(named, "up")) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
            {
                var beside = Path.Combine(folder.FullName, "..", "shared", "tools", "kube");
                return File.Exists(Path.Combine(beside, "up")) ? Path.GetFullPath(beside) : null;
            }
        return null;
    }
}

/// <summary>A test that needs the real control plane. Without one it is skipped, and ./test says so.</summary>
public sealed class ControlPlaneFactAttribute : FactAttribute
{
    public ControlPlaneFactAttribute() => Skip = ControlPlane.Unavailable;
}

/// <inheritdoc cref="ControlPlaneFactAttribute"/>
public sealed class ControlPlaneTheoryAttribute : TheoryAttribute
{
    public ControlPlaneTheoryAttribute() => Skip = ControlPlane.Unavailable;
}

/// <summary>A test that runs a program of the machine. Without it the test is skipped, and ./test says so.</summary>
public sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program)
    {
        Program = program;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
            Skip = $"{program} is not installed";
    }

    public string Program { get; }
}
