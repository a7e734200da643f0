using System.Text.Json.Serialization;
using Marketplace.Migrations;
using Marketplace.Platform.Outbox;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Web.Api.Health;

/// <param name="Status"><c>ready</c>, <c>degraded</c> (serves, but something lags) or <c>unready</c>.</param>
/// <param name="Pending">Migrations this build has and the database lacks.</param>
internal sealed record ReadinessReport(
    string Status,
    string Database,
    IReadOnlyList<string> Pending,
    [property: JsonPropertyName("outboxAgeSeconds")] double OutboxAgeSeconds,
    long OutboxDead
);

/// <summary>Whether this replica should get requests.</summary>
internal sealed partial class Readiness(
    NpgsqlDataSource source,
    IServiceScopeFactory scopes,
    IOptions<ApiOptions> options,
    TimeProvider time,
    ILogger<Readiness> log
)
{
    private static readonly IReadOnlyList<string> Known = [.. MigrationCatalog.Load().Select(m => m.Name)];

    public async Task<ReadinessReport> CheckAsync(CancellationToken ct)
    {
        try
        {
            HashSet<string> applied = new(StringComparer.Ordinal);
            await using (var command = source.CreateCommand("select name from platform.schema_version"))
            {
                command.CommandTimeout = 5;
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                    applied.Add(reader.GetString(0));
            }
            List<string> pending = [.. Known.Where(name => !applied.Contains(name))];
            await using var scope = scopes.CreateAsyncScope();
            OutboxStanding outbox = await scope.ServiceProvider.GetRequiredService<OutboxDesk>().StandingAsync(ct);
            TimeSpan age = outbox.OldestWaiting is { } oldest && oldest < time.GetUtcNow() ? time.GetUtcNow() - oldest : TimeSpan.Zero;
            string status =
                pending.Count > 0 ? "unready"
                : age > options.Value.OutboxAgeLimit || outbox.Dead > 0 ? "degraded"
                : "ready";
            return new ReadinessReport(status, "answers", pending, Math.Round(age.TotalSeconds, 1), outbox.Dead);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            NoDatabase(e);
            return new ReadinessReport("unready", "does not answer", [], 0, 0);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database does not answer")]
    private partial void NoDatabase(Exception e);
}
