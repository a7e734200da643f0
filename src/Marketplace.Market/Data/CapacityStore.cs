using System.Data;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.Market.Data;

/// <summary>
/// The statements behind <see cref="ICapacity"/>, on the transaction that is open: set-based, so that a thousand requests are two round
/// trips. Locks are taken in one order everywhere: reference, listings by id, devices by (node, device). A listing's row lock is the mutex
/// over its claims and counters. The checks are made on locked rows before anything is written; the CHECK constraints stand behind them.
/// </summary>
internal sealed class CapacityStore(MarketplaceDbContext db)
{
    private const string Siblings = """
        SELECT s.id FROM market.listing s WHERE (s.cluster_id, coalesce(s.device_model, '')) IN
          (SELECT w.cluster_id, coalesce(w.device_model, '') FROM market.listing w WHERE w.id = ANY(@listings))
        """;

    private const string LockReference = "SELECT pg_advisory_xact_lock(hashtextextended('market.claim ' || @reference, 0))";
    private const string ReferenceInUse =
        "SELECT min(reference) FROM market.capacity_claim WHERE reference = ANY(@references) AND state <> 'Released'";

    // Listings of the same model in the same cluster share its cards, so they are locked and counted together.
    private const string LockListings = $"""
        SELECT l.id, l.party_id, l.cluster_id, l.device_model, l.state, l.cards, l.sold_milli, l.held_milli, l.allow_shared
        FROM market.listing l WHERE l.id IN ({Siblings}) ORDER BY l.id FOR NO KEY UPDATE
        """;

    private const string AddUses = """
        INSERT INTO market.capacity_use (node_id, device_id, cluster_id)
        SELECT k.node, k.device, l.cluster_id
        FROM unnest(@nodes, @devices, @owners) AS k(node, device, listing) JOIN market.listing l ON l.id = k.listing
        ORDER BY k.node, k.device ON CONFLICT DO NOTHING
        """;

    private const string LockUses = """
        SELECT u.node_id, u.device_id, u.compute_milli, u.memory_mib
        FROM market.capacity_use u JOIN unnest(@nodes, @devices) AS k(node, device) ON u.node_id = k.node AND u.device_id = k.device
        ORDER BY u.node_id, u.device_id FOR NO KEY UPDATE OF u
        """;

    private const string AnyDue = $"""
        SELECT EXISTS (SELECT 1 FROM market.capacity_claim
          WHERE state = 'Held' AND expires_at <= @now AND listing_id IN ({Siblings}))
        """;

    /// <summary>Locks a reference alone, before its claims are read: whoever comes second reads what the first one wrote.</summary>
    public async Task LockReferenceAsync(string reference, CancellationToken ct)
    {
        await using NpgsqlBatch batch = Batch();
        Add(batch, LockReference, P("reference", reference));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Locks everything the requests touch and reads it. Claims of these listings whose time has run out are released first.</summary>
    /// <param name="references">One is locked too; many must be new ids that nobody else can know yet.</param>
    public async Task<LockedCapacity> LockAsync(
        IReadOnlyList<string> references,
        IReadOnlyList<CapacityRequest> requests,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var keys = UseKey.Of(requests);
        await using NpgsqlBatch batch = Batch();
        string[] listings = [.. requests.Select(r => r.ListingId).Distinct(StringComparer.Ordinal)];
        // Advisory locks are kept in a table of fixed size: thousands of them do not fit.
        if (references.Count == 1)
            Add(batch, LockReference, P("reference", references[0]));
        Add(batch, ReferenceInUse, P("references", references.ToArray()));
        Add(batch, LockListings, P("listings", listings));
        string[] nodes = [.. keys.Select(k => k.Key.NodeId)];
        string[] devices = [.. keys.Select(k => k.Key.DeviceId)];
        Add(batch, AddUses, P("nodes", nodes), P("devices", devices), P("owners", keys.Select(k => k.ListingId).ToArray()));
        Add(batch, LockUses, P("nodes", nodes), P("devices", devices));
        Add(batch, AnyDue, P("listings", listings), T("now", now));
        bool due;
        LockedCapacity locked;
        await using (NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct))
        {
            if (references.Count == 1)
                await reader.NextResultAsync(ct);
            await reader.ReadAsync(ct);
            string? inUse = await reader.IsDBNullAsync(0, ct) ? null : reader.GetString(0);
            await reader.NextResultAsync(ct);
            var lockedListings = await ListingsAsync(reader, ct);
            await reader.NextResultAsync(ct);
            locked = new LockedCapacity(inUse, lockedListings, await UsesAsync(reader, ct));
            await reader.NextResultAsync(ct);
            await reader.ReadAsync(ct);
            due = reader.GetBoolean(0);
        }
        if (!due)
            return locked;
        await ReleaseWhereAsync(
            $"state = 'Held' AND expires_at <= @now AND listing_id IN ({Siblings})",
            [P("listings", listings)],
            now,
            ct
        );
        await using NpgsqlBatch again = Batch();
        Add(again, LockListings, P("listings", listings));
        Add(again, LockUses, P("nodes", nodes), P("devices", devices));
        await using NpgsqlDataReader fresh = await again.ExecuteReaderAsync(ct);
        var listingsNow = await ListingsAsync(fresh, ct);
        await fresh.NextResultAsync(ct);
        return new LockedCapacity(locked.ReferenceInUse, listingsNow, await UsesAsync(fresh, ct));
    }

    /// <summary>Writes claims and counts them. Everything is locked and checked already.</summary>
    /// <param name="memoryLimitMib">Physical memory of each device, for the CHECK; 0 for one that is gone, which keeps what is known.</param>
    /// <param name="until">When they are held, their end; null when they are sold at once.</param>
    public async Task TakeAsync(
        IReadOnlyList<NewClaim> claims,
        Func<UseKey, int> memoryLimitMib,
        DateTimeOffset now,
        DateTimeOffset? until,
        CancellationToken ct
    )
    {
        var requests = claims.Select(c => c.Request).ToList();
        var byListing = requests
            .GroupBy(r => r.ListingId, StringComparer.Ordinal)
            .Select(g => (Id: g.Key, Milli: g.Sum(r => r.CardMilli)))
            .ToList();
        var uses = UseKey.Sum(requests).ToList();
        var grants = claims
            .SelectMany(c => c.Request.Grants.Select((grant, ordinal) => (Claim: c, Grant: grant, Ordinal: ordinal)))
            .ToList();
        string counter = until is null ? "sold_milli" : "held_milli";
        await using NpgsqlBatch batch = Batch();
        Add(
            batch,
            $"UPDATE market.listing l SET {counter} = l.{counter} + k.milli FROM unnest(@ids, @milli) AS k(id, milli) WHERE l.id = k.id",
            P("ids", byListing.Select(l => l.Id).ToArray()),
            P("milli", byListing.Select(l => l.Milli).ToArray())
        );
        Add(
            batch,
            """
            UPDATE market.capacity_use u SET compute_milli = u.compute_milli + k.compute, memory_mib = u.memory_mib + k.memory,
              memory_limit_mib = CASE WHEN k.memory_limit > 0 THEN k.memory_limit ELSE u.memory_limit_mib END
            FROM unnest(@nodes, @devices, @compute, @memory, @limits) AS k(node, device, compute, memory, memory_limit)
            WHERE u.node_id = k.node AND u.device_id = k.device
            """,
            P("nodes", uses.Select(u => u.Key.NodeId).ToArray()),
            P("devices", uses.Select(u => u.Key.DeviceId).ToArray()),
            P("compute", uses.Select(u => u.Value.ComputeMilli).ToArray()),
            P("memory", uses.Select(u => u.Value.MemoryMib).ToArray()),
            P("limits", uses.Select(u => (long)memoryLimitMib(u.Key)).ToArray())
        );
        Add(
            batch,
            """
            INSERT INTO market.capacity_claim (id, party_id, listing_id, cluster_id, reference, ordinal, state, card_milli, expires_at, created_at)
            SELECT k.id, l.party_id, l.id, l.cluster_id, k.reference, k.ordinal, @state, k.milli, @until, @now
            FROM unnest(@ids, @listings, @references, @ordinals, @milli) AS k(id, listing, reference, ordinal, milli) JOIN market.listing l ON l.id = k.listing
            """,
            P("state", until is null ? nameof(ClaimState.Sold) : nameof(ClaimState.Held)),
            new NpgsqlParameter("until", NpgsqlDbType.TimestampTz) { Value = until is { } end ? end.ToUniversalTime() : DBNull.Value },
            T("now", now),
            P("ids", claims.Select(c => c.Id).ToArray()),
            P("references", claims.Select(c => c.Reference).ToArray()),
            P("listings", claims.Select(c => c.Request.ListingId).ToArray()),
            P("ordinals", claims.Select(c => c.Ordinal).ToArray()),
            P("milli", claims.Select(c => c.Request.CardMilli).ToArray())
        );
        Add(
            batch,
            """
            INSERT INTO market.capacity_grant (claim_id, ordinal, party_id, node_id, device_id, compute_milli, memory_mib, cpu_milli, host_memory_mib)
            SELECT k.claim, k.ordinal, c.party_id, k.node, k.device, k.compute, k.memory, k.cpu, k.host
            FROM unnest(@claims, @ordinals, @nodes, @devices, @compute, @memory, @cpu, @host) AS k(claim, ordinal, node, device, compute, memory, cpu, host)
            JOIN market.capacity_claim c ON c.id = k.claim
            """,
            P("claims", grants.Select(g => g.Claim.Id).ToArray()),
            P("ordinals", grants.Select(g => g.Ordinal).ToArray()),
            P("nodes", grants.Select(g => g.Grant.NodeId).ToArray()),
            P("devices", grants.Select(g => g.Grant.DeviceId ?? "").ToArray()),
            P("compute", grants.Select(g => g.Grant.ComputeMilli).ToArray()),
            P("memory", grants.Select(g => g.Grant.MemoryMib).ToArray()),
            P("cpu", grants.Select(g => g.Grant.CpuMilli).ToArray()),
            P("host", grants.Select(g => g.Grant.HostMemoryMib).ToArray())
        );
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Locks a reference's active claims and says how they stand.</summary>
    public async Task<ReferenceStanding> LockReferenceAsync(string reference, string soldTo, DateTimeOffset now, CancellationToken ct)
    {
        await using NpgsqlBatch batch = Batch();
        Add(batch, LockReference, P("reference", reference));
        Add(batch, LockClaimListings("reference = @reference AND state <> 'Released'"), P("reference", reference));
        Add(
            batch,
            """
            SELECT count(*) FILTER (WHERE state = 'Held'), count(*) FILTER (WHERE state = 'Held' AND expires_at <= @now),
                   count(*) FILTER (WHERE state = 'Sold'), count(*) FILTER (WHERE state = 'Released'),
                   (SELECT count(*) FROM market.capacity_claim o WHERE o.reference = @sold_to AND o.reference <> @reference AND o.state <> 'Released')
            FROM market.capacity_claim WHERE reference = @reference
            """,
            P("reference", reference),
            P("sold_to", soldTo),
            T("now", now)
        );
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return new ReferenceStanding(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4));
    }

    /// <summary>Held → Sold, counters along. The claims are locked already.</summary>
    public async Task SellAsync(string reference, string soldTo, CancellationToken ct)
    {
        await using NpgsqlBatch batch = Batch();
        Add(
            batch,
            """
            WITH moved AS (
              UPDATE market.capacity_claim SET state = 'Sold', reference = @sold_to, expires_at = NULL
              WHERE reference = @reference AND state = 'Held' RETURNING listing_id, card_milli
            ), sums AS (SELECT listing_id, sum(card_milli)::bigint AS milli FROM moved GROUP BY listing_id)
            UPDATE market.listing l SET held_milli = l.held_milli - s.milli, sold_milli = l.sold_milli + s.milli FROM sums s WHERE l.id = s.listing_id
            """,
            P("reference", reference),
            P("sold_to", soldTo)
        );
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <returns>How many claims were released; 0 when there was nothing left to release.</returns>
    public Task<int> ReleaseAsync(string reference, DateTimeOffset now, CancellationToken ct) =>
        ReleaseWhereAsync("reference = @reference AND state <> 'Released'", [P("reference", reference)], now, ct);

    /// <summary>Releases up to <paramref name="limit"/> held claims whose time has run out.</summary>
    public async Task<int> ExpireAsync(int limit, DateTimeOffset now, CancellationToken ct)
    {
        await using NpgsqlBatch batch = Batch();
        Add(
            batch,
            "SELECT id FROM market.capacity_claim WHERE state = 'Held' AND expires_at <= @now ORDER BY expires_at LIMIT @limit",
            T("now", now),
            P("limit", limit)
        );
        List<string> due = [];
        await using (NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
                due.Add(reader.GetString(0));
        }
        return due.Count == 0
            ? 0
            : await ReleaseWhereAsync("id = ANY(@due) AND state = 'Held' AND expires_at <= @now", [P("due", due.ToArray())], now, ct);
    }

    private async Task<int> ReleaseWhereAsync(string which, NpgsqlParameter[] parameters, DateTimeOffset now, CancellationToken ct)
    {
        NpgsqlParameter[] All() => [.. parameters.Select(p => p.Clone()), T("now", now)];
        await using NpgsqlBatch batch = Batch();
        Add(batch, LockClaimListings(which), All());
        Add(
            batch,
            $"""
            SELECT 1 FROM market.capacity_use u WHERE (u.node_id, u.device_id) IN (
              SELECT g.node_id, x.device FROM market.capacity_grant g CROSS JOIN LATERAL (VALUES (g.device_id), ('')) AS x(device)
              WHERE g.claim_id IN (SELECT id FROM market.capacity_claim WHERE {which}))
            ORDER BY u.node_id, u.device_id FOR NO KEY UPDATE
            """,
            All()
        );
        // A held claim has an end and a sold one has none, which tells them apart after the update.
        Add(
            batch,
            $"""
            WITH gone AS (
              UPDATE market.capacity_claim SET state = 'Released', released_at = @now WHERE {which}
              RETURNING id, listing_id, card_milli, expires_at IS NOT NULL AS was_held
            ), counted AS (
              UPDATE market.listing l SET held_milli = l.held_milli - s.held, sold_milli = l.sold_milli - s.sold
              FROM (SELECT listing_id, coalesce(sum(card_milli) FILTER (WHERE was_held), 0)::bigint AS held,
                           coalesce(sum(card_milli) FILTER (WHERE NOT was_held), 0)::bigint AS sold FROM gone GROUP BY listing_id) s
              WHERE l.id = s.listing_id
            ), freed AS (
              UPDATE market.capacity_use u SET compute_milli = u.compute_milli - s.compute, memory_mib = u.memory_mib - s.memory
              FROM (
                SELECT x.node_id, x.device_id, sum(x.compute)::bigint AS compute, sum(x.memory)::bigint AS memory FROM (
                  SELECT g.node_id, g.device_id, g.compute_milli AS compute, g.memory_mib AS memory
                  FROM market.capacity_grant g JOIN gone ON gone.id = g.claim_id WHERE g.device_id <> ''
                  UNION ALL
                  SELECT g.node_id, '', g.cpu_milli, g.host_memory_mib FROM market.capacity_grant g JOIN gone ON gone.id = g.claim_id
                ) x GROUP BY x.node_id, x.device_id
              ) s WHERE u.node_id = s.node_id AND u.device_id = s.device_id
            )
            SELECT count(*) FROM gone
            """,
            All()
        );
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return (int)reader.GetInt64(0);
    }

    private static string LockClaimListings(string which) =>
        $"SELECT 1 FROM market.listing WHERE id IN (SELECT listing_id FROM market.capacity_claim WHERE {which}) ORDER BY id FOR NO KEY UPDATE";

    private static async Task<Dictionary<string, LockedListing>> ListingsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new Dictionary<string, LockedListing>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            var row = new LockedListing(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                await reader.IsDBNullAsync(3, ct) ? null : reader.GetString(3),
                Enum.Parse<ListingState>(reader.GetString(4)),
                reader.GetInt32(5),
                reader.GetInt64(6) + reader.GetInt64(7),
                reader.GetBoolean(8)
            );
            rows.Add(row.Id, row);
        }
        return rows;
    }

    private static async Task<Dictionary<UseKey, Use>> UsesAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new Dictionary<UseKey, Use>();
        while (await reader.ReadAsync(ct))
            rows.Add(new UseKey(reader.GetString(0), reader.GetString(1)), new Use(reader.GetInt64(2), reader.GetInt64(3)));
        return rows;
    }

    private NpgsqlBatch Batch()
    {
        var transaction =
            db.Database.CurrentTransaction ?? throw new InvalidOperationException("Capacity moves inside a transaction only.");
        return new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)transaction.GetDbTransaction());
    }

    private static void Add(NpgsqlBatch batch, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(parameters);
        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter P<T>(string name, T value) => new NpgsqlParameter<T>(name, value);

    private static NpgsqlParameter<DateTimeOffset> T(string name, DateTimeOffset value) =>
        new(name, value.ToUniversalTime()) { NpgsqlDbType = NpgsqlDbType.TimestampTz, Direction = ParameterDirection.Input };
}
