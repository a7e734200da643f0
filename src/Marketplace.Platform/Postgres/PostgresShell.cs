using System.Diagnostics;

namespace Marketplace.Platform.Postgres;

/// <summary>Runs PostgreSQL's programs, under an unprivileged account when we are root: PostgreSQL refuses to run as root.</summary>
internal sealed class PostgresShell(string account)
{
    /// <summary>True when programs are run under <see cref="Account"/> instead of our own account.</summary>
    public bool DropsPrivileges { get; } = Environment.IsPrivilegedProcess;

    public string Account => account;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="PostgresUnavailableException">It could not be started.</exception>
    public Task<Outcome> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation) =>
        DropsPrivileges
            ? ExecuteAsync(
                "setpriv",
                [$"--reuid={account}", $"--regid={account}", "--clear-groups", "--", program, .. arguments],
                cancellation
            )
            : ExecuteAsync(program, arguments, cancellation);

    /// <summary>Gives a path to the account PostgreSQL runs under. Nothing to do when that is our own.</summary>
    public async Task HandOverAsync(string path, CancellationToken cancellation)
    {
        if (!DropsPrivileges)
            return;
        var result = await ExecuteAsync("chown", ["-R", $"{account}:{account}", path], cancellation);
        if (result.ExitCode != 0)
            throw new PostgresUnavailableException(
                $"{path} could not be given to the account {account}: {result.Output}",
                "Create the account (apt-get install postgresql does), or name another with Data:PostgresAccount."
            );
    }

    private static async Task<Outcome> ExecuteAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // Our own folder may be closed to the other account, and initdb wants to look around in its own.
            WorkingDirectory = "/",
        };
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(inherited);
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return new Outcome(process.ExitCode, $"{await errors}{await output}".Trim());
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PostgresUnavailableException(
                $"{start.FileName} could not be started: {error.Message}",
                "Run: apt-get install postgresql util-linux.",
                error
            );
        }
    }

    /// <param name="ExitCode">0 for success.</param>
    /// <param name="Output">What it said, errors first.</param>
    internal readonly record struct Outcome(int ExitCode, string Output);
}
