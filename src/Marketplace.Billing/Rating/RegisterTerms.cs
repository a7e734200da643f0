using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Rating;

/// <summary>Writes what a contract was sold at, once.</summary>
internal sealed class RegisterTerms(MarketplaceDbContext db, TimeProvider time)
{
    private const decimal MaxPrice = 1_000_000m;
    private const int SecondsPerHour = 3600;

    // Keeps quantity × price ÷ quantity per unit inside what the arithmetic holds.
    private const decimal MinQuantityPerUnit = 1;

    /// <summary>Registers the terms of any number of contracts in one round trip.</summary>
    /// <exception cref="ArgumentException">A price or rate is out of range.</exception>
    /// <exception cref="InvalidOperationException">A contract is registered with other terms.</exception>
    public Task<bool> RunAsync(IReadOnlyList<ContractTerms> terms, CancellationToken ct)
    {
        foreach (ContractTerms each in terms)
            Validate(each);
        return terms.Count == 0 ? Task.FromResult(false) : db.InTransactionAsync(t => WriteAsync(terms, t), ct);
    }

    private async Task<bool> WriteAsync(IReadOnlyList<ContractTerms> terms, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        T[] Column<T>(Func<ContractTerms, T> value) => [.. terms.Select(value)];
        string[] contracts = Column(t => t.ContractId);
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.contract_terms
                    (contract_id, order_id, customer_id, operator_id, center_id, currency, device_model, description, commission_rate, tax_rate,
                     tax_jurisdiction, hold_reference, registered_at)
                select t.*, $13 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) t
                on conflict do nothing
                """,
                contracts,
                Column(t => t.OrderId),
                Column(t => t.CustomerId),
                Column(t => t.OperatorId),
                Column(t => t.CenterId),
                Column(t => t.Currency),
                Column(t => t.DeviceModel),
                Column(t => t.Description),
                Column(t => t.CommissionRate),
                Column(t => t.TaxRate),
                Column(t => t.TaxJurisdiction),
                Column(t => t.HoldReference),
                now
            );
            batch.Add(
                """
                insert into billing.price_version
                    (contract_id, meter, version, unit, quantity_per_unit, retail, wholesale, valid_from, plan)
                select t.contract, $2, 1, 'card-hour', $3, t.retail, t.wholesale, $6, t.plan::jsonb
                from unnest($1, $4, $5, $7) t (contract, retail, wholesale, plan)
                on conflict do nothing
                """,
                contracts,
                MeterRule.CardSeconds,
                (decimal)SecondsPerHour,
                Column(t => t.RetailPerCardHour),
                Column(t => t.WholesalePerCardHour),
                now,
                Column(t => t.Plan?.ToJson())
            );
            MeterPriceOf[] others = [.. terms.SelectMany(t => t.Meters.Select(m => new MeterPriceOf(t.ContractId, m)))];
            batch.Add(
                """
                insert into billing.price_version (contract_id, meter, version, unit, quantity_per_unit, retail, wholesale, valid_from)
                select w.contract, w.meter, 1, w.unit, w.quantity, w.retail, w.wholesale, $7
                from unnest($1, $2, $3, $4, $5, $6) w (contract, meter, unit, quantity, retail, wholesale)
                on conflict do nothing
                """,
                (string[])[.. others.Select(m => m.ContractId)],
                (string[])[.. others.Select(m => m.Price.Meter)],
                (string[])[.. others.Select(m => m.Price.Unit)],
                (decimal[])[.. others.Select(m => m.Price.QuantityPerUnit)],
                (decimal[])[.. others.Select(m => m.Price.Retail)],
                (decimal[])[.. others.Select(m => m.Price.Wholesale)],
                now
            );
            batch.Add(
                """
                insert into billing.contract_cost
                    (contract_id, customer_id, operator_id, center_id, currency, quantity, net, tax, center, operator, commission, uncovered,
                     center_due, operator_due)
                select t.*, 0, 0, 0, 0, 0, 0, 0, 0, 0 from unnest($1, $2, $3, $4, $5) t
                on conflict do nothing
                """,
                contracts,
                Column(t => t.CustomerId),
                Column(t => t.OperatorId),
                Column(t => t.CenterId),
                Column(t => t.Currency)
            );
            int minimums = AddMinimums(batch, terms, now);
            if (await batch.ExecuteNonQueryAsync(ct) == (3 * terms.Count) + others.Length + minimums)
                return true;
        }
        var there = await ReadAsync(contracts, ct);
        return terms.FirstOrDefault(t => !Same(there.GetValueOrDefault(t.ContractId), t)) is { } other
            ? throw new InvalidOperationException($"Contract {other.ContractId} is registered with other terms; terms never change.")
            : false;
    }

    private sealed record MeterPriceOf(string ContractId, MeterPrice Price);

    // The order of the meters says nothing.
    private static bool Same(ContractTerms? there, ContractTerms asked)
    {
        static IEnumerable<MeterPrice> Sorted(ContractTerms terms) => terms.Meters.OrderBy(m => m.Meter, StringComparer.Ordinal);
        return there is not null && there with { Meters = asked.Meters } == asked && Sorted(there).SequenceEqual(Sorted(asked));
    }

    // A minimum take is charged under a price of its own, so that it is a line of its own wherever lines stand.
    private static int AddMinimums(NpgsqlBatch batch, IReadOnlyList<ContractTerms> terms, DateTimeOffset now)
    {
        List<ContractTerms> committed = [.. terms.Where(t => t.Plan?.Minimum is not null)];
        if (committed.Count > 0)
            batch.Add(
                """
                insert into billing.price_version
                    (contract_id, meter, version, unit, quantity_per_unit, retail, wholesale, valid_from, kind, plan)
                select t.contract, $2, 1, $2, 1, 0, 0, $3, 'commitment', t.plan::jsonb from unnest($1, $4) t (contract, plan)
                on conflict do nothing
                """,
                (string[])[.. committed.Select(t => t.ContractId)],
                ChargeKinds.CommitmentMeter,
                now,
                (string[])[.. committed.Select(t => t.Plan!.ToJson())]
            );
        return committed.Count;
    }

    private async Task<Dictionary<string, ContractTerms>> ReadAsync(string[] contracts, CancellationToken ct)
    {
        // Whoever registers may be the operator's or the customer's program: the comparison sees the row in any case.
        var rows = await db.Set<ContractTermsRow>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(t => contracts.Contains(t.ContractId))
            .ToListAsync(ct);
        var versions = (
            await db.Set<PriceVersionRow>()
                .AsNoTracking()
                .Where(p => contracts.Contains(p.ContractId) && p.Version == 1 && p.Kind == ChargeKinds.Usage)
                .ToListAsync(ct)
        ).ToLookup(p => p.Meter == MeterRule.CardSeconds);
        var prices = versions[true].ToDictionary(p => p.ContractId, StringComparer.Ordinal);
        var others = versions[false]
            .ToLookup(
                p => p.ContractId,
                p => new MeterPrice(p.Meter, p.Unit, p.QuantityPerUnit, p.Retail, p.Wholesale),
                StringComparer.Ordinal
            );
        return rows.ToDictionary(
            row => row.ContractId,
            row => new ContractTerms(
                row.ContractId,
                row.OrderId,
                row.CustomerId,
                row.OperatorId,
                row.CenterId,
                row.Currency,
                row.DeviceModel,
                row.Description,
                prices[row.ContractId].Retail,
                prices[row.ContractId].Wholesale,
                row.CommissionRate,
                row.TaxRate,
                row.TaxJurisdiction,
                row.HoldReference
            )
            {
                Meters = [.. others[row.ContractId]],
                Plan = prices[row.ContractId].Plan is { } plan ? PricePlan.Parse(plan) : null,
            },
            StringComparer.Ordinal
        );
    }

    private static void Validate(ContractTerms terms)
    {
        foreach (
            string id in new[]
            {
                terms.ContractId,
                terms.OrderId,
                terms.CustomerId,
                terms.OperatorId,
                terms.CenterId,
                terms.TaxJurisdiction,
            }
        )
            ArgumentException.ThrowIfNullOrEmpty(id, nameof(terms));
        _ = Currency.Parse(terms.Currency);
        if (terms.RetailPerCardHour is < 0 or > MaxPrice || terms.WholesalePerCardHour is < 0 or > MaxPrice)
            throw new ArgumentException($"Prices per card-hour are between 0 and {MaxPrice}.", nameof(terms));
        if (terms.CommissionRate is < 0 or > 1 || terms.TaxRate is < 0 or > 1)
            throw new ArgumentException("Rates are fractions between 0 and 1.", nameof(terms));
        foreach (MeterPrice meter in terms.Meters)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(meter.Meter, nameof(terms));
            ArgumentException.ThrowIfNullOrWhiteSpace(meter.Unit, nameof(terms));
            if (ChargeKinds.IsOwn(meter.Meter))
                throw new ArgumentException($"{meter.Meter} is a meter of the network's own charges; name yours otherwise.", nameof(terms));
            if (meter.Retail is < 0 or > MaxPrice || meter.Wholesale is < 0 or > MaxPrice)
                throw new ArgumentException($"Prices per {meter.Unit} are between 0 and {MaxPrice}.", nameof(terms));
            if (meter.QuantityPerUnit is < MinQuantityPerUnit or > MeterRule.MaxQuantity)
                throw new ArgumentException(
                    $"A {meter.Unit} is {MinQuantityPerUnit} to {MeterRule.MaxQuantity} {meter.Meter}.",
                    nameof(terms)
                );
        }
        if (terms.Meters.Select(m => m.Meter).Append(MeterRule.CardSeconds).GroupBy(m => m).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"The meter {twice.Key} has one price; it is given more than once.", nameof(terms));
        if (terms.Plan is { } plan && PricePlanRules.Check(plan, "/plan") is [var wrong, ..])
            throw new ArgumentException($"{wrong.Pointer}: {wrong.Message}", nameof(terms));
    }
}
