using System.Text.Json.Nodes;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

/// <summary>The module with the double of Stripe behind it, both on one clock. Disposing it checks the books.</summary>
internal sealed class StripeHouse : IAsyncDisposable
{
    private StripeHouse(BillingHouse house, StripeDouble stripe) =>
        (House, Double, Webhooks) = (house, stripe, new StripeWebhooks(stripe, house.Time));

    public BillingHouse House { get; }
    public StripeDouble Double { get; }
    public StripeWebhooks Webhooks { get; }

    public static async Task<StripeHouse> OverAsync(
        PostgresFixture db,
        Action<IServiceCollection>? more = null,
        params (string Key, string Value)[] settings
    )
    {
        var time = new ManualTimeProvider();
        var stripe = await StripeDouble.StartAsync(time);
        (string, string)[] keys =
        [
            ("Stripe:SecretKey", stripe.Keys.SecretKey),
            ("Stripe:WebhookSecret", stripe.Keys.WebhookSecret),
            ("Stripe:ApiBase", stripe.Address.ToString()),
            ("Stripe:RetryDelay", "00:00:00"),
        ];
        return new StripeHouse(At(db, time, more, [.. keys, .. settings]), stripe);
    }

    /// <summary>A customer with a saved card.</summary>
    public async Task<string> CustomerAsync(string card = "pm_card_visa")
    {
        string customer = House.NewParty();
        await AddCardAsync(customer, card);
        return customer;
    }

    public async Task AddCardAsync(string customer, string card) =>
        Ok(await ActAsync<IPaymentMethods, Outcome<Uri?>>(customer, m => m.AddTestCardAsync(card, default)));

    public Task<T> ActAsync<TService, T>(string customer, Func<TService, Task<T>> use)
        where TService : notnull => House.ActAsync(Customer(customer), use);

    public Task<Outcome<PaymentView>> PayAsync(string customer, decimal amount, string key, string? method = null) =>
        ActAsync<IPayments, Outcome<PaymentView>>(
            customer,
            p => p.PayAsync(new PaymentOrder { Amount = Money(amount), Method = method }, key, default)
        );

    public Task<Outcome<RefundView>> RefundAsync(string customer, string paymentId, decimal amount, string key) =>
        ActAsync<IRefunds, Outcome<RefundView>>(
            customer,
            r => r.RequestAsync(new RefundRequest(paymentId, amount, "unused"), key, default)
        );

    public async Task<PaymentView> PaymentAsync(string customer) =>
        Assert.Single((await ActAsync<IPayments, Platform.Pages.Page<PaymentView>>(customer, p => p.ListAsync(new(), default))).Items);

    public async Task<decimal> CreditAsync(string customer) => (await House.WalletAsync(customer)).Available.Amount;

    public Task<Received> DeliverAsync(StripeDelivery delivery) =>
        House.ActAsync<WebhookInbox, Received>(
            Actor.System,
            i => i.ReceiveAsync(delivery.Signature, System.Text.Encoding.UTF8.GetBytes(delivery.Payload), default)
        );

    /// <summary>Delivers what has happened and works it off.</summary>
    public async Task DeliverAllAsync()
    {
        foreach (var delivery in Webhooks.Take())
            Assert.Equal(Received.Kept, await DeliverAsync(delivery));
        await WorkOffAsync();
    }

    public Task<int> WorkOffAsync() => House.ActAsync<WorkOffEvents, int>(Actor.System, e => e.RunAsync(default));

    public Task<int> ResumeAsync() => House.ActAsync<BillingJobs, int>(Actor.System, j => j.ResumePaymentsAsync(default));

    /// <summary>Lets the worker finish what is open: three rounds, each later than the worker's patience.</summary>
    public async Task ResumeAllAsync()
    {
        for (int i = 0; i < 3; i++)
        {
            House.Time.Advance(TimeSpan.FromMinutes(3));
            await ResumeAsync();
        }
    }

    public IReadOnlyList<JsonObject> Charges(string paymentId) =>
        [.. Double.All("charge").Where(c => c["metadata"]!["payment_id"]?.ToString() == paymentId)];

    public async ValueTask DisposeAsync()
    {
        await House.DisposeAsync();
        await Double.DisposeAsync();
    }
}
