using Marketplace.Scheduling.Packing;
using Npgsql;

namespace Marketplace.Market.Features.Catalog;

/// <summary>
/// What is being bought, as the scheduler wants to know it when it chooses nodes: the shapes of the latest claims on capacity, held, sold and
/// released alike, on all clusters. Read again now and then, because every new mix makes snapshots and their prices new.
/// </summary>
internal sealed class SoldDemand(NpgsqlDataSource source, TimeProvider time) : IDisposable
{
    /// <summary>How many claims back.</summary>
    public const int Claims = 2_000;

    public static readonly TimeSpan ReadAfter = TimeSpan.FromMinutes(10);

    // A replica's processors and memory stand once, with its first device; each claim is of one role, whose replicas are alike.
    private const string Statement = """
        select l.device_model, count(*)::int, count(*) filter (where g.cpu_milli > 0 or g.host_memory_mib > 0)::int,
               max(g.cpu_milli), max(g.host_memory_mib), c.card_milli
        from (select id, listing_id, card_milli from market.capacity_claim order by id desc limit @claims) c
        join market.listing l on l.id = c.listing_id
        join market.capacity_grant g on g.claim_id = c.id
        group by c.id, l.device_model, c.card_milli
        """;

    private readonly SemaphoreSlim gate = new(1, 1);
    private Demand demand = Demand.Typical;
    private DateTimeOffset readAgainAt = DateTimeOffset.MinValue;

    public async Task<Demand> CurrentAsync(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now >= readAgainAt)
            {
                demand = await ReadAsync(ct);
                readAgainAt = now + ReadAfter;
            }
            return demand;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task<Demand> ReadAsync(CancellationToken ct)
    {
        await using NpgsqlCommand command = source.CreateCommand(Statement);
        command.Parameters.AddWithValue("claims", Claims);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct);
        var kinds = new Dictionary<DemandShape, int>();
        while (await reader.ReadAsync(ct))
        {
            string? model = await reader.IsDBNullAsync(0, ct) ? null : reader.GetString(0);
            int grants = reader.GetInt32(1),
                replicas = Math.Max(1, reader.GetInt32(2));
            var shape = new DemandShape(
                reader.GetInt32(3),
                reader.GetInt32(4),
                model is null ? 0 : grants / replicas,
                model is null ? 0 : (int)Math.Clamp(reader.GetInt64(5) / grants, 1, PodShape.WholeCard),
                model
            );
            kinds[shape] = kinds.GetValueOrDefault(shape) + replicas;
        }
        // The order of kinds decides ties, and a database returns groups in any order.
        return Demand.Of(
            kinds
                .Select(kind => (kind.Key, kind.Value))
                .OrderByDescending(kind => kind.Value)
                .ThenBy(kind => kind.Key.ToString(), StringComparer.Ordinal)
        );
    }
}
