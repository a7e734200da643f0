using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

public sealed class StripePaymentTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_saved_card_pays_for_credit_once_and_the_network_bears_the_fee()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var paid = Ok(await house.PayAsync(customer, 100, "k"));
        // 2.9 % of 100.00 and 0.30.
        Assert.Equal(
            (PaymentState.Succeeded, Money(3.2m), "stripe", "visa •••• 4242"),
            (paid.State, paid.Fee, paid.Provider, paid.MethodLabel)
        );
        Assert.Equal(100, await house.CreditAsync(customer));
        Assert.Equal(paid.Id, Ok(await house.PayAsync(customer, 100, "k")).Id);
        Assert.Equal("idempotency-key-reused", Refused(await house.PayAsync(customer, 101, "k")).Code);
        Assert.Equal(10_000, Assert.Single(house.Charges(paid.Id))["amount"]!.GetValue<long>());
    }

    [Fact]
    public async Task Twenty_requests_with_one_key_charge_once()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.PayAsync(customer, 10, "k")));
        string id = Assert.Single(all.Select(p => Ok(p).Id).Distinct());
        await house.ResumeAllAsync();
        Assert.Single(house.Charges(id));
        Assert.Equal(10, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task A_declined_card_says_why_and_can_never_be_charged_for_that_payment_again()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_chargeCustomerFail");
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        Assert.Equal((PaymentState.Failed, "Your card was declined."), (paid.State, paid.Failure));
        Assert.Equal("canceled", Assert.Single(house.Double.All("payment_intent"))["status"]!.ToString());
        await house.DeliverAllAsync();
        Assert.Equal(0, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task Without_a_saved_card_nothing_is_charged()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = house.House.NewParty();
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        Assert.Equal(PaymentState.Failed, paid.State);
        Assert.Contains("Add a card", paid.Failure, StringComparison.Ordinal);
        Assert.Empty(house.Double.All("charge"));
    }

    [Fact]
    public async Task Another_partys_card_is_refused_by_the_provider_and_not_charged()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string other = await house.CustomerAsync();
        string theirs = Assert
            .Single(Ok(await house.ActAsync<IPaymentMethods, Outcome<IReadOnlyList<PaymentMethodView>>>(other, m => m.ListAsync(default))))
            .Id;
        string customer = await house.CustomerAsync();
        Assert.Equal(PaymentState.Failed, Ok(await house.PayAsync(customer, 10, "k", theirs)).State);
        Assert.Empty(house.Double.All("charge"));
    }

    [Fact]
    public async Task A_payment_the_bank_asks_about_is_finished_by_its_webhook()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        Assert.Equal(PaymentState.RequiresAction, paid.State);
        Assert.Contains("/test/authenticate/", paid.ActionUrl!.ToString(), StringComparison.Ordinal);
        await house.DeliverAllAsync();
        Assert.Equal(0, await house.CreditAsync(customer));
        house.Double.Authenticate(paid.ProviderReference!, passed: true);
        await house.DeliverAllAsync();
        var done = await house.PaymentAsync(customer);
        Assert.Equal((PaymentState.Succeeded, null), (done.State, done.ActionUrl));
        Assert.Equal(10, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task A_payment_nobody_confirms_is_given_up_and_one_that_fails_there_has_failed()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        var failed = Ok(await house.PayAsync(customer, 10, "a"));
        house.Double.Authenticate(failed.ProviderReference!, passed: false);
        var left = Ok(await house.PayAsync(customer, 10, "b"));
        await house.DeliverAllAsync();
        house.House.Time.Advance(TimeSpan.FromHours(25));
        await house.ResumeAsync();
        var states = (
            await house.ActAsync<IPayments, Platform.Pages.Page<PaymentView>>(customer, p => p.ListAsync(new(), default))
        ).Items.ToDictionary(p => p.Id, p => p.State);
        Assert.Equal((PaymentState.Failed, PaymentState.Canceled), (states[failed.Id], states[left.Id]));
        Assert.All(house.Double.All("payment_intent"), i => Assert.Equal("canceled", i["status"]!.ToString()));
    }

    [Fact]
    public async Task The_customer_gives_up_a_waiting_payment_and_no_other()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        var waiting = Ok(await house.PayAsync(customer, 10, "k"));
        Task<Outcome<PaymentView>> Cancel(string by) =>
            house.ActAsync<IPayments, Outcome<PaymentView>>(by, p => p.CancelAsync(waiting.Id, default));
        Assert.Equal("not-found", Refused(await Cancel(house.House.NewParty())).Code);
        Assert.Equal(PaymentState.Canceled, Ok(await Cancel(customer)).State);
        Assert.Equal("payment-not-open", Refused(await Cancel(customer)).Code);
    }

    public static TheoryData<StripeFault> Faults => [.. Enum.GetValues<StripeFault>().Where(f => f != StripeFault.None)];

    /// <summary>The calls of a payment are counted without a fault; then each of them goes wrong in every way.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_goes_wrong_at_whichever_call_exactly_one_payment_is_made(StripeFault fault)
    {
        await using var house = await StripeHouse.OverAsync(db);
        string known = await house.CustomerAsync();
        int before = house.Double.Calls.Count;
        Ok(await house.PayAsync(known, 10, "k"));
        int calls = house.Double.Calls.Count - before;
        Assert.InRange(calls, 3, 8);
        for (int at = 1; at <= calls; at++)
        {
            // The customer is new at Stripe as well where the first call goes wrong.
            string customer = await house.CustomerAsync();
            int broken = house.Double.Calls.Count + at;
            house.Double.Faults = StripeFaultPlan.Of(c => c.Number == broken ? fault : StripeFault.None);
            var paid = Ok(await house.PayAsync(customer, 10, "k"));
            house.Double.Faults = StripeFaultPlan.None;
            await house.ResumeAllAsync();
            var done = await house.PaymentAsync(customer);
            Assert.Equal((paid.Id, PaymentState.Succeeded), (done.Id, done.State));
            Assert.Single(house.Charges(paid.Id));
            Assert.Equal(10, await house.CreditAsync(customer));
        }
    }

    [Fact]
    public void Under_any_plan_of_faults_a_payment_is_made_once_or_not_at_all() =>
        Properties.Check(
            from seed in Gen.Choose(1, 1_000_000)
            from percent in Gen.Choose(10, 70)
            select (seed, percent),
            plan => PayUnderAsync(plan.seed, plan.percent).GetAwaiter().GetResult(),
            count: 20
        );

    private async Task<bool> PayUnderAsync(int seed, int percent)
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync(seed % 4 == 0 ? "pm_card_chargeCustomerFail" : "pm_card_visa");
        house.Double.Faults = StripeFaultPlan.Seeded(seed, percent / 100.0);
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        await house.ResumeAllAsync();
        foreach (var delivery in house.Webhooks.TakeBadly(seed, lost: 0.3))
            await house.DeliverAsync(delivery);
        await house.WorkOffAsync();
        if (seed % 3 == 0)
            house.House.Time.Advance(TimeSpan.FromHours(30));
        house.Double.Faults = StripeFaultPlan.None;
        await house.ResumeAllAsync();
        var done = await house.PaymentAsync(customer);
        bool refused = seed % 4 == 0;
        Assert.Equal(refused ? PaymentState.Failed : PaymentState.Succeeded, done.State);
        Assert.Equal(refused ? 0 : 1, house.Charges(paid.Id).Count);
        Assert.Equal(refused ? 0 : 10, await house.CreditAsync(customer));
        return true;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_day_after_a_lost_answer_the_intent_is_found_by_its_metadata(int call)
    {
        await using var house = await StripeHouse.OverAsync(db, settings: ("Stripe:MaxRetries", "0"));
        string customer = await house.CustomerAsync();
        int from = house.Double.Calls.Count;
        // Everything after it fails too: nothing is known here about what was done there.
        house.Double.Faults = StripeFaultPlan.Of(c =>
            c.Number - from == call ? StripeFault.LostAfter
            : c.Number - from > call ? StripeFault.LostBefore
            : StripeFault.None
        );
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        Assert.Equal(PaymentState.Created, paid.State);
        house.House.Time.Advance(TimeSpan.FromHours(40));
        house.Double.Faults = StripeFaultPlan.None;
        await house.ResumeAllAsync();
        Assert.Equal(PaymentState.Succeeded, (await house.PaymentAsync(customer)).State);
        Assert.Single(house.Charges(paid.Id));
        Assert.Single(house.Double.All("payment_intent"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_on_either_side_of_the_call_is_finished_by_the_worker(bool afterTheCall)
    {
        var stop = new Stop { After = afterTheCall, Armed = true };
        await using var house = await StripeHouse.OverAsync(
            db,
            s =>
                s.AddSingleton(stop)
                    .AddScoped<IPaymentProvider>(p => new StoppingProvider(p.GetRequiredService<StripePaymentProvider>(), stop))
        );
        string customer = await house.CustomerAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => house.PayAsync(customer, 10, "k"));
        Assert.Equal(PaymentState.Created, (await house.PaymentAsync(customer)).State);
        Assert.Equal(afterTheCall ? 1 : 0, house.Double.All("charge").Count);
        stop.Armed = false;
        await house.ResumeAllAsync();
        var done = await house.PaymentAsync(customer);
        Assert.Equal(PaymentState.Succeeded, done.State);
        Assert.Single(house.Charges(done.Id));
        Assert.Equal(10, await house.CreditAsync(customer));

        stop.Armed = true;
        await Assert.ThrowsAsync<OperationCanceledException>(() => house.RefundAsync(customer, done.Id, 4, "r"));
        Assert.Equal(6, await house.CreditAsync(customer));
        stop.Armed = false;
        await house.ResumeAllAsync();
        Assert.Single(house.Double.All("refund"));
        Assert.Equal(PaymentState.PartiallyRefunded, (await house.PaymentAsync(customer)).State);
        Assert.Equal(6, await house.CreditAsync(customer));
    }

    private sealed class Stop
    {
        public bool Armed { get; set; }
        public bool After { get; init; }
    }

    /// <summary>Stops the process, so to speak, just before or just after the provider did its work.</summary>
    private sealed class StoppingProvider(IPaymentProvider inner, Stop stop) : IPaymentProvider
    {
        public string Name => inner.Name;
        public bool TakesCards => inner.TakesCards;

        public Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct) => AroundAsync(() => inner.PayAsync(order, ct));

        public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) =>
            AroundAsync(() => inner.CancelAsync(order, ct));

        public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct) =>
            AroundAsync(() => inner.RefundAsync(order, ct));

        private async Task<T> AroundAsync<T>(Func<Task<T>> call)
        {
            if (stop is { Armed: true, After: false })
                throw new OperationCanceledException("stopped before the call");
            T answer = await call();
            return stop is { Armed: true, After: true } ? throw new OperationCanceledException("stopped after the call") : answer;
        }
    }
}
