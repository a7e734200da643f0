using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.Market.Data;

/// <summary>What was written since a horizon, as committed rows, and the horizon to ask from next time.</summary>
internal sealed record CatalogDelta(
    string Horizon,
    bool ClaimsDue,
    IReadOnlyList<MarketParty> Parties,
    IReadOnlyList<MarketSite> Sites,
    IReadOnlyList<Listing> Listings,
    IReadOnlyList<PriceVersion> Prices,
    IReadOnlyList<ResaleAuthorization> Authorizations,
    IReadOnlyList<MarketOffer> Offers,
    IReadOnlyList<UseRow> Uses
);

internal sealed record UseRow(string ClusterId, UseKey Key, Use Use);

/// <summary>
/// Reads changes in one round trip, on a connection of its own: what the caller's transaction has not committed must not enter a cache
/// that others read. Rows carry the transaction that wrote them, and the horizon is the oldest transaction still running at the last
/// read, so nothing is missed whatever order transactions commit in; a row may come twice.
/// </summary>
internal sealed class CatalogReader(NpgsqlDataSource source)
{
    public const string FromTheBeginning = "0";

    private const string Since = "changed_xid >= (@since)::text::xid8";

    private static readonly string[] Statements =
    [
        """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
                   EXISTS (SELECT 1 FROM market.capacity_claim WHERE state = 'Held' AND expires_at <= @now)
            """,
        $"SELECT id, name, badge, kinds, state, country, currency, created_at, revision FROM market.party WHERE {Since}",
        $"SELECT id, party_id, name, name_zh, region, country, tier, latitude, longitude, created_at FROM market.site WHERE {Since}",
        $"""
            SELECT id, party_id, site_id, cluster_id, title, device_model, device_vendor, device_stack, device_memory_mib, cards, sold_milli, held_milli,
                   min_cards, currency, classes, sla, allow_shared, state, revision, created_at FROM market.listing WHERE {Since}
            """,
        $"SELECT id, listing_id, party_id, version, price_per_card_hour, effective_from, recorded_at FROM market.price_version WHERE {Since}",
        $"SELECT id, listing_id, center_id, operator_id, min_markup, max_markup, state, created_at, revision FROM market.resale_authorization WHERE {Since}",
        $"SELECT id, party_id, listing_id, title, markup, classes, white_label, state, revision, created_at, plan::text FROM market.offer WHERE {Since}",
        $"SELECT cluster_id, node_id, device_id, compute_milli, memory_mib FROM market.capacity_use WHERE {Since}",
    ];

    public async Task<CatalogDelta> ReadAsync(string since, DateTimeOffset now, CancellationToken ct)
    {
        await using NpgsqlBatch batch = source.CreateBatch();
        foreach (string statement in Statements)
        {
            var command = new NpgsqlBatchCommand(statement);
            if (ReferenceEquals(statement, Statements[0]))
                command.Parameters.Add(
                    new NpgsqlParameter<DateTimeOffset>("now", now.ToUniversalTime()) { NpgsqlDbType = NpgsqlDbType.TimestampTz }
                );
            else
                command.Parameters.Add(new NpgsqlParameter<string>("since", since));
            batch.BatchCommands.Add(command);
        }
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        string horizon = reader.GetString(0);
        bool due = reader.GetBoolean(1);
        return new CatalogDelta(
            horizon,
            due,
            await NextAsync(reader, Party, ct),
            await NextAsync(reader, Site, ct),
            await NextAsync(reader, ListingRow, ct),
            await NextAsync(reader, Price, ct),
            await NextAsync(reader, Authorization, ct),
            await NextAsync(reader, Offer, ct),
            await NextAsync(reader, UseOf, ct)
        );
    }

    private static async Task<List<T>> NextAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> map, CancellationToken ct)
    {
        await reader.NextResultAsync(ct);
        List<T> rows = [];
        while (await reader.ReadAsync(ct))
            rows.Add(map(reader));
        return rows;
    }

    private static MarketParty Party(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            Name = r.GetString(1),
            Badge = r.GetString(2),
            Kinds = (PartyKinds)r.GetInt32(3),
            State = Enum.Parse<PartyState>(r.GetString(4)),
            Country = r.GetString(5),
            Currency = r.GetString(6),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(7),
            Revision = r.GetInt32(8),
        };

    private static MarketSite Site(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            PartyId = r.GetString(1),
            Name = r.GetString(2),
            NameZh = r.GetString(3),
            Region = r.GetString(4),
            Country = r.GetString(5),
            Tier = Enum.Parse<SiteTier>(r.GetString(6)),
            Latitude = r.GetDouble(7),
            Longitude = r.GetDouble(8),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(9),
        };

    private static Listing ListingRow(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            PartyId = r.GetString(1),
            SiteId = r.GetString(2),
            ClusterId = r.GetString(3),
            Title = r.GetString(4),
            DeviceModel = r.IsDBNull(5) ? null : r.GetString(5),
            DeviceVendor = r.IsDBNull(6) ? null : r.GetString(6),
            DeviceStack = r.IsDBNull(7) ? null : r.GetString(7),
            DeviceMemoryMib = r.IsDBNull(8) ? null : r.GetInt32(8),
            Cards = r.GetInt32(9),
            SoldMilli = r.GetInt64(10),
            HeldMilli = r.GetInt64(11),
            MinCards = r.GetInt32(12),
            Currency = r.GetString(13),
            Classes = ClassNames.Parse(r.GetFieldValue<string[]>(14)),
            Sla = r.GetDecimal(15),
            AllowShared = r.GetBoolean(16),
            State = Enum.Parse<ListingState>(r.GetString(17)),
            Revision = r.GetInt32(18),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(19),
        };

    private static PriceVersion Price(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            ListingId = r.GetString(1),
            PartyId = r.GetString(2),
            Version = r.GetInt32(3),
            PricePerCardHour = Pricing.Plain(r.GetDecimal(4)),
            EffectiveFrom = r.GetFieldValue<DateTimeOffset>(5),
            RecordedAt = r.GetFieldValue<DateTimeOffset>(6),
        };

    private static ResaleAuthorization Authorization(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            ListingId = r.GetString(1),
            CenterId = r.GetString(2),
            OperatorId = r.GetString(3),
            CustomerId = r.GetString(3),
            MinMarkup = r.GetDecimal(4),
            MaxMarkup = r.GetDecimal(5),
            State = Enum.Parse<AuthorizationState>(r.GetString(6)),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(7),
            Revision = r.GetInt32(8),
        };

    private static MarketOffer Offer(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            PartyId = r.GetString(1),
            ListingId = r.GetString(2),
            Title = r.GetString(3),
            Markup = r.GetDecimal(4),
            Classes = ClassNames.Parse(r.GetFieldValue<string[]>(5)),
            WhiteLabel = r.GetBoolean(6),
            State = Enum.Parse<OfferState>(r.GetString(7)),
            Revision = r.GetInt32(8),
            CreatedAt = r.GetFieldValue<DateTimeOffset>(9),
            Plan = r.IsDBNull(10) ? null : PricePlan.Parse(r.GetString(10)),
        };

    private static UseRow UseOf(NpgsqlDataReader r) =>
        new(r.GetString(0), new UseKey(r.GetString(1), r.GetString(2)), new Use(r.GetInt64(3), r.GetInt64(4)));
}
