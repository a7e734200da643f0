using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Bank;

/// <summary>What came by bank transfer goes back by one, and has gone back when the desk has made it.</summary>
public sealed class RefundTransferTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_refund_waits_until_the_desk_has_transferred_it()
    {
        await using var house = BankHouse.Open(db);
        string customer = house.NewParty();
        long before = await BankAsync(house);
        var payment = await house.PaidInAsync(customer, 100);
        Assert.Equal(before + 100_000_000, await BankAsync(house));
        var refund = await house.AskBackAsync(payment, 40);
        Assert.Equal(RefundState.Pending, refund.State);
        Assert.EndsWith(refund.TransferReference!, refund.Id.ToUpperInvariant(), StringComparison.Ordinal);
        // It cannot be spent any more, and the money is still at the bank.
        Assert.Equal(Money(60), (await house.WalletAsync(customer)).Available);
        Assert.Equal(before + 100_000_000, await BankAsync(house));
        Assert.Contains(await AwaitedAsync(house), r => r.Id == refund.Id);
        Assert.Equal((Money(40), Money(40)), await BackAsync(house, payment));
        house.Time.Advance(TimeSpan.FromDays(2));
        await house.ActAsync<BillingJobs, int>(Actor.System, j => j.ResumePaymentsAsync(default));
        Assert.Equal(RefundState.Pending, (await house.RefundAsync(refund.Id)).State);

        var paid = Ok(await PaidBackAsync(house, Desk, refund.Id, " OUT-1 "));
        Assert.Equal((RefundState.Succeeded, "OUT-1", (string?)null), (paid.State, paid.ProviderReference, paid.TransferReference));
        Assert.Equal(before + 60_000_000, await BankAsync(house));
        Assert.DoesNotContain(await AwaitedAsync(house), r => r.Id == refund.Id);
        Assert.Equal((Money(40), Money(0)), await BackAsync(house, payment));
        Assert.Equal(RefundState.Succeeded, Ok(await PaidBackAsync(house, Desk, refund.Id, "OUT-1")).State);
        Assert.Equal("refund-not-open", Refused(await PaidBackAsync(house, Desk, refund.Id, "OUT-2")).Code);
        Assert.Equal("refund-not-open", Refused(await NotPaidBackAsync(house, Desk, refund.Id, "no")).Code);
        var other = await house.AskBackAsync(payment, 10);
        Assert.Equal("transfer-booked", Refused(await PaidBackAsync(house, Desk, other.Id, "OUT-1")).Code);
    }

    [Fact]
    public async Task A_refund_that_cannot_be_transferred_is_credit_again()
    {
        await using var house = BankHouse.Open(db);
        var payment = await house.PaidInAsync(house.NewParty(), 100);
        var refund = await house.AskBackAsync(payment, 40);
        Assert.Equal("/reason", Assert.Single(Refused(await NotPaidBackAsync(house, Desk, refund.Id, " ")).Errors).Pointer);
        Assert.Equal("/reference", Assert.Single(Refused(await PaidBackAsync(house, Desk, refund.Id, "")).Errors).Pointer);
        var failed = Ok(await NotPaidBackAsync(house, Desk, refund.Id, "The account is closed."));
        Assert.Equal((RefundState.Failed, "The account is closed."), (failed.State, failed.Failure));
        Assert.Equal(RefundState.Failed, Ok(await NotPaidBackAsync(house, Desk, refund.Id, "The account is closed.")).State);
        Assert.Equal(Money(100), (await house.WalletAsync(payment.PartyId)).Available);
        Assert.Equal(Money(0), (await house.PaymentsAsync(Customer(payment.PartyId), p => p.FindAsync(payment.Id, default)))!.Refunded);
    }

    [Fact]
    public async Task Only_the_network_desk_says_what_became_of_a_refund()
    {
        await using var house = BankHouse.Open(db);
        var payment = await house.PaidInAsync(house.NewParty(), 100);
        var refund = await house.AskBackAsync(payment, 40);
        foreach (Actor actor in new[] { Customer(payment.PartyId), Center(house.NewParty()), Desk with { Role = MemberRole.Viewer } })
        {
            Assert.Equal(ProblemKind.Forbidden, Refused(await PaidBackAsync(house, actor, refund.Id, "OUT-F")).Kind);
            Assert.Equal(ProblemKind.Forbidden, Refused(await NotPaidBackAsync(house, actor, refund.Id, "no")).Kind);
        }
        Assert.Equal("not-found", Refused(await PaidBackAsync(house, Desk, "rfd_none", "OUT-F")).Code);
        Assert.Equal(RefundState.Pending, (await house.RefundAsync(refund.Id)).State);
        Assert.Null(await house.ActAsync<IRefunds, RefundView?>(Customer(house.NewParty()), r => r.FindAsync(refund.Id, default)));
    }

    // What was given back, and what of it is still on its way: the same read alone and in the list.
    private static async Task<(Money Refunded, Money Refunding)> BackAsync(BillingHouse house, PaymentView payment)
    {
        Actor customer = Customer(payment.PartyId);
        var alone = (await house.PaymentsAsync(customer, p => p.FindAsync(payment.Id, default)))!;
        var listed = (await house.PaymentsAsync(customer, p => p.ListAsync(new(), default))).Items.Single(p => p.Id == payment.Id);
        Assert.Equal(alone, listed);
        return (alone.Refunded, alone.Refunding);
    }

    private static Task<long> BankAsync(BillingHouse house) =>
        house.ActAsync<ILedger, long>(
            Actor.System,
            async l => (await l.AccountsAsync(new() { Search = "bank", Currency = "CNY" }, default)).Items.Sum(a => a.Balance.Micros)
        );

    private static async Task<IReadOnlyList<RefundView>> AwaitedAsync(BillingHouse house) =>
        (
            await house.ActAsync<IRefunds, Platform.Pages.Page<RefundView>>(
                Desk,
                r => r.ListAsync(new() { AwaitsTransfer = true }, default)
            )
        ).Items;

    private static Task<Outcome<RefundView>> PaidBackAsync(BillingHouse house, Actor actor, string refund, string reference) =>
        house.ActAsync<ITransfers, Outcome<RefundView>>(actor, t => t.PaidBackAsync(refund, reference, default));

    private static Task<Outcome<RefundView>> NotPaidBackAsync(BillingHouse house, Actor actor, string refund, string reason) =>
        house.ActAsync<ITransfers, Outcome<RefundView>>(actor, t => t.NotPaidBackAsync(refund, reason, default));
}
