using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

/// <summary>Invoices paid by card, and credit bought by itself.</summary>
public sealed class InvoicePaymentTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task An_open_invoice_is_paid_directly_and_once()
    {
        await using var house = await StripeHouse.OverAsync(db);
        var (customer, invoice) = await InvoicedAsync(house);
        var paid = Ok(await PayAsync(house, customer, invoice.Id, "k"));
        Assert.Equal((PaymentState.Succeeded, invoice.Open, PaymentPurpose.Invoice), (paid.State, paid.Amount, paid.Purpose));
        Assert.Equal(paid.Id, Ok(await PayAsync(house, customer, invoice.Id, "k")).Id);
        Assert.Equal("nothing-open", Refused(await PayAsync(house, customer, invoice.Id, "k2")).Code);
        Assert.Equal("not-found", Refused(await PayAsync(house, await house.CustomerAsync(), invoice.Id, "k")).Code);
        Assert.Equal(InvoiceState.Paid, (await ReadAsync(house, customer, invoice.Id)).State);
        Assert.Equal(0, await house.CreditAsync(customer));
        Assert.Equal("not-refundable", Refused(await house.RefundAsync(customer, paid.Id, 1, "r")).Code);
    }

    [Fact]
    public async Task What_credit_has_paid_of_an_invoice_meanwhile_becomes_credit()
    {
        await using var house = await StripeHouse.OverAsync(db, settings: ("Stripe:MaxRetries", "0"));
        var (customer, invoice) = await InvoicedAsync(house);
        house.Double.Faults = StripeFaultPlan.Of(_ => StripeFault.LostBefore);
        Assert.Equal(PaymentState.Created, Ok(await PayAsync(house, customer, invoice.Id, "k")).State);
        house.Double.Faults = StripeFaultPlan.None;
        Ok(await house.PayAsync(customer, 5, "credit"));
        await house.ResumeAllAsync();
        Assert.Equal(InvoiceState.Paid, (await ReadAsync(house, customer, invoice.Id)).State);
        Assert.Equal(5, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task An_amount_or_an_invoice_is_named_not_both()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = house.House.NewParty();
        foreach (
            var order in new[]
            {
                new PaymentOrder(),
                new PaymentOrder { Amount = Money(1), InvoiceId = "ivc_x" },
            }
        )
            Assert.Equal(
                "/amount",
                Assert
                    .Single(
                        Refused(
                            await house.ActAsync<IPayments, Outcome<PaymentView>>(customer, p => p.PayAsync(order, "k", default))
                        ).Errors
                    )
                    .Pointer
            );
    }

    [Fact]
    public async Task Credit_below_the_threshold_is_bought_as_often_a_day_as_allowed()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        Ok(await SetAsync(house, customer, new AutoTopUp(Money(100), Money(40), 2, Enabled: true)));
        for (int i = 0; i < 4; i++)
            await RunAsync(house);
        Assert.Equal(80, await house.CreditAsync(customer));
        Assert.All(await PaymentsAsync(house, customer), p => Assert.True(p.Automatic));
        house.House.Time.Advance(TimeSpan.FromDays(1));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(house)));
        // 120 is above the threshold, so the second of this day is not needed.
        await RunAsync(house);
        Assert.Equal(120, await house.CreditAsync(customer));
        // The other tests' provider does not know this customer.
        Ok(await SetAsync(house, customer, new AutoTopUp(Money(100), Money(40), 2, Enabled: false)));
    }

    [Fact]
    public async Task A_refused_card_stops_it_until_it_is_set_again()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        var wish = new AutoTopUp(Money(100), Money(40), 5, Enabled: true);
        Ok(await SetAsync(house, customer, wish));
        await RunAsync(house);
        await RunAsync(house);
        // The bank wants the customer, who is not there.
        Assert.Equal(PaymentState.Failed, Assert.Single(await PaymentsAsync(house, customer)).State);
        Assert.NotNull((await house.ActAsync<IAutoTopUps, AutoTopUp?>(customer, a => a.FindAsync(default)))!.Stopped);
        Assert.Null(Ok(await SetAsync(house, customer, wish with { Enabled = false })).Stopped);
        Assert.Null(await house.ActAsync<IAutoTopUps, AutoTopUp?>(house.House.NewParty(), a => a.FindAsync(default)));
        Assert.Equal("/mostPerDay", Assert.Single(Refused(await SetAsync(house, customer, wish with { MostPerDay = 25 })).Errors).Pointer);
        var viewer = new Actor(customer, PartyKinds.Customer, MemberRole.Viewer);
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.House.ActAsync<IAutoTopUps, Outcome<AutoTopUp>>(viewer, a => a.SetAsync(wish, default))).Kind
        );
    }

    [Fact]
    public async Task A_card_is_shown_to_and_changed_by_its_own_party_only()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync();
        await house.AddCardAsync(customer, "pm_card_mastercard");
        var cards = await CardsAsync(house, customer);
        Assert.Equal(["4444", "4242"], cards.Select(c => c.Last4));
        string second = cards[0].Id;
        string other = await house.CustomerAsync();
        foreach (string stranger in new[] { other, house.House.NewParty() })
        {
            Assert.Equal(
                "not-found",
                Refused(await house.ActAsync<IPaymentMethods, Outcome<Done>>(stranger, m => m.RemoveAsync(second, default))).Code
            );
            Assert.Equal(
                "not-found",
                Refused(await house.ActAsync<IPaymentMethods, Outcome<Done>>(stranger, m => m.MakeDefaultAsync(second, default))).Code
            );
        }
        Ok(await house.ActAsync<IPaymentMethods, Outcome<Done>>(customer, m => m.MakeDefaultAsync(second, default)));
        Assert.Equal("4444", (await CardsAsync(house, customer)).Single(c => c.IsDefault).Last4);
        Ok(await house.ActAsync<IPaymentMethods, Outcome<Done>>(customer, m => m.RemoveAsync(second, default)));
        Assert.Equal("4242", Assert.Single(await CardsAsync(house, customer)).Last4);
        var viewer = new Actor(customer, PartyKinds.Customer, MemberRole.Viewer);
        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.House.ActAsync<IPaymentMethods, Outcome<MethodSetup>>(viewer, m => m.BeginAsync(default))).Kind
        );
    }

    private static async Task<(string Customer, InvoiceView Invoice)> InvoicedAsync(StripeHouse house)
    {
        string customer = await house.CustomerAsync();
        var terms = await house.House.ContractAsync(hold: 0, with: t => t with { CustomerId = customer });
        await house.House.RecordAsync(house.House.Reading(terms, 1, 1, final: true));
        await house.House.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        return (customer, Ok(await house.House.InvoicesAsync(Customer(customer), i => i.InvoiceContractAsync(terms.ContractId, default))));
    }

    private static Task<Outcome<PaymentView>> PayAsync(StripeHouse house, string customer, string invoiceId, string key) =>
        house.ActAsync<IPayments, Outcome<PaymentView>>(
            customer,
            p => p.PayAsync(new PaymentOrder { InvoiceId = invoiceId }, key, default)
        );

    private static async Task<InvoiceView> ReadAsync(StripeHouse house, string customer, string id) =>
        (await house.House.InvoicesAsync(Customer(customer), i => i.FindAsync(id, default)))!;

    private static Task<int> RunAsync(StripeHouse house) => house.House.ActAsync<AutoTopUps, int>(Actor.System, a => a.RunAsync(default));

    private static Task<Outcome<AutoTopUp>> SetAsync(StripeHouse house, string customer, AutoTopUp wish) =>
        house.ActAsync<IAutoTopUps, Outcome<AutoTopUp>>(customer, a => a.SetAsync(wish, default));

    private static async Task<IReadOnlyList<PaymentView>> PaymentsAsync(StripeHouse house, string customer) =>
        (await house.ActAsync<IPayments, Page<PaymentView>>(customer, p => p.ListAsync(new(), default))).Items;

    private static async Task<IReadOnlyList<PaymentMethodView>> CardsAsync(StripeHouse house, string customer) =>
        Ok(await house.ActAsync<IPaymentMethods, Outcome<IReadOnlyList<PaymentMethodView>>>(customer, m => m.ListAsync(default)));
}
