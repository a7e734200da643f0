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

    /// <exception cref="ArgumentException">A price or rate is out of range.</exception>
    /// <exception cref="InvalidOperationException">The contract is registered with other terms.</exception>
    public Task<bool> RunAsync(ContractTerms terms, CancellationToken ct)
    {
        Validate(terms);
        return db.InTransactionAsync(t => WriteAsync(terms, t), ct);
    }

    private async Task<bool> WriteAsync(ContractTerms terms, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.contract_terms
                    (contract_id, order_id, customer_id, operator_id, center_id, currency, device_model, description, commission_rate, tax_rate,
                     tax_jurisdiction, hold_reference, registered_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                on conflict do nothing
                """,
                terms.ContractId,
                terms.OrderId,
                terms.CustomerId,
                terms.OperatorId,
                terms.CenterId,
                terms.Currency,
                terms.DeviceModel,
                terms.Description,
                terms.CommissionRate,
                terms.TaxRate,
                terms.TaxJurisdiction,
                terms.HoldReference,
                now
            );
            batch.Add(
                """
                insert into billing.price_version (contract_id, meter, version, unit, quantity_per_unit, retail, wholesale, valid_from)
                values ($1, $2, 1, 'card-hour', $3, $4, $5, $6)
                on conflict do nothing
                """,
                terms.ContractId,
                MeterRule.CardSeconds,
                (decimal)SecondsPerHour,
                terms.RetailPerCardHour,
                terms.WholesalePerCardHour,
                now
            );
            batch.Add(
                """
                insert into billing.contract_cost
                    (contract_id, customer_id, operator_id, center_id, currency, quantity, net, tax, center, operator, commission, uncovered,
                     center_due, operator_due)
                values ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0, 0, 0, 0, 0)
                on conflict do nothing
                """,
                terms.ContractId,
                terms.CustomerId,
                terms.OperatorId,
                terms.CenterId,
                terms.Currency
            );
            if (await batch.ExecuteNonQueryAsync(ct) == 3)
                return true;
        }
        if (await ReadAsync(terms.ContractId, ct) != terms)
            throw new InvalidOperationException($"Contract {terms.ContractId} is registered with other terms; terms never change.");
        return false;
    }

    private async Task<ContractTerms?> ReadAsync(string contractId, CancellationToken ct)
    {
        // Whoever registers may be the operator's or the customer's program: the comparison sees the row in any case.
        var row = await db.Set<ContractTermsRow>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .SingleAsync(t => t.ContractId == contractId, ct);
        var price = await db.Set<PriceVersionRow>().AsNoTracking().SingleAsync(p => p.ContractId == contractId && p.Version == 1, ct);
        return new ContractTerms(
            row.ContractId,
            row.OrderId,
            row.CustomerId,
            row.OperatorId,
            row.CenterId,
            row.Currency,
            row.DeviceModel,
            row.Description,
            price.Retail,
            price.Wholesale,
            row.CommissionRate,
            row.TaxRate,
            row.TaxJurisdiction,
            row.HoldReference
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
    }
}
