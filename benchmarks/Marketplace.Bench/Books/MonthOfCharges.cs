using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Npgsql;

namespace Marketplace.Bench.Books;

/// <summary>
/// A month's charges as metering leaves them: terms, meters, rated lines and the journals behind them, all in agreement. Each customer has one
/// contract of one card, charged hour by hour and paid by invoice. They are written in bulk, since only the close is measured.
/// </summary>
internal sealed class MonthOfCharges(BooksHost books, DateTimeOffset monthStart, int customers, int linesPerCustomer)
{
    private const int CustomersPerBatch = 1_000;

    // 10.00 an hour and 19 % tax.
    private static readonly Share Hour = new(10_000_000, 1_900_000, 8_500_000, 1_000_000, 500_000);

    public async Task WriteAsync(CancellationToken ct)
    {
        for (int first = 0; first < customers; first += CustomersPerBatch)
        {
            string[] contracts = [.. Enumerable.Range(first, Math.Min(CustomersPerBatch, customers - first)).Select(Contract)];
            await books.ActAsync<IRating, bool>(
                Actor.System,
                async rating =>
                {
                    await rating.RegisterManyAsync([.. contracts.Select(Terms)], ct);
                    return true;
                }
            );
            var journals = await books.ActAsync<LedgerWork, IReadOnlyList<string>>(
                Actor.System,
                work => work.ChargeAsync([.. contracts.Select(c => (Parties(c), Times(Hour)))], monthStart.AddDays(27), ct)
            );
            await WriteUsageAsync(contracts, [.. journals], ct);
        }
        await using NpgsqlCommand analyze = books.Owner.CreateCommand("vacuum analyze");
        analyze.CommandTimeout = 600;
        await analyze.ExecuteNonQueryAsync(ct);
    }

    private async Task WriteUsageAsync(string[] contracts, string[] journals, CancellationToken ct)
    {
        await using NpgsqlCommand lines = books.Source.CreateCommand(
            """
            insert into billing.rated_line
                (id, contract_id, order_id, customer_id, operator_id, center_id, currency, allocation_id, meter, price_version, window_from, window_to,
                 quantity, rated, net, tax, center, operator, commission, uncovered, journal_id, rated_at)
            select 'chg_' || t.contract_id || '_' || n, t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.currency, 'pod',
                   'card-seconds', 1, $3 + n * interval '1 hour', $3 + (n + 1) * interval '1 hour', 3600, 10, $4, $5, $6, $7, $8, $4 + $5, w.journal,
                   $3 + (n + 1) * interval '1 hour'
            from unnest($1, $2) w (contract, journal)
            join billing.contract_terms t on t.contract_id = w.contract
            cross join generate_series(0, $9 - 1) n
            """
        );
        Add(lines, contracts, journals, monthStart, Hour.Net, Hour.Tax, Hour.Center, Hour.Operator, Hour.Commission, linesPerCustomer);
        await lines.ExecuteNonQueryAsync(ct);
        Share whole = Times(Hour);
        await using NpgsqlCommand totals = books.Source.CreateCommand(
            """
            with meters as (
                insert into billing.usage_meter
                    (contract_id, allocation_id, meter, quantity, through, final, rated, net, tax, center, operator, commission)
                select c, 'pod', 'card-seconds', $8 * 3600, $2, false, $8 * 10, $3, $4, $5, $6, $7 from unnest($1) c
            )
            update billing.contract_cost c
            set quantity = $8 * 3600, net = $3, tax = $4, center = $5, operator = $6, commission = $7, uncovered = $3 + $4, through = $2
            where c.contract_id = any ($1)
            """
        );
        Add(
            totals,
            contracts,
            monthStart.AddHours(linesPerCustomer),
            whole.Net,
            whole.Tax,
            whole.Center,
            whole.Operator,
            whole.Commission,
            linesPerCustomer
        );
        await totals.ExecuteNonQueryAsync(ct);
    }

    private static void Add(NpgsqlCommand command, params object[] values)
    {
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
    }

    private Share Times(Share share) =>
        new(
            share.Net * linesPerCustomer,
            share.Tax * linesPerCustomer,
            share.Center * linesPerCustomer,
            share.Operator * linesPerCustomer,
            share.Commission * linesPerCustomer
        );

    private static string Contract(int i) => string.Create(CultureInfo.InvariantCulture, $"ctr_{i:00000}");

    private static ChargeParties Parties(string contract)
    {
        ContractTerms terms = Terms(contract);
        return new ChargeParties(
            contract,
            terms.CustomerId,
            terms.OperatorId,
            terms.CenterId,
            Currency.Cny,
            terms.TaxJurisdiction,
            terms.HoldReference
        );
    }

    private static ContractTerms Terms(string contract)
    {
        int i = int.Parse(contract.AsSpan(4), CultureInfo.InvariantCulture);
        return new ContractTerms(
            contract,
            "ord_" + contract,
            "org_" + contract,
            string.Create(CultureInfo.InvariantCulture, $"org_operator_{i % 5}"),
            string.Create(CultureInfo.InvariantCulture, $"org_center_{i % 20}"),
            "CNY",
            "Ascend 910B",
            "1 × Ascend 910B",
            10m,
            8.5m,
            0.05m,
            0.19m,
            "CN",
            HoldReference: ""
        );
    }
}
