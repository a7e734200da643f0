using System.Net;
using System.Text;
using Marketplace.Billing;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Billing.Tests;
using Marketplace.Billing.Tests.Stripe;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>A storm of webhooks: fifty copies of each event over HTTP, all events shuffled into each other, while what they are about is worked off.</summary>
public sealed class WebhookTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Copies = 50;
    private const int Senders = 16;

    [Fact]
    public Task Fifty_copies_of_every_event_in_any_order_are_each_one_event() =>
        Rounds.RunAsync(
            brief: 1,
            extended: 10,
            async seed =>
            {
                await using var house = await StripeHouse.OverAsync(db);
                var random = new Random(seed);
                await using var endpoint = await Endpoint.StartAsync(house);

                // Several lives whose events say different things about the same objects: paid, failed, refunded, disputed, won.
                var paid = await WaitingAsync(house);
                var refused = await WaitingAsync(house);
                string customer = await house.CustomerAsync();
                var refunded = Ok(await house.PayAsync(customer, 50, "refunded"));
                Ok(await house.RefundAsync(customer, refunded.Id, 20, "back"));
                var disputed = Ok(await house.PayAsync(customer, 30, "disputed"));
                house.Double.Authenticate(paid.Payment.ProviderReference!, passed: true);
                house.Double.Authenticate(refused.Payment.ProviderReference!, passed: false);
                string dispute = house.Double.Dispute(house.Charges(disputed.Id)[0]["id"]!.ToString());
                house.Double.Decide(dispute, won: true);

                var events = house.Webhooks.Take();
                StripeDelivery[] storm = [.. events.SelectMany(e => Enumerable.Repeat(e, Copies))];
                random.Shuffle(storm);
                using var done = new CancellationTokenSource();
                Task working = Task.WhenAll(
                    Enumerable
                        .Range(0, 4)
                        .Select(_ =>
                            Task.Run(async () =>
                            {
                                while (!done.IsCancellationRequested)
                                    await house.WorkOffAsync();
                            })
                        )
                );
                await Parallel.ForEachAsync(
                    storm,
                    new ParallelOptions { MaxDegreeOfParallelism = Senders },
                    async (delivery, ct) => Assert.Equal(HttpStatusCode.OK, await endpoint.SendAsync(delivery, ct))
                );
                await done.CancelAsync();
                await working;
                // What was looked at too early is looked at again.
                for (int i = 0; i < 6; i++)
                {
                    house.House.Time.Advance(TimeSpan.FromMinutes(30));
                    await house.WorkOffAsync();
                }

                string[] ids = [.. events.Select(e => e.EventId)];
                await using var count = db.DataSource.CreateCommand(
                    "select count(*), count(*) filter (where handled_at is not null) from billing.inbox where id = any ($1)"
                );
                count.Parameters.Add(new() { Value = ids });
                await using (var rows = await count.ExecuteReaderAsync())
                {
                    Assert.True(await rows.ReadAsync());
                    Assert.Equal((ids.Length, ids.Length), (rows.GetInt64(0), rows.GetInt64(1)));
                }
                Assert.Equal(10, await house.CreditAsync(paid.Customer));
                Assert.Equal(0, await house.CreditAsync(refused.Customer));
                Assert.Equal(60, await house.CreditAsync(customer));
                Assert.Equal(PaymentState.Succeeded, (await house.PaymentAsync(paid.Customer)).State);
                Assert.Equal(PaymentState.Failed, (await house.PaymentAsync(refused.Customer)).State);
                await BooksRight.AssertAsync(house.House, db.DataSource);
            }
        );

    [Fact]
    public async Task A_forged_event_is_not_kept_and_one_too_large_is_not_read()
    {
        await using var house = await StripeHouse.OverAsync(db);
        await using var endpoint = await Endpoint.StartAsync(house);
        const string payload =
            """{"id":"evt_forged","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}""";
        var signed = house.Webhooks.Sign("evt_forged", "payment_intent.succeeded", payload);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await endpoint.SendAsync(signed with { Payload = payload.Replace("pi_1", "pi_2", StringComparison.Ordinal) }, default)
        );
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            await endpoint.SendAsync(signed with { Payload = new string(' ', 2 << 20) }, default)
        );
        Assert.Equal(0L, await house.House.AsApplicationAsync("select count(*) from billing.inbox where id = 'evt_forged'"));
    }

    private static async Task<(string Customer, PaymentView Payment)> WaitingAsync(StripeHouse house)
    {
        string customer = await house.CustomerAsync("pm_card_authenticationRequired");
        return (customer, Ok(await house.PayAsync(customer, 10, "k")));
    }

    /// <summary>The endpoint as the portal maps it, in a server of its own over the house's services.</summary>
    private sealed class Endpoint : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly HttpClient http;

        private Endpoint(WebApplication app) =>
            (this.app, http) = (
                app,
                new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan })
                {
                    BaseAddress = new Uri(
                        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
                    ),
                }
            );

        public static async Task<Endpoint> StartAsync(StripeHouse house)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore();
            builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
            builder.Services.AddRoutingCore();
            builder.Services.AddSingleton(house.House.Services.GetRequiredService<IOptions<BillingOptions>>());
            var server = builder.Build();
            server.Use(next =>
                http =>
                {
                    http.RequestServices = house.House.Services;
                    return next(http);
                }
            );
            server.UseRouting();
            server.MapWebhook();
            await server.StartAsync();
            return new Endpoint(server);
        }

        public async Task<HttpStatusCode> SendAsync(StripeDelivery delivery, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "webhooks/stripe");
            request.Headers.Add("Stripe-Signature", delivery.Signature);
            // Who refuses a body ends the connection; the client waits for the word, or it would sometimes find only a broken pipe.
            request.Headers.ExpectContinue = true;
            request.Content = new StringContent(delivery.Payload, Encoding.UTF8, "application/json");
            using var answer = await http.SendAsync(request, ct);
            return answer.StatusCode;
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
