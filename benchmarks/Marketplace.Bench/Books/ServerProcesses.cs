using System.Globalization;
using Npgsql;

namespace Marketplace.Bench.Books;

/// <summary>The processes of one PostgreSQL server, as Linux counts them in /proc.</summary>
internal sealed class ServerProcesses
{
    // What the kernel counts in: USER_HZ, 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private const int State = 0;
    private const int Parent = 1;
    private const int UserTicks = 11;
    private const int SystemTicks = 12;
    private const int ChildUserTicks = 13;
    private const int ChildSystemTicks = 14;
    private readonly int postmaster;

    private ServerProcesses(int postmaster) => this.postmaster = postmaster;

    public static async Task<ServerProcesses> OfAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select pg_backend_pid()");
        int backend = (int)(await command.ExecuteScalarAsync(ct))!;
        return new ServerProcesses((int)Fields(backend)![Parent]);
    }

    /// <summary>Where the server's program is, and the tools that belong to it.</summary>
    public string ProgramFolder =>
        Path.GetDirectoryName(new FileInfo($"/proc/{postmaster}/exe").LinkTarget)
        ?? throw new BenchmarkException("The server's program was not found in /proc.");

    /// <summary>
    /// CPU seconds of the whole server so far, user and system: backends, those that have ended, WAL writer, checkpointer, vacuum.
    /// </summary>
    public double CpuSeconds()
    {
        long ticks = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int pid)
                && Fields(pid) is { } fields
                && fields[State] != 'Z'
            )
            {
                if (pid == postmaster)
                    ticks += fields[UserTicks] + fields[SystemTicks] + fields[ChildUserTicks] + fields[ChildSystemTicks];
                else if (fields[Parent] == postmaster)
                    ticks += fields[UserTicks] + fields[SystemTicks];
            }
        }
        return ticks / TicksPerSecond;
    }

    /// <summary>The numbers after the name in /proc/pid/stat; null when the process is gone.</summary>
    private static long[]? Fields(int pid)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{pid}/stat");
            // The name stands in parentheses and may itself contain any character.
            string[] rest = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return [rest[0][0], .. rest.Skip(1).Take(ChildSystemTicks).Select(f => long.Parse(f, CultureInfo.InvariantCulture))];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
