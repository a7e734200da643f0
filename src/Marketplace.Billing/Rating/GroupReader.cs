using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Rating;

/// <param name="By">A name of <see cref="Groupings"/>.</param>
/// <param name="Daily">Each group by day in UTC.</param>
/// <param name="Asked">The side whose amounts count; null for the first that the viewer has of each trade.</param>
internal sealed record GroupScope(string By, bool Daily, Currency Currency, DateTimeOffset From, DateTimeOffset To, Side? Asked);

/// <summary>Adds up rated lines. Every query carries whose they are.</summary>
internal sealed class GroupReader(MarketplaceDbContext db)
{
    /// <summary>One unit of one group of one day.</summary>
    private sealed record Part(
        string Day,
        string Key,
        string Meter,
        string Unit,
        decimal Quantity,
        long Amount,
        bool OfOperator,
        long Net,
        long Center,
        long Commission
    );

    /// <exception cref="ArgumentException">There is no such grouping.</exception>
    public async Task<IReadOnlyList<CostGroup>> ReadAsync(GroupScope scope, Actor viewer, CancellationToken ct)
    {
        Grouping grouping =
            Groupings.Find(scope.By)
            ?? throw new ArgumentException($"'{scope.By}' is not a group. Use {Groupings.NamesFor(null)}.", nameof(scope));
        string day = scope.Daily ? "to_char(r.window_from at time zone 'UTC', 'YYYY-MM-DD')" : "''";
        // One party may stand on several sides; each line counts on the side asked for, or on the first that is the viewer's.
        var parts = await db.ReadAsync(
            $"""
            select {day}, {grouping.MaskedSql}, r.meter, p.unit, sum(r.quantity) / p.quantity_per_unit,
                   sum(case r.side when 'customer' then r.net + r.tax when 'operator' then r.operator else r.center end)::bigint,
                   bool_and(r.side = 'operator'), sum(r.net)::bigint, sum(r.center)::bigint, sum(r.commission)::bigint
            from (
                select l.*, case
                    when $1::text is null then coalesce($5, 'customer')
                    when $5 = 'customer' or ($5::text is null and l.customer_id = $1) then case when l.customer_id = $1 then 'customer' end
                    when $5 = 'operator' or ($5::text is null and l.operator_id = $1) then case when l.operator_id = $1 then 'operator' end
                    else case when l.center_id = $1 then 'center' end end as side
                from billing.rated_line l
                where l.currency = $2 and l.window_from >= $3 and l.window_from < $4
                  and ($1::text is null or $1 in (l.customer_id, l.operator_id, l.center_id))
            ) r
            join billing.contract_terms t on t.contract_id = r.contract_id
            join billing.price_version p on p.contract_id = r.contract_id and p.meter = r.meter and p.version = r.price_version
            left join billing.contract_scope s on s.contract_id = r.contract_id
            where r.side is not null
            group by 1, 2, 3, 4, p.quantity_per_unit
            order by 1, 2, 3, 4
            """,
            r => new Part(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.GetString(3),
                r.GetDecimal(4),
                r.GetInt64(5),
                r.GetBoolean(6),
                r.GetInt64(7),
                r.GetInt64(8),
                r.GetInt64(9)
            ),
            ct,
            viewer.SeesAll ? null : viewer.PartyId,
            scope.Currency.Code,
            scope.From.ToUniversalTime(),
            scope.To.ToUniversalTime(),
            scope.Asked?.ToString().ToLowerInvariant()
        );
        return [.. parts.GroupBy(p => (p.Day, p.Key)).Select(g => Group(g.Key.Day, g.Key.Key, [.. g], scope.Currency))];
    }

    /// <summary>What a customer's ended contracts were charged, tax included, in micro-units.</summary>
    public async Task<long> EndedAsync(
        string customerId,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    ) =>
        (
            await db.ReadAsync(
                """
                select coalesce(sum(l.net + l.tax), 0)::bigint
                from billing.rated_line l
                join billing.contract_cost c on c.contract_id = l.contract_id and c.ended_at is not null
                where l.customer_id = $1 and l.currency = $2 and l.window_from >= $3 and l.window_from < $4
                """,
                r => r.GetInt64(0),
                ct,
                customerId,
                currency.Code,
                from.ToUniversalTime(),
                to.ToUniversalTime()
            )
        ).Single();

    private static CostGroup Group(string day, string key, IReadOnlyList<Part> parts, Currency currency)
    {
        Money Sum(Func<Part, long> micros) => new(parts.Aggregate(0L, (sum, p) => checked(sum + micros(p))), currency);
        return new CostGroup(key, Sum(p => p.Amount), parts.Where(p => p.Meter == MeterRule.CardSeconds).Sum(p => p.Quantity))
        {
            Day = day.Length == 0 ? null : DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            Quantities =
            [
                .. parts
                    .GroupBy(p => p.Unit, StringComparer.Ordinal)
                    .Select(u => new CostQuantity(
                        u.Key,
                        u.Sum(p => p.Quantity),
                        new Money(u.Aggregate(0L, (sum, p) => checked(sum + p.Amount)), currency)
                    )),
            ],
            Split = parts.All(p => p.OfOperator) ? new TradeSplit(Sum(p => p.Net), Sum(p => p.Center), Sum(p => p.Commission)) : null,
        };
    }
}
