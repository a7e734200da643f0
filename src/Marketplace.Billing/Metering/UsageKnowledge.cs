using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Time;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Metering;

/// <summary>How far one contract's usage is known.</summary>
/// <param name="KnownThrough">Every source has told everything before it.</param>
/// <param name="Ended">When its last reading is in; null while more may come.</param>
internal readonly record struct UsageReach(DateTimeOffset KnownThrough, DateTimeOffset? Ended)
{
    /// <summary>Before this nothing is expected any more: it is heard past it by the grace, or the contract is read to the end.</summary>
    public DateTimeOffset ClosedThrough(TimeSpan grace) => Ended is null ? KnownThrough - grace : DateTimeOffset.MaxValue;
}

/// <summary>What is known of usage and what is not. Unknown time is told as such; it is never zero.</summary>
internal sealed class UsageKnowledge(MarketplaceDbContext db, ActorContext actor, IOptions<BillingOptions> options, TimeProvider time)
{
    /// <summary>How far the usage of contracts is known; no entry for one that no source answers for. The caller has checked who may see them.</summary>
    public async Task<IReadOnlyDictionary<string, UsageReach>> ReachAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct) =>
        (
            await db.ReadAsync(
                "select contract_id, known_through, ended from billing.usage_known($1)",
                r => (Contract: r.GetString(0), Reach: new UsageReach(r.Instant(1), r.InstantOrNull(2))),
                ct,
                (object)(string[])[.. contractIds]
            )
        ).ToDictionary(r => r.Contract, r => r.Reach, StringComparer.Ordinal);

    public async Task<ContractUsage?> FindAsync(string contractId, CancellationToken ct)
    {
        // The party filter hides other parties' contracts.
        if (!await db.Set<ContractTermsRow>().AnyAsync(t => t.ContractId == contractId, ct))
            return null;
        UsageReach? reach = (await ReachAsync([contractId], ct)).TryGetValue(contractId, out UsageReach known) ? known : null;
        // What is younger than the grace is on its way.
        DateTimeOffset until = reach?.Ended ?? time.GetUtcNow() - options.Value.UsageGrace;
        var unknown = await db.ReadAsync(
            """
            select lower(u), upper(u)
            from (
                select range_agg(tstzmultirange(tstzrange(f.since, greatest(f.since, $2))) - f.covered) as gaps
                from billing.usage_feed f where f.contract_id = $1
            ) g, unnest(g.gaps) u
            order by 1
            """,
            r => new TimeRange(r.Instant(0), r.Instant(1)),
            ct,
            contractId,
            until
        );
        var meters = await db.ReadAsync(
            """
            select p.meter, coalesce(m.quantity, 0), p.unit, p.quantity_per_unit
            from (select distinct on (meter) * from billing.price_version where contract_id = $1 order by meter, version) p
            left join (
                select meter, sum(quantity) as quantity from billing.usage_meter where contract_id = $1 and meter <> 'commitment' group by meter
            ) m on m.meter = p.meter
            order by p.meter
            """,
            r => new MeterTotal(r.GetString(0), r.GetDecimal(1), r.GetString(2), r.GetDecimal(3)),
            ct,
            contractId
        );
        DateTimeOffset? closed = reach is { } r
            ? Moments.Earlier(r.ClosedThrough(options.Value.UsageGrace), r.Ended ?? r.KnownThrough)
            : null;
        return new ContractUsage(contractId, reach?.Ended ?? reach?.KnownThrough, closed, unknown, reach?.Ended is not null, meters);
    }

    /// <inheritdoc cref="IMetering.IsCompleteAsync"/>
    public async Task<bool> IsCompleteAsync(string customerId, DateTimeOffset through, CancellationToken ct)
    {
        DateTimeOffset end = through.ToUniversalTime();
        if (time.GetUtcNow() >= end + options.Value.UsagePatience)
            return true;
        var missing = await db.ReadAsync(
            """
            select k.contract_id
            from billing.usage_known(array(
                select c.contract_id from billing.contract_cost c where c.customer_id = $1 and (c.ended_at is null or c.ended_at > $4)
                union
                select r.contract_id from billing.rated_line r
                where r.customer_id = $1 and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id))) k
            where k.ended is null and k.since < $2 and k.known_through < $3
            limit 1
            """,
            r => r.GetString(0),
            ct,
            customerId,
            end,
            end + options.Value.UsageGrace,
            end - options.Value.UsagePatience
        );
        return missing.Count == 0;
    }

    /// <summary>Every source, the longest silent first.</summary>
    /// <exception cref="InvalidOperationException">The actor sees one party only.</exception>
    public async Task<IReadOnlyList<UsageSourceView>> SourcesAsync(CancellationToken ct)
    {
        if (!actor.Current.SeesAll)
            throw new InvalidOperationException("Only the system and the network desk see every source.");
        DateTimeOffset quiet = time.GetUtcNow() - options.Value.UsageGrace;
        return await db.ReadAsync(
            """
            select f.source, t.center_id, count(*), count(*) filter (where e.ended is null),
                   min(billing.heard_through(f)) filter (where e.ended is null), max(f.reported_at),
                   (select count(*) from billing.usage_quarantine q
                    where q.source = f.source and not exists (select from billing.usage_quarantine_outcome o where o.quarantine_id = q.id))
            from billing.usage_feed f
            join billing.contract_terms t on t.contract_id = f.contract_id
            cross join lateral (select billing.usage_ended(f.contract_id) as ended) e
            group by f.source, t.center_id
            order by 5 nulls last, f.source, t.center_id
            """,
            r =>
            {
                DateTimeOffset? known = r.InstantOrNull(4);
                return new UsageSourceView(
                    r.GetString(0),
                    r.GetString(1),
                    r.GetInt64(2),
                    r.GetInt64(3),
                    known,
                    r.Instant(5),
                    known < quiet,
                    r.GetInt64(6)
                );
            },
            ct
        );
    }
}
