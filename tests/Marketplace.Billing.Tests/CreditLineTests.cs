using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Buying on invoice: what is lent for holds comes back from what is left of them, or is asked for by invoice; never more than the line.</summary>
public sealed class CreditLineTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_a_hold_lacks_is_lent_up_to_the_line_and_given_back_first()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        Assert.Equal((0m, 0m, 100m), await StandAsync(house, customer));
        await house.TopUpAsync(customer, 30);
        Ok(await house.HoldAsync(customer, 80, "line-a-" + customer));
        Assert.Equal((0m, 80m, 50m), await StandAsync(house, customer));
        Assert.Equal("insufficient-funds", Refused(await house.HoldAsync(customer, 50.01m, "line-b-" + customer)).Code);
        Ok(await house.HoldAsync(customer, 50, "line-b-" + customer));
        Assert.Equal((0m, 130m, 0m), await StandAsync(house, customer));

        await ReleaseAsync(house, "line-a-" + customer);
        Assert.Equal((0m, 50m, 80m), await StandAsync(house, customer));
        await ReleaseAsync(house, "line-b-" + customer);
        Assert.Equal((30m, 0m, 100m), await StandAsync(house, customer));
    }

    [Fact]
    public async Task What_was_charged_on_it_is_on_the_invoice_and_paying_frees_the_line()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        var terms = await RunningAsync(house, customer, hold: 60);
        await house.RecordAsync(house.Reading(terms, 2, 1, final: true));
        var invoice = await SettledAsync(house, terms);
        Assert.Equal(
            (InvoiceState.Final, Money(23.8m), Money(23.8m), Money(0)),
            (invoice.State, invoice.Total, invoice.Open, invoice.Paid)
        );
        Assert.Equal((0m, 0m, 76.2m), await StandAsync(house, customer));
        await house.TopUpAsync(customer, 25);
        Assert.Equal((1.2m, 0m, 100m), await StandAsync(house, customer));
        Assert.Equal(InvoiceState.Paid, (await house.InvoicesAsync(Customer(customer), i => i.FindAsync(invoice.Id, default)))!.State);
    }

    [Fact]
    public async Task A_customers_own_money_pays_before_what_is_lent()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        await house.TopUpAsync(customer, 20);
        var terms = await RunningAsync(house, customer, hold: 60);
        await house.RecordAsync(house.Reading(terms, 2, 1, final: true));
        var invoice = await SettledAsync(house, terms);
        Assert.Equal((Money(23.8m), Money(3.8m), Money(20)), (invoice.Total, invoice.Open, invoice.Paid));
    }

    [Fact]
    public async Task A_month_asks_for_what_was_charged_and_not_for_what_is_still_held()
    {
        // Closes a month, which reaches over all parties.
        var fresh = new PostgresFixture();
        await fresh.InitializeAsync();
        try
        {
            await using var house = Over(fresh);
            string customer = await LinedAsync(house, 200);
            var terms = await RunningAsync(house, customer, hold: 100);
            await house.RecordAsync(house.Reading(terms, 2, 1));
            // What is lent is still held in part: the draft asks for what is not, alone and in the list.
            await house.ActAsync<OpenInvoices, int>(Actor.System, o => o.KeepAsync(default));
            var draft = Assert.Single((await house.InvoicesAsync(Customer(customer), i => i.ListAsync(new(), default))).Items);
            Assert.Equal((InvoiceState.Draft, Money(23.8m), Money(23.8m)), (draft.State, draft.Total, draft.Open));
            Assert.Equal(draft.Open, (await house.InvoicesAsync(Customer(customer), i => i.FindAsync(draft.Id, default)))!.Open);
            DateTimeOffset month = house.Now.AddMonths(1);
            DateTimeOffset end = new(month.Year, month.Month, 1, 0, 0, 0, TimeSpan.Zero);
            house.Time.StepTo(end.AddDays(5));
            await house.InvoicesAsync(Actor.System, i => i.CloseAsync(end, default));
            var invoice = Assert.Single(
                (await house.InvoicesAsync(Customer(customer), i => i.ListAsync(new(), default))).Items,
                i => i.Number is not null
            );
            Assert.Equal((Money(23.8m), Money(23.8m)), (invoice.Total, invoice.Open));
            Assert.Equal((0m, 76.2m, 100m), await StandAsync(house, customer));
        }
        finally
        {
            await fresh.DisposeAsync();
        }
    }

    [Fact]
    public async Task Holds_at_once_never_lend_more_than_the_line()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        await house.TopUpAsync(customer, 5);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => house.HoldAsync(customer, 10, $"race-{i}-{customer}")));
        Assert.Equal(10, answers.Count(a => a.IsOk));
        Assert.Equal((0m, 100m, 5m), await StandAsync(house, customer));
    }

    [Fact]
    public async Task A_bulk_order_and_growth_use_it_as_one_order_does()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        await house.TopUpAsync(customer, 10);
        HoldGroup Group(string name, params decimal[] amounts) =>
            new([.. amounts.Select((a, i) => new HoldRequest($"{name}-{i}-{customer}", Money(a)))]);
        var problems = await house.LedgerAsync(
            Customer(customer),
            l => l.HoldManyAsync(customer, [Group("first", 20, 30), Group("dear", 40, 21), Group("last", 60)], default)
        );
        Assert.Equal([null, "insufficient-funds", null], problems.Select(p => p?.Code));
        Assert.Equal((0m, 110m, 0m), await StandAsync(house, customer));
        string first = $"first-0-{customer}";
        Assert.Equal(
            "insufficient-funds",
            Refused(await house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(first, Money(1), "g", default))).Code
        );
        await SetAsync(house, customer, 101);
        Ok(await house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(first, Money(1), "g", default)));
        Assert.Equal((0m, 111m, 0m), await StandAsync(house, customer));
    }

    [Fact]
    public async Task A_line_that_has_ended_lends_nothing_and_what_was_lent_stays_owed()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        Ok(await house.HoldAsync(customer, 40, "ended-" + customer));
        await SetAsync(house, customer, 0);
        Assert.Equal("insufficient-funds", Refused(await house.HoldAsync(customer, 1, "more-" + customer)).Code);
        var line = Assert.Single(Ok(await ListAsync(house, Customer(customer))).Items);
        Assert.Equal((Money(0), Money(40), Money(0)), (line.Limit, line.Used, line.Left));
        await ReleaseAsync(house, "ended-" + customer);
        Assert.Equal(Money(0), Assert.Single(Ok(await ListAsync(house, Customer(customer))).Items).Used);
    }

    [Fact]
    public async Task What_was_lent_cannot_be_taken_out()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        var paid = Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(50), "k", default)));
        Ok(await house.HoldAsync(customer, 120, "refund-" + customer));
        await ReleaseAsync(house, "refund-" + customer);
        Ok(
            await house.ActAsync<IRefunds, Outcome<RefundView>>(
                Customer(customer),
                r => r.RequestAsync(new RefundRequest(paid.Id, 50, "Not needed"), "r", default)
            )
        );
        Assert.Equal((0m, 0m, 100m), await StandAsync(house, customer));
    }

    [Fact]
    public async Task Only_the_network_desk_sets_a_line_and_each_customer_sees_its_own()
    {
        await using var house = Over(db);
        string customer = await LinedAsync(house, 100);
        var request = new SetCreditLine(customer, 500, "CNY", "Mine");
        foreach (Actor actor in new[] { Customer(customer), Operator(house.NewParty()), Desk with { Role = MemberRole.Viewer } })
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.ActAsync<ICreditLines, Outcome<CreditLineView>>(actor, l => l.SetAsync(request, default))).Kind
            );
        Assert.Empty(Ok(await ListAsync(house, Customer(house.NewParty()))).Items);
        Assert.Equal(ProblemKind.Forbidden, Refused(await ListAsync(house, Customer(customer) with { Role = MemberRole.Viewer })).Kind);
        Assert.Null((await house.LedgerAsync(Customer(house.NewParty()), l => l.WalletAsync(customer, Cny, default))).Line);
    }

    [Theory]
    [InlineData(-1, "CNY", "why", "/amount")]
    [InlineData(1.001, "CNY", "why", "/amount")]
    [InlineData(1, "XXX", "why", "/currency")]
    [InlineData(1, "CNY", " ", "/reason")]
    public async Task A_wrong_line_names_its_field(double amount, string currency, string reason, string field)
    {
        await using var house = Over(db);
        var request = new SetCreditLine(house.NewParty(), (decimal)amount, currency, reason);
        var refused = Refused(await house.ActAsync<ICreditLines, Outcome<CreditLineView>>(Desk, l => l.SetAsync(request, default)));
        Assert.Equal(field, Assert.Single(refused.Errors).Pointer);
    }

    [Theory]
    [InlineData(100, 40, 60, 60)]
    [InlineData(50, 40, 60, 10)]
    [InlineData(50, 80, 60, 0)]
    [InlineData(100, 0, 60, 60)]
    [InlineData(0, 0, 60, 0)]
    public void An_invoice_asks_for_what_was_lent_and_charged(long advanced, long held, long covered, long billed) =>
        Assert.Equal(billed, new Lent(500, advanced, advanced).Billable(held, covered));

    public enum Act
    {
        TopUp,
        Hold,
        Use,
        Settle,
        Release,
        Line,
    }

    private static readonly Gen<(Act Act, int Which, int Cents)[]> Lives = (
        from act in Gen.Elements(Enum.GetValues<Act>())
        from which in Gen.Choose(0, 2)
        from cents in Gen.Choose(1, 4_000)
        select (act, which, cents)
    ).ArrayOf(14);

    [Fact]
    [Trait("Category", "Faults")]
    public async Task Random_lives_never_lend_beyond_the_line_and_end_owing_what_invoices_ask_for()
    {
        await using var house = Over(db);
        Properties.Check(Lives, life => LiveAsync(house, life).GetAwaiter().GetResult(), count: Properties.Of(12, 100));
    }

    private static async Task<bool> LiveAsync(BillingHouse house, (Act Act, int Which, int Cents)[] life)
    {
        string customer = house.NewParty();
        decimal limit = 0;
        var open = new Dictionary<int, (ContractTerms Terms, decimal Used)>();
        foreach (var (act, which, cents) in life)
        {
            decimal amount = cents / 100m;
            Lent before = await LentAsync(house, customer);
            if (act == Act.TopUp)
                await house.TopUpAsync(customer, amount);
            else if (act == Act.Line)
                await SetAsync(house, customer, limit = amount * 2);
            else if (!open.TryGetValue(which, out var run))
            {
                var terms = await house.ContractAsync(hold: 0, with: t => t with { CustomerId = customer });
                if ((await house.HoldAsync(customer, amount, terms.HoldReference)).IsOk)
                    open[which] = (terms, 0);
            }
            else if (act is Act.Use or Act.Hold)
            {
                // Below what the hold covers: what it does not cover is another way to owe.
                var hold = (await house.LedgerAsync(Actor.System, l => l.FindHoldAsync(run.Terms.HoldReference, default)))!;
                decimal hours = decimal.Round(hold.Remaining.Amount / 11.9m / 2, 3, MidpointRounding.ToZero);
                open[which] = (run.Terms, run.Used + hours);
                await house.RecordAsync(house.Reading(run.Terms, run.Used + hours, 1 + (double)run.Used + 0.01));
            }
            else
            {
                await house.RatingAsync(Actor.System, r => r.SettleAsync(run.Terms.ContractId, default));
                if (act == Act.Settle && run.Used > 0)
                    Ok(await house.InvoicesAsync(Customer(customer), i => i.InvoiceContractAsync(run.Terms.ContractId, default)));
                open.Remove(which);
            }
            Lent lent = await LentAsync(house, customer);
            if (lent.Advanced < 0 || (lent.Advanced > before.Advanced && lent.Owed > Money(limit).Micros))
                return false;
        }
        foreach (var (terms, used) in open.Values)
            await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        // Everything that is not billed yet is billed now: then invoices ask for all that is owed.
        foreach (string contract in await UnbilledAsync(house, customer))
            Ok(await house.InvoicesAsync(Customer(customer), i => i.InvoiceContractAsync(contract, default)));
        Lent last = await LentAsync(house, customer);
        return last.Advanced == 0;
    }

    private static Task<List<string>> UnbilledAsync(BillingHouse house, string customer) =>
        house.ActAsync<Platform.Data.MarketplaceDbContext, List<string>>(
            Actor.System,
            data =>
                data.ReadAsync(
                    "select distinct r.contract_id from billing.rated_line r where r.customer_id = $1 and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)",
                    r => r.GetString(0),
                    default,
                    customer
                )
        );

    private static Task<Lent> LentAsync(BillingHouse house, string customer) =>
        house.ActAsync<Lending, Lent>(Actor.System, l => l.OfAsync(customer, Cny, default));

    private static async Task<string> LinedAsync(BillingHouse house, decimal limit)
    {
        string customer = house.NewParty();
        await SetAsync(house, customer, limit);
        return customer;
    }

    private static async Task SetAsync(BillingHouse house, string customer, decimal limit) =>
        Ok(
            await house.ActAsync<ICreditLines, Outcome<CreditLineView>>(
                Desk,
                l => l.SetAsync(new SetCreditLine(customer, limit, "CNY", "Contract 7"), default)
            )
        );

    private static Task<Outcome<Page<CreditLineView>>> ListAsync(BillingHouse house, Actor actor) =>
        house.ActAsync<ICreditLines, Outcome<Page<CreditLineView>>>(actor, l => l.ListAsync(new(), default));

    private static async Task<ContractTerms> RunningAsync(BillingHouse house, string customer, decimal hold)
    {
        var terms = await house.ContractAsync(hold: 0, with: t => t with { CustomerId = customer });
        Ok(await house.HoldAsync(customer, hold, terms.HoldReference));
        return terms;
    }

    private static async Task<InvoiceView> SettledAsync(BillingHouse house, ContractTerms terms)
    {
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        return Ok(await house.InvoicesAsync(Customer(terms.CustomerId), i => i.InvoiceContractAsync(terms.ContractId, default)));
    }

    private static Task<Platform.Monetary.Money> ReleaseAsync(BillingHouse house, string reference) =>
        house.LedgerAsync(Actor.System, l => l.ReleaseAsync(reference, default));

    /// <summary>Credit, held, and what the line still allows.</summary>
    private static async Task<(decimal Available, decimal Held, decimal? Line)> StandAsync(BillingHouse house, string customer)
    {
        var wallet = await house.WalletAsync(customer);
        return (wallet.Available.Amount, wallet.Held.Amount, wallet.Line?.Amount);
    }
}
