using Microsoft.Extensions.Logging;

namespace Marketplace.Migrations;

/// <summary>Migrations as a command.</summary>
/// <remarks>Not top-level statements: every such program documents a global <c>Program</c>, and the host that embeds this one has its own.</remarks>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        const string Usage = """
                Marketplace.Migrations apply            bring the database up to this build
                Marketplace.Migrations list             compare the files with the database, change nothing
                Marketplace.Migrations script SCHEMA    print what EF would create for one schema, as a start for a new file

                The owner's connection is read from Data__MigrationConnectionString, else Data__ConnectionString.
            """;

        using var logging = LoggerFactory.Create(builder => builder.AddSimpleConsole(console => console.SingleLine = true));
        var runner = new MigrationRunner(MigrationCatalog.Load(), logging.CreateLogger("Migrations"));
        try
        {
            switch (args)
            {
                case ["apply"]:
                    var applied = await runner.ApplyAsync(Connection(), CancellationToken.None);
                    await Console.Out.WriteLineAsync(applied.Count == 0 ? "Nothing to do." : $"Applied {applied.Count}.");
                    return 0;
                case ["list"]:
                    foreach (var state in await runner.ListAsync(Connection(), CancellationToken.None))
                        await Console.Out.WriteLineAsync($"{state.Status, -8} {state.AppliedAt?.ToString("u") ?? "", -20} {state.Name}");
                    return 0;
                case ["script", var schema]:
                    await Console.Out.WriteLineAsync(ModelScript.For(schema));
                    return 0;
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return 2;
            }
        }
        catch (MigrationException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }

        static string Connection() =>
            new[] { "Data__MigrationConnectionString", "Data__ConnectionString" }
                .Select(Environment.GetEnvironmentVariable)
                .FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))
            ?? throw new MigrationException("Set Data__MigrationConnectionString to the owner's connection string.");
    }
}
