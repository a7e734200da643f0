using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>The three sides of a trade by the ways people read them: invoices, credit notes and charges against the statements of the others.</summary>
internal static class ThreeSides
{
    private static readonly DateTimeOffset January = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Over a house's whole life, in which these contracts are all there is, and in the report of each month.</summary>
    public static async Task AssertAgreeAsync(BillingHouse house, IReadOnlyList<ContractTerms> contracts)
    {
        DateTimeOffset end = house.Now.AddDays(1);
        long invoiced = 0;
        long credited = 0;
        long rounding = 0;
        foreach (InvoiceView listed in (await house.InvoicesAsync(Actor.System, i => i.ListAsync(new() { Limit = 200 }, default))).Items)
        {
            var invoice = (await house.InvoicesAsync(Actor.System, i => i.FindAsync(listed.Id, default)))!;
            Assert.Equal((listed.Net, listed.Tax, listed.Total), (invoice.Net, invoice.Tax, invoice.Total));
            Assert.Equal(invoice.Tax.Micros, invoice.Taxes.Sum(t => t.Tax.Micros));
            Assert.Equal(invoice.Net.Micros, invoice.Taxes.Sum(t => t.Net.Micros));
            Assert.Equal(invoice.Net.Micros, invoice.Lines.Sum(l => l.Net.Micros));
            Assert.Equal(invoice.Credited.Micros, invoice.CreditNotes.Sum(c => c.Total.Micros));
            Assert.True(invoice.Credited <= invoice.Total || invoice.Total.IsNegative, "More was credited than invoiced.");
            invoiced += (invoice.Net + invoice.Tax).Micros;
            credited += invoice.CreditNotes.Sum(c => c.Net.Micros + c.Tax.Micros);
            if (invoice.Number is not null)
                rounding += invoice.Rounding.Micros - invoice.CreditNotes.Sum(c => c.Rounding.Micros);
        }
        // What an ended contract still waits to be invoiced for is in no open month before its draft is begun.
        var charges = (await house.RatingAsync(Actor.System, r => r.ChargesAsync(new() { Limit = 200 }, default))).Items;
        long charged = charges.Sum(c => c.Amount.Micros + c.Tax.Micros);
        long earned = 0;
        foreach (string center in contracts.Select(c => c.CenterId).Distinct(StringComparer.Ordinal))
            earned += await ClosingAsync(house, center, "center", end);
        foreach (string @operator in contracts.Select(c => c.OperatorId).Distinct(StringComparer.Ordinal))
            earned += await ClosingAsync(house, @operator, "operator", end);
        long network = await SumAsync(house, "commission") + await SumAsync(house, "tax");
        Assert.Equal(charged - credited, earned + network);
        Assert.True(invoiced <= charged, "More is on invoices than was charged.");
        Assert.Equal(rounding, await SumAsync(house, "rounding"));

        var report = await BooksBalance.AssertAsync(house.Services);
        Assert.All(report.Periods, p => Assert.Equal(0, p.DifferenceMicros));
        Assert.Equal(charged - credited + rounding, report.Periods.Sum(p => p.ChargedMicros));
        Assert.Equal(-credited, report.Periods.Sum(p => p.Credited.NetMicros + p.Credited.TaxMicros));
        Assert.Equal(earned, report.Periods.Sum(p => p.CenterMicros + p.OperatorMicros));
    }

    private static async Task<long> ClosingAsync(BillingHouse house, string party, string role, DateTimeOffset end)
    {
        var statement = Ok(await house.InvoicesAsync(Actor.System, i => i.StatementAsync(party, role, Cny, January, end, default)));
        // The charges by contract and price are the movements of the kind.
        Assert.Equal(
            statement.Lines.Where(l => l.Kind == "charge").Sum(l => l.Amount.Micros),
            statement.Contracts.Sum(c => c.Earned.Micros)
        );
        Assert.Equal(statement.Closing.Micros - statement.Opening.Micros, statement.Kinds.Sum(k => k.Amount.Micros));
        await EarningsTests.AssertIsStatementAsync(house, party, role, January, end);
        return statement.Closing.Micros;
    }

    private static async Task<long> SumAsync(BillingHouse house, string kind) =>
        (await house.LedgerAsync(Actor.System, l => l.AccountsAsync(new() { Search = kind }, default)))
            .Items.Where(a => a.Code == kind || a.Code.StartsWith(kind + ":", StringComparison.Ordinal))
            .Sum(a => a.Class == "expense" ? -a.Balance.Micros : a.Balance.Micros);
}
