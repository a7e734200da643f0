using System.Diagnostics;
using System.Globalization;

namespace Marketplace.Faults.Tests.Support;

/// <summary>This assembly's own program as a process that may be killed.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process process;
    private readonly Task<string> errors;

    private ChildProcess(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
    }

    public static ChildProcess Start(string connectionString, int seed, int workers, int requests)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                "exec",
                typeof(ChildProcess).Assembly.Location,
                connectionString,
                seed.ToString(CultureInfo.InvariantCulture),
                workers.ToString(CultureInfo.InvariantCulture),
                requests.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>kill -9.</summary>
    public void Kill() => process.Kill();

    public void Say(string line)
    {
        try
        {
            process.StandardInput.WriteLine(line);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It was killed; nobody waits for the line.
            return;
        }
    }

    /// <summary>Hears every line to the end of the process, also those written before a kill and read after it.</summary>
    /// <returns>The exit code, and what it said on the error stream.</returns>
    public async Task<(int ExitCode, string Errors)> ListenAsync(Action<string> heard)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            heard(line);
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
