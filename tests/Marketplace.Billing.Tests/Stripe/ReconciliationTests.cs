using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

/// <summary>Each test has a database of its own: the comparison is of the whole network.</summary>
public sealed class ReconciliationTests
{
    [Fact]
    public async Task A_life_with_everything_in_it_reconciles_to_the_last_cent()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        string customer = await house.CustomerAsync();
        var first = Ok(await house.PayAsync(customer, 100, "a"));
        var second = Ok(await house.PayAsync(customer, 50, "b"));
        Ok(await house.RefundAsync(customer, first.Id, 20, "r1"));
        var back = Ok(await house.RefundAsync(customer, first.Id, 5, "r2"));
        house.Double.SettleRefund(back.ProviderReference!, arrived: false);
        string won = house.Double.Dispute(house.Charges(second.Id)[0]["id"]!.ToString());
        house.Double.Decide(won, won: true);
        // What another provider took is no part of it.
        await using (var local = At(db.Fixture, house.House.Time))
            await local.TopUpAsync(local.NewParty(), 7);
        await house.DeliverAllAsync();
        house.House.Time.Advance(TimeSpan.FromDays(3));
        string sweep = house.Double.PayOut(4_000, "cny");
        house.Double.PayOut(1_000, "cny");
        house.Double.FailPayout(sweep);
        house.Double.ChargeFee(250, "cny");
        Assert.Equal(0, await RunAsync(house));
        var view = await ReadAsync(house);
        var balance = Assert.Single(view.Balances);
        Assert.Equal((Money(0), 0), (balance.Difference, view.OpenBreaks));
        // What the provider paid out, and what came by transfer.
        Assert.Equal(17_000_000, await house.House.BalanceAsync("bank"));
        // A second run books nothing anew.
        Assert.Equal(0, await RunAsync(house));
        Assert.Equal(balance.Ours, Assert.Single((await ReadAsync(house)).Balances).Ours);
    }

    [Fact]
    public async Task Transfers_and_what_is_taken_back_of_them_match_the_payouts_journals()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        await ConnectPayoutTests.FundAsync(house);
        string[] payouts = new string[3];
        for (int i = 0; i < payouts.Length; i++)
            (_, payouts[i]) = await ConnectPayoutTests.ApprovedAsync(house, 200);
        await PayoutSteps.SubmitAsync(house.House);
        string Transfer(int i) => Assert.Single(ConnectPayoutTests.Transfers(house, payouts[i]))["id"]!.ToString();
        house.Double.ReverseTransfer(Transfer(1));
        await house.DeliverAllAsync();
        house.House.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(0, await RunAsync(house));
        Assert.Equal(Money(0), Assert.Single((await ReadAsync(house)).Balances).Difference);
        // A part that was taken back by hand.
        house.Double.ReverseTransfer(Transfer(2), 5_000);
        house.House.Time.Advance(TimeSpan.FromHours(3));
        await RunAsync(house);
        var part = Assert.Single(await BreaksAsync(house, BreakKind.Foreign));
        Assert.Equal(Money(50), part.Theirs);
        // One that is no longer listed has vanished there.
        string moved = house.Double.All("balance_transaction").Single(t => t["source"]!.ToString() == Transfer(0))["id"]!.ToString();
        house.Double.Tamper(moved, null);
        house.House.Time.Advance(TimeSpan.FromHours(3));
        await RunAsync(house);
        Assert.Equal(moved, Assert.Single(await BreaksAsync(house, BreakKind.Vanished)).Subject);
    }

    [Fact]
    public async Task A_transfer_taken_back_before_it_was_booked_is_nothing_to_our_books()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        var (center, payout) = await ConnectPayoutTests.ApprovedAsync(house, 200);
        house.Double.Faults = StripeFaultPlan.Of(c =>
            ConnectPayoutTests.IsTransfer(c) ? StripeFault.LostAfter
            : c.Method == "GET" ? StripeFault.LostBefore
            : StripeFault.None
        );
        await PayoutSteps.SubmitAsync(house.House);
        house.Double.Faults = StripeFaultPlan.None;
        house.Double.ReverseTransfer(Assert.Single(ConnectPayoutTests.Transfers(house, payout))["id"]!.ToString());
        house.House.Time.Advance(TimeSpan.FromHours(3));
        await PayoutSteps.SubmitAsync(house.House);
        Assert.Equal(PayoutState.Returned, (await PayoutSteps.OnlyAsync(house.House, center)).State);
        await RunAsync(house);
        Assert.Empty(await BreaksAsync(house, BreakKind.Foreign));
        Assert.Empty(await BreaksAsync(house, BreakKind.Missing));
        Assert.Empty(await BreaksAsync(house, BreakKind.Amount));
    }

    [Fact]
    public async Task What_is_not_ours_is_found_and_stays_explained()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        string customer = await house.CustomerAsync();
        Ok(await house.PayAsync(customer, 100, "a"));
        var charge = house.Double.All("charge")[0];
        // Somebody gave money back by hand, past the marketplace: our books do not know it.
        string txn = house.Double.All("balance_transaction")[0]["id"]!.ToString();
        house.House.Time.Advance(TimeSpan.FromDays(3));
        house.Double.PayOut(1_500, "cny");
        house.Double.Tamper(house.Double.All("balance_transaction")[^1]["id"]!.ToString(), t => t["type"] = "topup_reversal");
        Assert.Empty(await BreaksAsync(house, BreakKind.Foreign));
        house.House.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(2, await RunAsync(house));
        var foreign = Assert.Single(await BreaksAsync(house, BreakKind.Foreign));
        Assert.Equal((null, Money(-15)), (foreign.Ours, foreign.Theirs));
        var difference = Assert.Single(await BreaksAsync(house, BreakKind.Balance));
        Assert.Equal(Money(15), difference.Ours - difference.Theirs!.Value);
        Assert.NotEqual(txn, foreign.Subject);
        Assert.NotNull(charge);

        Assert.Equal("/explanation", Assert.Single(Refused(await ResolveAsync(house, foreign.Id, "", Desk)).Errors).Pointer);
        Assert.Equal(ProblemKind.Forbidden, Refused(await ResolveAsync(house, foreign.Id, "x", Customer(customer))).Kind);
        Ok(await ResolveAsync(house, foreign.Id, "Returned to the bank by hand", Desk));
        Assert.Equal("break-resolved", Refused(await ResolveAsync(house, foreign.Id, "again", Desk)).Code);
        Ok(await ResolveAsync(house, difference.Id, "As above", Desk));
        Assert.Equal(0, await RunAsync(house));
        // Something about it changes, and it is open again.
        house.Double.ChargeFee(100, "cny");
        house.Double.Tamper(house.Double.All("balance_transaction")[^1]["id"]!.ToString(), t => t["type"] = "anticipation_repayment");
        house.House.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(2, await RunAsync(house));
    }

    [Fact]
    public async Task What_was_changed_or_deleted_over_there_is_found()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        string customer = await house.CustomerAsync();
        Ok(await house.PayAsync(customer, 100, "a"));
        Ok(await house.PayAsync(customer, 200, "b"));
        Assert.Equal(0, await RunAsync(house));
        var moved = house.Double.All("balance_transaction");
        string changed = moved[0]["id"]!.ToString();
        string gone = moved[1]["id"]!.ToString();
        house.Double.Tamper(
            changed,
            t =>
            {
                t["amount"] = 9_000;
                t["net"] = 9_000 - t["fee"]!.GetValue<long>();
            }
        );
        house.Double.Tamper(gone, null);
        house.House.Time.Advance(TimeSpan.FromHours(3));
        await RunAsync(house);
        Assert.Equal(changed, Assert.Single(await BreaksAsync(house, BreakKind.Changed)).Subject);
        var amount = Assert.Single(await BreaksAsync(house, BreakKind.Amount));
        Assert.Equal((changed, Money(10)), (amount.Subject, amount.Ours - amount.Theirs!.Value));
        Assert.Equal(gone, Assert.Single(await BreaksAsync(house, BreakKind.Vanished)).Subject);
        Assert.Single(await BreaksAsync(house, BreakKind.Balance));
    }

    [Fact]
    public async Task A_payment_the_provider_never_lists_is_missing_until_it_does()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        Ok(await house.PayAsync(await house.CustomerAsync(), 100, "a"));
        string txn = house.Double.All("balance_transaction")[0]["id"]!.ToString();
        string source = house.Double.All("balance_transaction")[0]["source"]!.ToString();
        house.Double.Tamper(txn, t => t["source"] = "ch_elsewhere");
        house.House.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(2, await RunAsync(house));
        Assert.Equal(Money(96.8m), Assert.Single(await BreaksAsync(house, BreakKind.Missing)).Ours);
        Assert.Equal(txn, Assert.Single(await BreaksAsync(house, BreakKind.Foreign)).Subject);
        Assert.NotEqual("ch_elsewhere", source);
    }

    [Fact]
    public async Task A_break_that_goes_away_closes_itself_and_the_provider_being_away_is_no_break()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 100, "a"));
        house.Double.Dispute(house.Charges(paid.Id)[0]["id"]!.ToString());
        house.House.Time.Advance(TimeSpan.FromHours(3));
        // The webhook has not come: the dispute is on the balance and not in our books.
        Assert.Equal(2, await RunAsync(house));
        await house.DeliverAllAsync();
        house.Double.Faults = Simulator.Stripe.StripeFaultPlan.Of(_ => Simulator.Stripe.StripeFault.LostBefore);
        Assert.Equal(
            "provider-unavailable",
            Refused(await house.House.ActAsync<IReconciliation, Outcome<int>>(Desk, r => r.RunAsync(default))).Code
        );
        house.Double.Faults = Simulator.Stripe.StripeFaultPlan.None;
        Assert.Equal(0, await RunAsync(house));
        var closed = Ok(
            await house.House.ActAsync<IReconciliation, Outcome<Page<BreakView>>>(
                Desk,
                r => r.BreaksAsync(new BreakQuery { Resolved = true }, default)
            )
        ).Items;
        Assert.All(closed, b => Assert.Equal("system", b.ResolvedBy));
        Assert.Equal(2, closed.Count);
    }

    [Fact]
    public async Task Only_the_network_desk_looks()
    {
        await using var db = await DatabaseAsync();
        await using var house = await StripeHouse.OverAsync(db.Fixture);
        Actor customer = Customer(house.House.NewParty());
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.House.ActAsync<IReconciliation, Outcome<ReconciliationView>>(customer, r => r.ReadAsync(default))).Kind
        );
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(
                await house.House.ActAsync<IReconciliation, Outcome<Page<BreakView>>>(customer, r => r.BreaksAsync(new(), default))
            ).Kind
        );
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.House.ActAsync<IReconciliation, Outcome<int>>(customer, r => r.RunAsync(default))).Kind
        );
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.House.ActAsync<IReconciliation, Outcome<Done>>(customer, r => r.RetryAsync("evt", default))).Kind
        );
    }

    private static async Task<OwnDatabase> DatabaseAsync()
    {
        var fixture = new PostgresFixture();
        await ((IAsyncLifetime)fixture).InitializeAsync();
        return new OwnDatabase(fixture);
    }

    private sealed record OwnDatabase(PostgresFixture Fixture) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await ((IAsyncLifetime)Fixture).DisposeAsync();
    }

    private static async Task<int> RunAsync(StripeHouse house) =>
        Ok(await house.House.ActAsync<IReconciliation, Outcome<int>>(Desk, r => r.RunAsync(default)));

    private static async Task<ReconciliationView> ReadAsync(StripeHouse house) =>
        Ok(await house.House.ActAsync<IReconciliation, Outcome<ReconciliationView>>(Desk, r => r.ReadAsync(default)));

    private static async Task<IReadOnlyList<BreakView>> BreaksAsync(StripeHouse house, BreakKind kind) =>
        Ok(
            await house.House.ActAsync<IReconciliation, Outcome<Page<BreakView>>>(
                Desk,
                r => r.BreaksAsync(new BreakQuery { Kind = kind }, default)
            )
        ).Items;

    private static Task<Outcome<BreakView>> ResolveAsync(StripeHouse house, string id, string why, Actor by) =>
        house.House.ActAsync<IReconciliation, Outcome<BreakView>>(by, r => r.ResolveAsync(id, why, default));
}
