using System.Diagnostics;
using System.Text;

namespace Marketplace.Simulator.Tests;

/// <summary>A real kubectl, found on PATH or unpacked from the tools folder beside the repository, with its kubeconfig.</summary>
internal sealed class Kubectl(string program, string kubeconfig)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Every kubectl of this machine: an old and a new one ask differently.</summary>
    public static IReadOnlyList<string> Programs { get; } = Find();

    public async Task<(int Code, string Output, string Error)> RunAsync(string? input, params string[] arguments)
    {
        var start = StartInfo(arguments);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start");
        using var limit = new CancellationTokenSource(Deadline);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"kubectl {string.Join(' ', arguments)} did not end within {Deadline.TotalSeconds:0} s", e);
        }
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Runs a command that would not end by itself and returns its output up to the first line that is waited for.</summary>
    public async Task<string> UntilLineAsync(Func<string, bool> last, Func<Task> meanwhile, params string[] arguments)
    {
        using var process = Process.Start(StartInfo(arguments)) ?? throw new InvalidOperationException("kubectl did not start");
        using var limit = new CancellationTokenSource(Deadline);
        process.StandardInput.Close();
        var output = new StringBuilder();
        try
        {
            await meanwhile();
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                output.AppendLine(line);
                if (last(line))
                {
                    return output.ToString();
                }
            }
            throw new InvalidOperationException(
                $"kubectl ended too early:\n{output}\n{await process.StandardError.ReadToEndAsync(limit.Token)}"
            );
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public async Task<string> OkAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(null, arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: exit code {code}\n{output}\n{error}");
        return output;
    }

    public async Task<string> ApplyAsync(string yaml, params string[] more)
    {
        var (code, output, error) = await RunAsync(yaml, ["apply", "-f", "-", .. more]);
        Assert.True(code == 0, $"kubectl apply: exit code {code}\n{output}\n{error}");
        return output;
    }

    private ProcessStartInfo StartInfo(string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeconfig;
        // Discovery is cached by server address; a port used again must not meet an old answer.
        start.Environment["KUBECACHEDIR"] = Path.GetDirectoryName(kubeconfig)!;
        start.Environment["HOME"] = Path.GetDirectoryName(kubeconfig)!;
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        return start;
    }

    private static List<string> Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var cache =
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var onPath = folders.Select(f => Path.Combine(f, "kubectl")).Where(File.Exists).Take(1);
        return [.. onPath.Append(Path.Combine(cache, "kube-1.20.2", "bin", "kubectl")).Where(File.Exists)];
    }
}

/// <summary>A test that is run with every kubectl there is; visibly skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute()
    {
        if (Kubectl.Programs.Count == 0)
        {
            Skip = "kubectl is neither on PATH nor unpacked by ../shared/tools/kube/up";
        }
    }
}

/// <summary>The kubectls to test with.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryKubectlAttribute : Xunit.Sdk.DataAttribute
{
    public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) =>
        Kubectl.Programs.Select(p => new object[] { p });
}
