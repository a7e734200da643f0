using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

/// <summary>Payouts as transfers to accounts at Stripe. Each test looks at its own payout; the house checks the books when it goes.</summary>
public sealed class ConnectPayoutTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task An_approved_payout_is_one_transfer_under_its_own_name_and_paid_at_once()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        Assert.Equal(1, await PayoutSteps.SubmitAsync(house.House));
        var paid = await PayoutSteps.OnlyAsync(house.House, center);
        var transfer = Assert.Single(Transfers(house, payout));
        Assert.Equal((PayoutState.Paid, "stripe", transfer["id"]!.ToString()), (paid.State, paid.Provider, paid.BankReference));
        Assert.Equal(60_000, transfer["amount"]!.GetValue<long>());
        Assert.Equal(0, await PayableAsync(house, center));
        Assert.Equal(0, await PayoutSteps.SubmitAsync(house.House));
    }

    public static TheoryData<StripeFault> Faults => [.. Enum.GetValues<StripeFault>().Where(f => f != StripeFault.None)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_goes_wrong_with_the_transfer_there_is_one_and_the_books_say_so(StripeFault fault)
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        int left = 1;
        house.Double.Faults = StripeFaultPlan.Of(call => IsTransfer(call) && left-- > 0 ? fault : StripeFault.None);
        await PayoutSteps.SubmitAsync(house.House);
        for (int i = 0; i < 3; i++)
        {
            house.House.Time.Advance(TimeSpan.FromMinutes(3));
            await PayoutSteps.SubmitAsync(house.House);
        }
        var paid = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal(PayoutState.Paid, paid.State);
        Assert.Equal(paid.BankReference, Assert.Single(Transfers(house, payout))["id"]!.ToString());
        Assert.Equal(0, await PayableAsync(house, center));
        // The webhooks say nothing new.
        await house.DeliverAllAsync();
        Assert.Equal(PayoutState.Paid, (await PayoutSteps.OnlyAsync(house.House, center)).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_process_that_dies_between_the_transfer_and_the_commit_pays_once(bool byWebhook)
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        using var dies = new CancellationTokenSource();
        house.Double.Faults = StripeFaultPlan.Of(call =>
        {
            if (!IsTransfer(call))
                return StripeFault.None;
            dies.Cancel();
            return StripeFault.LostAfter;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            house.House.ActAsync<SubmitPayouts, int>(Actor.System, s => s.RunAsync(dies.Token))
        );
        house.Double.Faults = StripeFaultPlan.None;
        var submitted = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal((PayoutState.Submitted, null), (submitted.State, submitted.BankReference));
        // A day later the provider has forgotten the key: only the look at what is there keeps it from paying twice.
        house.House.Time.Advance(TimeSpan.FromHours(25));
        if (byWebhook)
            await house.DeliverAllAsync();
        else
            Assert.Equal(1, await PayoutSteps.SubmitAsync(house.House));
        Assert.Equal(PayoutState.Paid, (await PayoutSteps.OnlyAsync(house.House, center)).State);
        Assert.Single(Transfers(house, payout));
    }

    [Fact]
    public async Task Nothing_is_sent_again_while_it_cannot_be_looked_up()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        house.Double.Faults = StripeFaultPlan.Of(c => IsTransfer(c) ? StripeFault.LostAfter : StripeFault.LostBefore);
        await PayoutSteps.SubmitAsync(house.House);
        house.House.Time.Advance(TimeSpan.FromHours(25));
        house.Double.Faults = StripeFaultPlan.Of(c => c.Method == "GET" ? StripeFault.LostBefore : StripeFault.None);
        await PayoutSteps.SubmitAsync(house.House);
        Assert.Equal(PayoutState.Submitted, (await PayoutSteps.OnlyAsync(house.House, center)).State);
        Assert.Single(Transfers(house, payout));
        house.Double.Faults = StripeFaultPlan.None;
        house.House.Time.Advance(TimeSpan.FromMinutes(3));
        await PayoutSteps.SubmitAsync(house.House);
        Assert.Equal(PayoutState.Paid, (await PayoutSteps.OnlyAsync(house.House, center)).State);
    }

    [Fact]
    public async Task A_refused_transfer_comes_back_and_is_payable_again()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        // Stripe stops the account, and its webhook has not come.
        house.Double.Restrict(Account(house, center), "external_account");
        await PayoutSteps.SubmitAsync(house.House);
        var back = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal((PayoutState.Returned, "Your destination account needs the transfers capability."), (back.State, back.Reason));
        Assert.Empty(Transfers(house, payout));
        Assert.Equal(600_000_000, await PayableAsync(house, center));
    }

    [Fact]
    public async Task A_transfer_that_is_taken_back_is_payable_again_and_both_journals_are_reversed()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        await PayoutSteps.SubmitAsync(house.House);
        string transfer = Assert.Single(Transfers(house, payout))["id"]!.ToString();
        // A part is a difference for the desk, and no end of the payout.
        house.Double.ReverseTransfer(transfer, 1_000);
        await house.DeliverAllAsync();
        Assert.Equal(PayoutState.Paid, (await PayoutSteps.OnlyAsync(house.House, center)).State);
        house.Double.ReverseTransfer(transfer);
        var events = house.Webhooks.Take();
        foreach (var one in events.Concat(events).Reverse())
            await house.DeliverAsync(one);
        await house.WorkOffAsync();
        var back = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal((PayoutState.Returned, FinishPayout.SentBack), (back.State, back.Reason));
        Assert.Equal(600_000_000, await PayableAsync(house, center));
        string[] kinds =
        [
            .. (await house.House.LedgerAsync(Actor.System, l => l.JournalsAsync(new() { GroupId = payout }, default)))
                .Items.Select(j => j.Kind)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(["payout", "payout-paid", "payout-returned", "payout-reversed"], kinds);
    }

    [Fact]
    public async Task A_balance_that_is_too_low_waits_and_is_no_fault_of_the_party()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string center = await OnboardedAsync(house, 600);
        var payout = await PayoutSteps.ApprovedAsync(house.House, center);
        await PayoutSteps.SubmitAsync(house.House);
        var waits = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal((PayoutState.Submitted, StripePayoutProvider.WaitsForBalance), (waits.State, waits.Reason));
        await FundAsync(house);
        await PayoutSteps.SubmitAsync(house.House);
        Assert.Equal(PayoutState.Paid, (await PayoutSteps.OnlyAsync(house.House, center)).State);
        Assert.Single(Transfers(house, payout.Id));
    }

    [Fact]
    public async Task A_payout_is_stopped_before_it_leaves_when_the_account_is_known_to_be_closed()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (center, payout) = await ApprovedAsync(house, 600);
        house.Double.Restrict(Account(house, center), "individual.verification.document");
        await house.DeliverAllAsync();
        await PayoutSteps.SubmitAsync(house.House);
        var held = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal((PayoutState.Held, SubmitPayouts.AccountNotReady), (held.State, held.Reason));
        Assert.Empty(Transfers(house, payout));
        Assert.Equal(600_000_000, await PayableAsync(house, center));
    }

    [Fact]
    public async Task A_bank_account_set_later_is_paid_by_the_bank()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string center = await OnboardedAsync(house, 600);
        Ok(await PayoutSteps.PayoutsAsync(house.House, Center(center), p => p.SetDestinationAsync(Cny, PayoutSteps.Account, default)));
        house.House.Time.Advance(TimeSpan.FromDays(3));
        // What Stripe says of the account afterwards does not take the destination back.
        house.Double.Onboard(Account(house, center));
        await house.DeliverAllAsync();
        await PayoutSteps.ApprovedAsync(house.House, center);
        await PayoutSteps.SubmitAsync(house.House);
        var payout = await PayoutSteps.OnlyAsync(house.House, center);
        Assert.Equal(BankTransferProvider.ProviderName, payout.Provider);
        // The bank pays it, and what the bank paid does not come back by itself.
        Ok(await PayoutSteps.ActAsync(house.House, payout.Id, PayoutAction.MarkPaid, "REF"));
        Assert.Equal("payout-state", Refused(await PayoutSteps.ActAsync(house.House, payout.Id, PayoutAction.MarkReturned, "x")).Code);
    }

    internal static bool IsTransfer(StripeCall call) => call is { Method: "POST", Path: "/v1/transfers" };

    internal static string Account(StripeHouse house, string center) =>
        Assert.Single(house.Double.All("account"), a => a["metadata"]!["party_id"]!.ToString() == center)["id"]!.ToString();

    internal static IReadOnlyList<System.Text.Json.Nodes.JsonObject> Transfers(StripeHouse house, string payoutId) =>
        [.. house.Double.All("transfer").Where(t => t["metadata"]!["payout_id"]?.ToString() == payoutId)];

    internal static Task<Outcome<PayoutAccountStart>> StartAsync(StripeHouse house, Actor by, string country = "DE") =>
        house.House.ActAsync<IPayoutAccounts, Outcome<PayoutAccountStart>>(by, a => a.StartAsync(Cny, country, "/center/payouts", default));

    /// <summary>A center with something payable whose account at Stripe can be paid and has cooled off.</summary>
    internal static async Task<string> OnboardedAsync(StripeHouse house, decimal payable)
    {
        string center = await PayoutSteps.EarnedAsync(house.House, payable, destination: false);
        Ok(await StartAsync(house, Center(center)));
        house.Double.Onboard(Account(house, center));
        await house.DeliverAllAsync();
        house.House.Time.Advance(TimeSpan.FromDays(3));
        return center;
    }

    /// <summary>Lets the network's balance at Stripe grow.</summary>
    internal static async Task FundAsync(StripeHouse house)
    {
        Ok(await house.PayAsync(await house.CustomerAsync(), 1_000, house.House.NewId("key")));
        house.House.Time.Advance(TimeSpan.FromDays(3));
    }

    internal static async Task<(string Center, string PayoutId)> ApprovedAsync(StripeHouse house, decimal payable)
    {
        await FundAsync(house);
        string center = await OnboardedAsync(house, payable);
        return (center, (await PayoutSteps.ApprovedAsync(house.House, center)).Id);
    }

    private static async Task<long> PayableAsync(StripeHouse house, string center) =>
        Ok(await PayoutSteps.PayoutsAsync(house.House, Center(center), p => p.BalanceAsync("center", Cny, default))).Payable.Micros;
}
