using System.Diagnostics;
using System.Globalization;

namespace Marketplace.E2E.Hosting;

/// <summary>How a second process joins the portal's database: what an administrator does who adds a web replica.</summary>
internal static class Replica
{
    private const string Role = "marketplace_app";
    private const int PidLine = 0;
    private const int PortLine = 3;

    /// <summary>The application's connection of the PostgreSQL that the first process runs in its data folder.</summary>
    public static string ConnectionString(string dataFolder)
    {
        string password = File.ReadLines(Path.Combine(dataFolder, "pgpass")).Select(l => l.Split(':')).Single(p => p[3] == Role)[4];
        int port = Postmaster(dataFolder, PortLine);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Host=127.0.0.1;Port={port};Database=marketplace;Username={Role};Password={password};SSL Mode=Disable"
        );
    }

    /// <summary>Ends that PostgreSQL as a power cut does.</summary>
    public static void KillDatabase(string dataFolder)
    {
        using var postmaster = Process.GetProcessById(Postmaster(dataFolder, PidLine));
        postmaster.Kill();
    }

    private static int Postmaster(string dataFolder, int line) =>
        int.Parse(
            File.ReadLines(Path.Combine(dataFolder, "postgres", "data", "postmaster.pid")).ElementAt(line),
            CultureInfo.InvariantCulture
        );
}
