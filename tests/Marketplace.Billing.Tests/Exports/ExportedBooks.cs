using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>Exports of a house, and the same sums read from the ledger by other ways.</summary>
internal static class ExportedBooks
{
    public static Task<Outcome<FileDownload>> AskAsync(BillingHouse house, Actor actor, FocusQuery query) =>
        house.ActAsync<IExports, Outcome<FileDownload>>(actor, e => Task.FromResult(e.Focus(query)));

    public static Task<CsvTable> ExportAsync(BillingHouse house, Actor actor, FocusQuery query) =>
        house.ActAsync<IExports, CsvTable>(
            actor,
            async exports =>
            {
                var file = Ok(exports.Focus(query));
                await using var bytes = new MemoryStream();
                await file.WriteAsync(bytes, default);
                return CsvTable.Parse(bytes.ToArray());
            }
        );

    /// <summary>What the statement says of a party, without the money that it paid in: the other way to the same legs.</summary>
    private static async Task<long> StatementAsync(BillingHouse house, string party, string role, DateTimeOffset from, DateTimeOffset to) =>
        Ok(await house.InvoicesAsync(Actor.System, i => i.StatementAsync(party, role, Cny, from, to, default)))
            .Lines.Where(l => l.Kind is not "top-up")
            .Sum(l => l.Amount.Micros);

    /// <summary>Every party of these contracts, every side: the export's sums are the ledger's.</summary>
    public static async Task AssertEqualsLedgerAsync(
        BillingHouse house,
        IReadOnlyList<ContractTerms> contracts,
        DateTimeOffset from,
        DateTimeOffset to,
        params IReadOnlyList<string> reservations
    )
    {
        var query = new FocusQuery(from, to);
        foreach (string id in contracts.Select(c => c.CustomerId).Distinct(StringComparer.Ordinal))
            Assert.Equal(
                -await StatementAsync(house, id, "customer", from, to),
                (await ExportAsync(house, Customer(id), query)).Micros("BilledCost")
            );
        foreach (string id in contracts.Select(c => c.CenterId).Distinct(StringComparer.Ordinal))
            Assert.Equal(
                await StatementAsync(house, id, "center", from, to),
                (await ExportAsync(house, Center(id), query)).Micros("BilledCost")
            );
        foreach (string id in contracts.Select(c => c.OperatorId).Distinct(StringComparer.Ordinal))
        {
            var table = await ExportAsync(house, Operator(id), query);
            Assert.Equal(await StatementAsync(house, id, "operator", from, to), table.Micros("x_OperatorEarnings"));
            Assert.Equal(
                await BilledAsync(
                    house,
                    [.. contracts.Where(c => c.OperatorId == id).Select(c => c.ContractId), .. reservations],
                    from,
                    to
                ),
                table.Micros("BilledCost")
            );
            Assert.Equal(
                table.Micros("BilledCost"),
                table.Micros("x_WholesaleCost") + table.Micros("x_CommissionCost") + table.Micros("x_OperatorEarnings")
            );
        }
    }

    // What the ledger moved from customers to the other accounts but tax, in the journals of these contracts.
    private static async Task<long> BilledAsync(BillingHouse house, IEnumerable<string> groups, DateTimeOffset from, DateTimeOffset to)
    {
        string ids = string.Join(',', groups.Select(g => $"'{g}'"));
        return (long)
            (decimal)
                (
                    await house.AsApplicationAsync(
                        $"""
                        select coalesce(sum(case when c.kind in ('center.pending', 'operator.pending', 'commission') then l.amount else 0 end
                                          - case when d.kind in ('center.pending', 'operator.pending', 'commission') then l.amount else 0 end), 0)
                        from billing.journal j
                        join billing.leg l on l.journal_id = j.id
                        join billing.account d on d.id = l.debit_account
                        join billing.account c on c.id = l.credit_account
                        where j.group_id in ({ids}) and j.kind in ('charge', 'refund', 'credit-note', 'reservation-served', 'reservation-unused') and j.effective_at >= '{from:O}' and j.effective_at < '{to:O}'
                        """
                    )
                )!;
    }
}
