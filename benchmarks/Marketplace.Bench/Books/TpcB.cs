using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Marketplace.Bench.Books;

/// <summary>
/// pgbench's built-in script, TPC-B like, on the same server and with the same settings as ours: the yardstick for a ledger on PostgreSQL
/// (https://www.postgresql.org/docs/15/pgbench.html). Prepared statements, so that it is at its fastest.
/// </summary>
internal sealed class TpcB
{
    /// <summary>Branches; above the number of clients, so that they do not wait for one row (pgbench's own advice).</summary>
    private const int Scale = 20;
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly string program;
    private readonly int clients;

    private TpcB(NpgsqlConnectionStringBuilder server, string program, int clients) =>
        (this.server, this.program, this.clients) = (server, program, clients);

    /// <param name="owner">The connection of a role that may create a schema.</param>
    /// <param name="processes">The same server's, beside whose program pgbench is.</param>
    public static async Task<TpcB> PrepareAsync(string owner, ServerProcesses processes, int clients, CancellationToken ct)
    {
        string pgbench = Path.Combine(processes.ProgramFolder, "pgbench");
        if (!File.Exists(pgbench))
            throw new BenchmarkException($"{pgbench} is missing. Install the package postgresql.");
        await using var source = NpgsqlDataSource.Create(owner);
        await using var command = source.CreateCommand("create schema tpcb");
        await command.ExecuteNonQueryAsync(ct);
        var bench = new TpcB(new NpgsqlConnectionStringBuilder(owner), pgbench, clients);
        await bench.RunAsync(ct, "-i", "-q", "-s", Text(Scale));
        return bench;
    }

    /// <returns>Transactions per second, connecting left out.</returns>
    public async Task<double> MeasureAsync(TimeSpan time, CancellationToken ct)
    {
        string output = await RunAsync(
            ct,
            "-n",
            "-M",
            "prepared",
            "-c",
            Text(clients),
            "-j",
            Text(Math.Min(2, clients)),
            "-T",
            Text((int)time.TotalSeconds)
        );
        const string Label = "tps = ";
        string line =
            output.Split('\n').FirstOrDefault(l => l.StartsWith(Label, StringComparison.Ordinal))
            ?? throw new BenchmarkException($"pgbench printed no rate:\n{output}");
        return double.Parse(line[Label.Length..].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private async Task<string> RunAsync(CancellationToken ct, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PGHOST"] = server.Host;
        start.Environment["PGPORT"] = Text(server.Port);
        start.Environment["PGUSER"] = server.Username;
        start.Environment["PGPASSWORD"] = server.Password;
        start.Environment["PGDATABASE"] = server.Database;
        start.Environment["PGOPTIONS"] = "-c search_path=tpcb";
        using Process process = Process.Start(start) ?? throw new BenchmarkException("pgbench did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(ct);
        string errors = await process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0 ? await output : throw new BenchmarkException($"pgbench failed: {errors}");
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
