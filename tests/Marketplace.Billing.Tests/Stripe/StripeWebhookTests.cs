using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Stripe;

public sealed class StripeWebhookTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Fifty_copies_at_once_in_any_order_are_one_posting()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        house.Double.Authenticate(paid.ProviderReference!, passed: true);
        StripeDelivery[] copies = [.. house.Webhooks.Take().SelectMany(d => Enumerable.Repeat(d, 50))];
        new Random(7).Shuffle(copies);
        var kept = await Task.WhenAll(copies.Select(house.DeliverAsync));
        Assert.All(kept, k => Assert.Equal(Received.Kept, k));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => house.WorkOffAsync()));
        await house.WorkOffAsync();
        Assert.Equal(10, await house.CreditAsync(customer));
        Assert.Single((await house.House.LedgerAsync(Actor.System, l => l.JournalsAsync(new() { GroupId = paid.Id }, default))).Items);
    }

    [Fact]
    public async Task What_was_not_signed_with_our_secret_or_too_long_ago_is_refused()
    {
        await using var house = await StripeHouse.OverAsync(db);
        const string payload =
            """{"id":"evt_x","type":"payment_intent.succeeded","data":{"object":{"id":"pi_x","object":"payment_intent"}}}""";
        var now = house.House.Now;
        async Task<Received> With(string? header, string body = payload) =>
            await house.House.ActAsync<WebhookInbox, Received>(
                Actor.System,
                i => i.ReceiveAsync(header, System.Text.Encoding.UTF8.GetBytes(body), default)
            );
        string secret = house.Double.Keys.WebhookSecret;
        Assert.Equal(Received.Forged, await With(null));
        Assert.Equal(Received.Forged, await With("t=1,v1=00"));
        Assert.Equal(Received.Forged, await With(StripeWebhooks.Header("whsec_other", now, payload)));
        Assert.Equal(Received.Forged, await With(StripeWebhooks.Header(secret, now.AddSeconds(-301), payload)));
        Assert.Equal(
            Received.Forged,
            await With(StripeWebhooks.Header(secret, now, payload), payload.Replace("pi_x", "pi_y", StringComparison.Ordinal))
        );
        Assert.Equal(0, await InboxAsync(house, "evt_x"));
        Assert.Equal(Received.Malformed, await With(StripeWebhooks.Header(secret, now, "[]"), "[]"));
        Assert.Equal(Received.Kept, await With(StripeWebhooks.Header(secret, now.AddSeconds(-300), payload)));
        Assert.Equal(1, await InboxAsync(house, "evt_x"));
    }

    [Fact]
    public async Task An_event_about_something_unknown_is_tried_again_then_shown_to_the_desk()
    {
        await using var house = await StripeHouse.OverAsync(db);
        const string payload =
            """{"id":"evt_u","type":"payment_intent.succeeded","data":{"object":{"id":"pi_unknown","object":"payment_intent"}}}""";
        await house.DeliverAsync(house.Webhooks.Sign("evt_u", "payment_intent.succeeded", payload));
        for (int i = 0; i < 12; i++)
        {
            Assert.DoesNotContain((await ReadAsync(house)).Parked, p => p.Id == "evt_u");
            Assert.Equal(0, await house.WorkOffAsync());
            house.House.Time.Advance(TimeSpan.FromHours(6));
        }
        var parked = Assert.Single((await ReadAsync(house)).Parked, p => p.Id == "evt_u");
        Assert.Equal((12, "pi_unknown"), (parked.Attempts, parked.ObjectId));
        Ok(await house.House.ActAsync<IReconciliation, Outcome<Done>>(Desk, r => r.RetryAsync("evt_u", default)));
        Assert.DoesNotContain((await ReadAsync(house)).Parked, p => p.Id == "evt_u");
    }

    [Fact]
    public async Task A_lost_webhook_is_made_up_for_by_asking()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        var paid = Ok(await house.PayAsync(customer, 10, "k"));
        house.Double.Authenticate(paid.ProviderReference!, passed: true);
        house.House.Time.Advance(TimeSpan.FromMinutes(20));
        await house.ResumeAsync();
        Assert.Equal(10, await house.CreditAsync(customer));
    }

    [Fact]
    public async Task The_first_saved_card_becomes_the_default_by_its_webhook()
    {
        await using var house = await StripeHouse.OverAsync(db);
        string customer = house.House.NewParty();
        Uri? bank = Ok(
            await house.ActAsync<IPaymentMethods, Outcome<Uri?>>(
                customer,
                m => m.AddTestCardAsync("pm_card_authenticationRequiredOnSetup", default)
            )
        );
        house.Double.Authenticate(bank!.Segments[^1], passed: true);
        await house.DeliverAllAsync();
        var method = Assert.Single(
            Ok(await house.ActAsync<IPaymentMethods, Outcome<IReadOnlyList<PaymentMethodView>>>(customer, m => m.ListAsync(default)))
        );
        Assert.Equal((true, "3155"), (method.IsDefault, method.Last4));
    }

    private static async Task<ReconciliationView> ReadAsync(StripeHouse house) =>
        Ok(await house.House.ActAsync<IReconciliation, Outcome<ReconciliationView>>(Desk, r => r.ReadAsync(default)));

    private static Task<int> InboxAsync(StripeHouse house, string id) =>
        house.House.ActAsync<MarketplaceDbContext, int>(
            Actor.System,
            d => d.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from billing.inbox where id = {id}").SingleAsync()
        );
}
