using System.Collections.Concurrent;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

public sealed class PaymentTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_top_up_is_credited_in_full_and_the_network_bears_the_fee()
    {
        await using var house = Over(db, settings: ("LocalPaymentFeeRate", "0.029"));
        string customer = house.NewParty();
        var payment = Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(100), "key", default)));
        Assert.Equal(
            (PaymentState.Succeeded, Money(2.9m), "local", $"local-{payment.Id}"),
            (payment.State, payment.Fee, payment.Provider, payment.ProviderReference)
        );
        Assert.Equal(Money(100), (await house.WalletAsync(customer)).Available);
        var journal = Assert.Single(
            (await house.LedgerAsync(Actor.System, l => l.JournalsAsync(new() { GroupId = payment.Id }, default))).Items
        );
        Assert.Equal(["bank", "psp_fee"], journal.Legs.Select(l => l.DebitAccount));
    }

    [Fact]
    public async Task One_key_is_one_payment_however_often_and_however_parallel()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        var payments = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(10), "key", default)))
        );
        Assert.Single(payments.Select(p => Ok(p).Id).Distinct());
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
        Assert.Equal(
            "idempotency-key-reused",
            Refused(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(11), "key", default))).Code
        );
        // Another party's key is another key.
        Ok(await house.PaymentsAsync(Customer(house.NewParty()), p => p.TopUpAsync(Money(11), "key", default)));
        Assert.Single((await house.PaymentsAsync(Customer(customer), p => p.ListAsync(new(), default))).Items);
    }

    [Fact]
    public async Task A_payment_whose_answer_was_lost_is_finished_by_the_worker_under_the_same_key()
    {
        var provider = new LossyProvider();
        await using var house = Over(db, s => s.AddSingleton<IPaymentProvider>(provider));
        string customer = house.NewParty();
        provider.LoseAnswers = true;
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(10), "key", default))
        );
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
        Assert.Equal(
            PaymentState.Created,
            Assert.Single((await house.PaymentsAsync(Customer(customer), p => p.ListAsync(new(), default))).Items).State
        );

        provider.LoseAnswers = false;
        await house.WorkAsync();
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
        house.Time.Advance(TimeSpan.FromMinutes(3));
        await house.WorkAsync();
        await house.WorkAsync();
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
        // The customer's own repetition finds it done.
        Assert.Equal(
            PaymentState.Succeeded,
            Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(10), "key", default))).State
        );
        Assert.Equal(1, provider.Taken.Count(t => t.Value.PartyId == customer));
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task A_declined_payment_says_why_and_credits_nothing()
    {
        await using var house = Over(db, s => s.AddSingleton<IPaymentProvider>(new LossyProvider { Decline = true }));
        string customer = house.NewParty();
        var payment = Ok(await house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(10), "key", default)));
        Assert.Equal((PaymentState.Failed, "card declined"), (payment.State, payment.Failure));
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task A_payment_refuses_to_run_inside_a_transaction()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            house.ActAsync<IServiceProvider, int>(
                Customer(customer),
                services =>
                    Platform.Data.Transactions.InTransactionAsync(
                        services.GetRequiredService<Platform.Data.MarketplaceDbContext>(),
                        async ct =>
                        {
                            await services.GetRequiredService<IPayments>().TopUpAsync(Money(10), "key", ct);
                            return 0;
                        },
                        default
                    )
            )
        );
    }

    [Theory]
    [InlineData("0", "/amount")]
    [InlineData("-5", "/amount")]
    [InlineData("0.001", "/amount")]
    [InlineData("10000001", "/amount")]
    public async Task A_wrong_amount_is_refused_with_its_field_and_fix(string amount, string pointer)
    {
        await using var house = Over(db);
        var problem = Refused(
            await house.PaymentsAsync(
                Customer(house.NewParty()),
                p => p.TopUpAsync(Money(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)), "key", default)
            )
        );
        var error = Assert.Single(problem.Errors);
        Assert.Equal(pointer, error.Pointer);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public async Task Who_may_not_pay_or_grant_is_told()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        var viewer = new Actor(customer, PartyKinds.Customer, MemberRole.Member);
        Assert.Equal(ProblemKind.Forbidden, Refused(await house.PaymentsAsync(viewer, p => p.TopUpAsync(Money(1), "k", default))).Kind);
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.PaymentsAsync(Customer(customer), p => p.GrantAsync(customer, Money(1), "r", "k", default))).Kind
        );
        Assert.Equal(
            "/reason",
            Assert.Single(Refused(await house.PaymentsAsync(Desk, p => p.GrantAsync(customer, Money(1), " ", "k", default))).Errors).Pointer
        );
    }

    [Fact]
    public async Task A_grant_is_made_once_per_key()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        Task<Outcome<JournalView>> Grant(decimal amount) =>
            house.PaymentsAsync(Desk, p => p.GrantAsync(customer, Money(amount), "spring", "k", default));
        var journal = Ok(await Grant(5));
        Assert.Equal(journal.Id, Ok(await Grant(5)).Id);
        Assert.Equal("idempotency-key-reused", Refused(await Grant(6)).Code);
        Assert.Equal(Money(5), (await house.WalletAsync(customer)).Promo);
    }

    /// <summary>Remembers what it took by key, as a real provider does, and can lose its answer after taking the money.</summary>
    private sealed class LossyProvider : IPaymentProvider
    {
        public string Name => "lossy";
        public bool LoseAnswers { get; set; }
        public bool Decline { get; init; }
        public ConcurrentDictionary<string, (string PartyId, Money Amount)> Taken { get; } = new();

        public bool TakesCards => false;

        public Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
        {
            var none = Platform.Monetary.Money.Zero(order.Amount.Currency);
            if (Decline)
                return Task.FromResult(new ProviderPayment("x", PaymentState.Failed, none, "card declined"));
            Taken.TryAdd(order.PaymentId, (order.PartyId, order.Amount));
            return LoseAnswers
                ? throw new HttpRequestException("the answer was lost")
                : Task.FromResult(new ProviderPayment("ch_" + order.PaymentId, PaymentState.Succeeded, none, null));
        }

        public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) => PayAsync(order, ct);

        public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct) =>
            Task.FromResult(new ProviderRefund("re_" + order.RefundId, RefundState.Succeeded, null));
    }
}
