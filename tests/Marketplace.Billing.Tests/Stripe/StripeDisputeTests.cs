using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

public sealed class StripeDisputeTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_dispute_freezes_what_is_there_and_a_won_one_gives_it_back()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (customer, paid, dispute) = await DisputedAsync(house, spent: 30);
        Assert.Equal(
            (DisputeState.NeedsResponse, Money(100), Money(15), Money(70), PaymentState.Disputed),
            (dispute.State, dispute.Amount, dispute.Fee, dispute.Frozen, (await house.PaymentAsync(customer)).State)
        );
        Assert.Equal(0, await house.CreditAsync(customer));
        Assert.Equal("not-refundable", Refused(await house.RefundAsync(customer, paid.Id, 1, "r")).Code);

        var sent = Ok(await DeskAsync(house, d => d.SubmitAsync(dispute.Id, "winning_evidence", default)));
        Assert.Equal(DisputeState.Won, sent.State);
        Assert.NotNull(sent.EvidenceSubmittedAt);
        Assert.Equal(70, await house.CreditAsync(customer));
        Assert.Equal(PaymentState.Succeeded, (await house.PaymentAsync(customer)).State);
        await house.DeliverAllAsync();
        Assert.Equal(70, await house.CreditAsync(customer));
        Assert.Equal(0, await house.House.BalanceAsync("dispute_recv"));
        Assert.Equal("dispute-closed", Refused(await DeskAsync(house, d => d.SubmitAsync(dispute.Id, "more", default))).Code);
    }

    [Fact]
    public async Task A_lost_dispute_takes_what_was_frozen_and_later_credit_pays_the_rest()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (customer, _, dispute) = await DisputedAsync(house, spent: 30);
        house.Double.Decide(dispute.Reference, won: false);
        await house.DeliverAllAsync();
        var lost = await FindAsync(house, dispute.Id);
        Assert.Equal((DisputeState.Lost, Money(30)), (lost.State, lost.Owed));
        Assert.Equal(PaymentState.ChargedBack, (await house.PaymentAsync(customer)).State);
        Assert.Equal(30_000_000, await house.House.BalanceAsync("clawback:" + customer));

        await house.House.GrantAsync(customer, 5);
        Ok(await house.PayAsync(customer, 20, "k2"));
        Assert.Equal((0, 10_000_000), (await house.CreditAsync(customer), await house.House.BalanceAsync("clawback:" + customer)));
        Ok(await house.PayAsync(customer, 20, "k3"));
        Assert.Equal((10, 0), (await house.CreditAsync(customer), await house.House.BalanceAsync("clawback:" + customer)));
    }

    [Fact]
    public async Task Credit_that_a_hold_gives_back_pays_a_lost_dispute_too()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (customer, _, dispute) = await DisputedAsync(house, spent: 100, reference: out string hold);
        Ok(await DeskAsync(house, d => d.AcceptAsync(dispute.Id, default)));
        Assert.Equal(100_000_000, await house.House.BalanceAsync("clawback:" + customer));
        await house.House.LedgerAsync(Platform.Parties.Actor.System, l => l.ReleaseAsync(hold, default));
        await house.House.ActAsync<Clawbacks, int>(Platform.Parties.Actor.System, c => c.CollectAllAsync(default));
        await house.House.ActAsync<Clawbacks, int>(Platform.Parties.Actor.System, c => c.CollectAllAsync(default));
        Assert.Equal((0, 0), (await house.CreditAsync(customer), await house.House.BalanceAsync("clawback:" + customer)));
    }

    [Fact]
    public async Task A_dispute_heard_of_only_after_it_was_decided_is_booked_whole()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 100, "k"));
        string reference = house.Double.Dispute(house.Charges(paid.Id)[0]["id"]!.ToString());
        house.Double.Decide(reference, won: true);
        // Of five events the last comes first.
        foreach (var delivery in house.Webhooks.Take().Reverse())
            await house.DeliverAsync(delivery);
        await house.WorkOffAsync();
        var dispute = Assert.Single((await house.ActAsync<IDisputes, Page<DisputeView>>(customer, d => d.ListAsync(new(), default))).Items);
        Assert.Equal((DisputeState.Won, Money(15)), (dispute.State, dispute.Fee));
        Assert.Equal(100, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task A_dispute_is_read_by_its_party_and_answered_by_the_desk_alone()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (customer, _, dispute) = await DisputedAsync(house, spent: 0);
        Assert.NotNull(await house.ActAsync<IDisputes, DisputeView?>(customer, d => d.FindAsync(dispute.Id, default)));
        string other = house.House.NewParty();
        Assert.Null(await house.ActAsync<IDisputes, DisputeView?>(other, d => d.FindAsync(dispute.Id, default)));
        Assert.Empty((await house.ActAsync<IDisputes, Page<DisputeView>>(other, d => d.ListAsync(new(), default))).Items);
        foreach (string by in new[] { customer, other })
        {
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.ActAsync<IDisputes, Outcome<DisputeView>>(by, d => d.SubmitAsync(dispute.Id, "x", default))).Kind
            );
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(await house.ActAsync<IDisputes, Outcome<DisputeView>>(by, d => d.AcceptAsync(dispute.Id, default))).Kind
            );
        }
        Assert.Equal(
            "/evidence",
            Assert.Single(Refused(await DeskAsync(house, d => d.SubmitAsync(dispute.Id, " ", default))).Errors).Pointer
        );
    }

    private static Task<(string Customer, PaymentView Paid, DisputeView Dispute)> DisputedAsync(StripeHouse house, decimal spent) =>
        DisputedAsync(house, spent, house.House.NewId("hold"));

    private static Task<(string Customer, PaymentView Paid, DisputeView Dispute)> DisputedAsync(
        StripeHouse house,
        decimal spent,
        out string reference
    ) => DisputedAsync(house, spent, reference = house.House.NewId("hold"));

    /// <summary>A payment of 100 that is disputed after some of it was set aside.</summary>
    private static async Task<(string Customer, PaymentView Paid, DisputeView Dispute)> DisputedAsync(
        StripeHouse house,
        decimal spent,
        string reference
    )
    {
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 100, "k"));
        if (spent > 0)
            Ok(await house.House.HoldAsync(customer, spent, reference));
        await house.DeliverAllAsync();
        house.Double.Dispute(house.Charges(paid.Id)[0]["id"]!.ToString());
        await house.DeliverAllAsync();
        var dispute = Assert.Single((await house.ActAsync<IDisputes, Page<DisputeView>>(customer, d => d.ListAsync(new(), default))).Items);
        return (customer, paid, dispute);
    }

    private static async Task<DisputeView> FindAsync(StripeHouse house, string id) =>
        (await house.House.ActAsync<IDisputes, DisputeView?>(Desk, d => d.FindAsync(id, default)))!;

    private static Task<Outcome<DisputeView>> DeskAsync(StripeHouse house, Func<IDisputes, Task<Outcome<DisputeView>>> use) =>
        house.House.ActAsync(Desk, use);
}
