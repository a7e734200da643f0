using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Invoicing;

/// <summary>An invoice before it is final. Closes periods, so it has a database of its own.</summary>
public sealed class DraftTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;
    private static readonly DateTimeOffset January = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset February = January.AddMonths(1);

    [Fact]
    public async Task A_month_is_a_draft_then_in_grace_where_late_usage_gets_on_it_then_final()
    {
        await using var house = Over(
            db,
            settings: [("InvoiceGrace", "2.00:00:00"), ("PaymentTerms", "10.00:00:00"), ("InvoiceIssuer", "DRF")]
        );
        var terms = await house.ContractAsync(hold: 1);
        var german = await house.ContractAsync(
            hold: 0,
            with: t => t with { CustomerId = terms.CustomerId, HoldReference = "", TaxRate = 0.07m, TaxJurisdiction = "DE" }
        );
        var ended = await house.ContractAsync(hold: 50);
        house.Time.StepTo(Start.AddHours(2));
        await house.RecordAsync(house.Reading(terms, 1, 1), house.Reading(german, 3, 1), house.Reading(ended, 1, 1, final: true));
        await house.WorkAsync();

        var draft = await OnlyAsync(house, terms);
        Assert.Equal((InvoiceState.Draft, null, null, null), (draft.State, draft.Number, draft.IssuedAt, draft.DueAt));
        Assert.Equal((January, February), (draft.PeriodStart, draft.PeriodEnd));
        Assert.Equal((Money(40), Money(4)), (draft.Net, draft.Tax));
        // A contract that ends is invoiced at once, and its month's draft has nothing left.
        await house.RatingAsync(Actor.System, r => r.SettleAsync(ended.ContractId, default));
        var own = Ok(await house.InvoicesAsync(Customer(ended.CustomerId), i => i.InvoiceContractAsync(ended.ContractId, default)));
        Assert.Equal((InvoiceState.Paid, ended.ContractId), (own.State, own.ContractId));
        Assert.Equal(2, (await house.InvoicesAsync(Customer(ended.CustomerId), i => i.ListAsync(new(), default))).Items.Count);

        // The month is over, its grace is not: usage of January still gets on January's, usage of February on the next draft.
        house.Time.StepTo(February.AddDays(1));
        await house.RecordAsync(house.Reading(terms, 1.5m, 5), house.Reading(german, 4, (February - Start).TotalHours + 1));
        await house.WorkAsync();
        var two = (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new() { Sort = "periodStart" }, default))).Items;
        Assert.Equal([(InvoiceState.Grace, Money(45)), (InvoiceState.Draft, Money(10))], two.Select(i => (i.State, i.Net)));
        Assert.Equal(two.Select(i => i.Net), [(await FindAsync(house, two[0])).Net, (await FindAsync(house, two[1])).Net]);

        house.Time.StepTo(February.AddDays(2));
        await house.WorkAsync();
        await house.WorkAsync();
        var final = await FindAsync(house, two[0]);
        Assert.Equal((InvoiceState.Final, house.Now, house.Now.AddDays(10)), (final.State, final.IssuedAt, final.DueAt));
        Assert.StartsWith("DRF-CNY-", final.Number, StringComparison.Ordinal);
        Assert.Equal(
            [("CN", 0.19m, Money(15), Money(2.85m)), ("DE", 0.07m, Money(30), Money(2.1m))],
            final.Taxes.Select(t => (t.Jurisdiction, t.Rate, t.Net, t.Tax))
        );
        Assert.Equal(("Compute Network", terms.CustomerId), (final.Seller!.Name, final.Buyer!.Name));
        Assert.Equal(InvoiceState.Draft, (await FindAsync(house, two[1])).State);
        Assert.Single((await house.InvoicesAsync(Customer(ended.CustomerId), i => i.ListAsync(new(), default))).Items);
        await AssertKeptAsync(house, final);
    }

    // Past every rule of the application, a final invoice stays what it is.
    private static async Task AssertKeptAsync(BillingHouse house, InvoiceView final)
    {
        foreach (
            string sql in (string[])
                [
                    $"update billing.invoice set total = total + 1, net = net + 1 where id = '{final.Id}'",
                    $"update billing.invoice set due_at = due_at + interval '1 day' where id = '{final.Id}'",
                    $"update billing.invoice set buyer = '{{}}' where id = '{final.Id}'",
                    $"delete from billing.invoice where id = '{final.Id}'",
                    $"insert into billing.invoice_line select invoice_id, 99, party_id, contract_id, order_id, description, quantity, unit, unit_price, net, tax, period_from, period_to from billing.invoice_line where invoice_id = '{final.Id}' limit 1",
                    "insert into billing.invoice select 'ivc_x', 'X-1', party_id, customer_name, 'X', currency, 'Final', period_start, period_end, now(), 0, 0, 0, 0, 0, 0 from billing.invoice limit 1",
                ]
        )
        {
            Assert.Equal("LG001", (await Assert.ThrowsAsync<PostgresException>(() => house.AsOwnerAsync(sql))).SqlState);
        }
    }

    private static async Task<InvoiceView> OnlyAsync(BillingHouse house, ContractTerms terms) =>
        await FindAsync(
            house,
            Assert.Single((await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items)
        );

    private static async Task<InvoiceView> FindAsync(BillingHouse house, InvoiceView invoice) =>
        (await house.InvoicesAsync(Customer(invoice.CustomerId), i => i.FindAsync(invoice.Id, default)))!;
}
