using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

public sealed class StripeRefundTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Unspent_credit_goes_back_once_and_never_more_than_is_left()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 100, "k"));
        var refund = Ok(await house.RefundAsync(customer, paid.Id, 30, "r"));
        Assert.Equal((RefundState.Succeeded, Money(30)), (refund.State, refund.Amount));
        Assert.Equal(refund.Id, Ok(await house.RefundAsync(customer, paid.Id, 30, "r")).Id);
        Assert.Equal("idempotency-key-reused", Refused(await house.RefundAsync(customer, paid.Id, 31, "r")).Code);
        Assert.Equal(70, await house.CreditAsync(customer));
        Assert.Equal(PaymentState.PartiallyRefunded, (await house.PaymentAsync(customer)).State);
        Assert.Contains("70.00 CNY", Refused(await house.RefundAsync(customer, paid.Id, 70.01m, "more")).Detail, StringComparison.Ordinal);
        Assert.Equal("/amount", Assert.Single(Refused(await house.RefundAsync(customer, paid.Id, 0, "none")).Errors).Pointer);

        // What is set aside for an order is not unspent.
        Ok(await house.House.HoldAsync(customer, 60, house.House.NewId("hold")));
        Assert.Equal("insufficient-funds", Refused(await house.RefundAsync(customer, paid.Id, 11, "held")).Code);
        Ok(await house.RefundAsync(customer, paid.Id, 10, "rest"));
        Assert.Equal(2, house.Double.All("refund").Count);
        Assert.Equal(0, await house.House.BalanceAsync("refund_transit"));
    }

    [Fact]
    public async Task Parallel_refunds_never_give_back_more_than_was_paid()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 100, "k"));
        Ok(await house.PayAsync(customer, 100, "k2"));
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => house.RefundAsync(customer, paid.Id, 30, $"r{i}")));
        Assert.Equal(3, all.Count(r => r.IsOk));
        Assert.Equal(9_000, house.Double.All("refund").Sum(r => r["amount"]!.GetValue<long>()));
        Assert.Equal(110, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task Whose_payment_it_is_or_the_desk_asks_and_nobody_else()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        Assert.Equal("not-found", Refused(await house.RefundAsync(house.House.NewParty(), paid.Id, 1, "r")).Code);
        var viewer = new Actor(customer, PartyKinds.Customer, MemberRole.Viewer);
        var request = new RefundRequest(paid.Id, 1, "asked by mail");
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.House.ActAsync<IRefunds, Outcome<RefundView>>(viewer, r => r.RequestAsync(request, "r", default))).Kind
        );
        var byDesk = Ok(await house.House.ActAsync<IRefunds, Outcome<RefundView>>(Desk, r => r.RequestAsync(request, "r", default)));
        Assert.Equal(customer, byDesk.PartyId);
        // The desk's key is not the customer's.
        Assert.NotEqual(byDesk.Id, Ok(await house.RefundAsync(customer, paid.Id, 1, "r")).Id);
        Assert.Null(await house.ActAsync<IRefunds, RefundView?>(house.House.NewParty(), r => r.FindAsync(byDesk.Id, default)));
        Assert.Empty((await house.ActAsync<IRefunds, Page<RefundView>>(house.House.NewParty(), r => r.ListAsync(new(), default))).Items);
    }

    [Fact]
    public async Task A_refund_the_bank_sends_back_is_credit_again()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        var refund = Ok(await house.RefundAsync(customer, paid.Id, 10, "r"));
        Assert.Equal(PaymentState.Refunded, (await house.PaymentAsync(customer)).State);
        house.Double.SettleRefund(refund.ProviderReference!, arrived: false);
        await house.DeliverAllAsync();
        await house.DeliverAllAsync();
        var failed = await house.ActAsync<IRefunds, RefundView?>(customer, r => r.FindAsync(refund.Id, default));
        Assert.Equal((RefundState.Failed, "expired_or_canceled_card"), (failed!.State, failed.Failure));
        Assert.Equal(PaymentState.Succeeded, (await house.PaymentAsync(customer)).State);
        Assert.Equal(10, await house.CreditAsync(customer));
        // And may be given back again.
        Ok(await house.RefundAsync(customer, paid.Id, 10, "again"));
    }

    [Fact]
    public async Task A_pending_refund_is_settled_by_its_webhook()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_pendingRefund");
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        var refund = Ok(await house.RefundAsync(customer, paid.Id, 10, "r"));
        Assert.Equal(RefundState.Pending, refund.State);
        Assert.Equal((0, PaymentState.Succeeded), (await house.CreditAsync(customer), (await house.PaymentAsync(customer)).State));
        house.Double.SettleRefund(refund.ProviderReference!, arrived: true);
        await house.DeliverAllAsync();
        Assert.Equal(PaymentState.Refunded, (await house.PaymentAsync(customer)).State);
    }

    public static TheoryData<StripeFault> Faults => StripePaymentTests.Faults;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_goes_wrong_exactly_one_refund_is_made(StripeFault fault)
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        int made = 0;
        for (int at = 1; at <= 2; at++)
        {
            int broken = house.Double.Calls.Count + at;
            // The call itself, or it and the look for what became of it.
            house.Double.Faults = StripeFaultPlan.Of(c => c.Number <= broken ? fault : StripeFault.None);
            var refund = Ok(await house.RefundAsync(customer, paid.Id, 2, $"r{at}"));
            house.Double.Faults = StripeFaultPlan.None;
            await house.ResumeAllAsync();
            Assert.Equal(
                RefundState.Succeeded,
                (await house.ActAsync<IRefunds, RefundView?>(customer, r => r.FindAsync(refund.Id, default)))!.State
            );
            Assert.Equal(++made, house.Double.All("refund").Count);
            Assert.Equal(10 - (2 * made), await house.CreditAsync(customer));
        }
    }

    [Fact]
    public async Task A_refund_can_also_be_made_of_a_payment_from_before_stripe()
    {
        await using var local = Over(db);
        string customer = local.NewParty();
        var paid = Ok(await local.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(10), "k", default)));
        await using var house = await StripeHouse.OverAsync(db);
        Assert.Equal(RefundState.Succeeded, Ok(await house.RefundAsync(customer, paid.Id, 4, "r")).State);
        Assert.Empty(house.Double.All("refund"));
        Assert.Equal(6, await house.CreditAsync(customer));
    }
}
