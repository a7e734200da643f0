using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Rating;

/// <summary>
/// A contract's bill beside its price. Everything is derived from the stored price version and the rated lines, not from running totals.
/// </summary>
internal sealed class BillingReader(MarketplaceDbContext db, ActorContext actor)
{
    // Net and tax of what disputes took back stand beside the rest: the price says nothing about them.
    private sealed record Sums(decimal Quantity, decimal Weighted, long Net, long Tax, long Lines, long DisputedNet, long DisputedTax);

    private sealed record Window(DateTimeOffset From, DateTimeOffset To, decimal Quantity, decimal Reserved, decimal Weighted, long Lines)
    {
        public decimal WeightBy(WeekHours? hours) => UsageWeight.Of(hours, Quantity + Reserved, From, To, Reserved);
    }

    private sealed record Charged(string Period, DateTimeOffset From, DateTimeOffset To, long Net, long Tax, long Lines);

    /// <returns>null for a contract that is not there, and for its center, which does not learn what its customer pays.</returns>
    public async Task<ContractBilling?> FindAsync(string contractId, UsageAhead? ahead, CancellationToken ct)
    {
        var terms = await db.Set<ContractTermsRow>().AsNoTracking().FirstOrDefaultAsync(t => t.ContractId == contractId, ct);
        if (terms is null || Sides.Of(actor.Current, terms) == Side.Center)
            return null;
        PriceVersion price = await PriceAsync(terms, ct);
        var sums = await SumsAsync(contractId, ct);
        Sums usage = sums.GetValueOrDefault(ChargeKinds.Usage) ?? new Sums(0, 0, 0, 0, 0, 0, 0);
        var months = await MonthsAsync(contractId, ct);
        var commitments = await CommitmentsAsync(contractId, ct);
        Currency currency = Currency.Parse(terms.Currency);
        var used = new Metered(usage.Quantity, usage.Weighted);
        Share rated = RatingRule.Rate(used, price).Share + Committed(price, terms.RegisteredAt, commitments, months);
        long commitmentNet = commitments.Sum(c => c.Net);
        var billed = new Money(checked(usage.Net + commitmentNet), currency);
        var tax = new Money(checked(usage.Tax + commitments.Sum(c => c.Tax)), currency);
        var disputed = new Share(usage.DisputedNet, usage.DisputedTax, 0, 0, 0);
        Money expected = billed + tax;
        if (ahead is not null && ahead.To > ahead.From)
        {
            Share at = Forecast.At(price, used, months, terms.RegisteredAt, ahead);
            expected = new Money(checked(at.Net + at.Tax), currency);
        }
        expected += new Money(checked(disputed.Net + disputed.Tax), currency);
        return new ContractBilling(
            new ContractPrice(price.Retail, price.Wholesale, price.CommissionRate, price.TaxRate, price.Plan),
            usage.Quantity,
            usage.Weighted,
            sums.GetValueOrDefault(ChargeKinds.Reserved)?.Quantity ?? 0,
            new Money(checked(usage.Net + disputed.Net), currency),
            new Money(commitmentNet, currency),
            tax + new Money(disputed.Tax, currency),
            expected,
            new BillingProof(
                sums.Values.Sum(s => s.Lines),
                new Money(rated.Net, currency),
                new Money(rated.Tax, currency),
                billed,
                tax,
                price.Hours is null ? 0 : await WrongWeightsAsync(contractId, price, ct)
            )
        );
    }

    // What each period that was charged leaves open by its usage.
    private static Share Committed(
        PriceVersion price,
        DateTimeOffset start,
        IReadOnlyList<Charged> commitments,
        IReadOnlyDictionary<string, long> months
    )
    {
        Share sum = default;
        if (price.Plan?.Minimum is not { } minimum || commitments.Count == 0)
            return sum;
        foreach (CommitmentPeriod period in MinimumRule.Periods(minimum, start, commitments.Max(c => c.To)))
        {
            if (commitments.All(c => c.Period != period.Key))
                continue;
            long used = period.Key == MinimumRule.WholeContract ? months.Values.Sum() : months.GetValueOrDefault(period.Key);
            sum += MinimumRule.Shortfall(period, used, price).Share;
        }
        return sum;
    }

    private async Task<PriceVersion> PriceAsync(ContractTermsRow terms, CancellationToken ct)
    {
        var row = await db.Set<PriceVersionRow>()
            .AsNoTracking()
            .SingleAsync(p => p.ContractId == terms.ContractId && p.Meter == MeterRule.CardSeconds && p.Version == 1, ct);
        return new PriceVersion(
            row.Version,
            row.Unit,
            row.QuantityPerUnit,
            row.Retail,
            row.Wholesale,
            terms.CommissionRate,
            terms.TaxRate
        ).Under(row.Plan is { } plan ? PricePlan.Parse(plan) : null);
    }

    private async Task<Dictionary<string, Sums>> SumsAsync(string contractId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select r.kind, coalesce(sum(r.quantity) filter (where not d.taken), 0),
                       coalesce(sum(coalesce(r.weighted, r.quantity)) filter (where not d.taken), 0),
                       coalesce(sum(r.net) filter (where not d.taken), 0)::bigint, coalesce(sum(r.tax) filter (where not d.taken), 0)::bigint,
                       count(*) filter (where not d.taken),
                       coalesce(sum(r.net) filter (where d.taken), 0)::bigint, coalesce(sum(r.tax) filter (where d.taken), 0)::bigint
                from billing.rated_line r
                cross join lateral (select r.adjustment is not distinct from 'dispute' as taken) d
                where r.contract_id = $1 and r.meter in ($2, $3, $4) group by r.kind
                """,
                r =>
                    (
                        Kind: r.GetString(0),
                        Sums: new Sums(
                            r.GetDecimal(1),
                            r.GetDecimal(2),
                            r.GetInt64(3),
                            r.GetInt64(4),
                            r.GetInt64(5),
                            r.GetInt64(6),
                            r.GetInt64(7)
                        )
                    ),
                ct,
                contractId,
                MeterRule.CardSeconds,
                ChargeKinds.ReservedMeter(MeterRule.CardSeconds),
                ChargeKinds.CommitmentMeter
            )
        ).ToDictionary(s => s.Kind, s => s.Sums, StringComparer.Ordinal);

    private async Task<Dictionary<string, long>> MonthsAsync(string contractId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select to_char(r.window_from at time zone 'UTC', 'YYYY-MM'), sum(r.net)::bigint
                from billing.rated_line r where r.contract_id = $1 and r.kind = 'usage' and r.adjustment is distinct from 'dispute' group by 1
                """,
                r => (Month: r.GetString(0), Net: r.GetInt64(1)),
                ct,
                contractId
            )
        ).ToDictionary(m => m.Month, m => m.Net, StringComparer.Ordinal);

    private Task<List<Charged>> CommitmentsAsync(string contractId, CancellationToken ct) =>
        db.ReadAsync(
            """
            select r.allocation_id, min(r.window_from), max(r.window_to), sum(r.net)::bigint, sum(r.tax)::bigint, count(*)
            from billing.rated_line r where r.contract_id = $1 and r.kind = 'commitment' group by 1
            """,
            r => new Charged(r.GetString(0), r.Instant(1), r.Instant(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5)),
            ct,
            contractId
        );

    // A window that was corrected is weighed by all its lines together. One that came to less than nothing took from windows before it, by
    // their average.
    private async Task<long> WrongWeightsAsync(string contractId, PriceVersion price, CancellationToken ct) => (
            await db.ReadAsync(
                """
                select r.window_from, r.window_to, sum(r.quantity) filter (where r.kind = 'usage'),
                       coalesce(sum(r.quantity) filter (where r.kind = 'reserved'), 0), coalesce(sum(r.weighted), -1),
                       count(*) filter (where r.kind = 'usage')
                from billing.rated_line r
                where r.contract_id = $1 and r.meter in ($2, $3) and r.adjustment is distinct from 'dispute'
                group by r.allocation_id, r.window_from, r.window_to
                having count(*) filter (where r.kind = 'usage') > 0
                """,
                r => new Window(r.Instant(0), r.Instant(1), r.GetDecimal(2), r.GetDecimal(3), r.GetDecimal(4), r.GetInt64(5)),
                ct,
                contractId,
                MeterRule.CardSeconds,
                ChargeKinds.ReservedMeter(MeterRule.CardSeconds)
            )
        ).Where(w => w.Quantity < 0 || w.Reserved < 0 ? w.Weighted > 0 : w.WeightBy(price.Hours) != w.Weighted).Sum(w => w.Lines);
}
