using System.Net;
using System.Text.Json.Nodes;
using Marketplace.E2E.Books;
using Marketplace.E2E.Hosting;
using Marketplace.E2E.Inputs;
using Marketplace.Platform.Parties;
using Marketplace.Testing;

namespace Marketplace.E2E.Flows;

/// <summary>A contract that was bought, and what it must cost.</summary>
internal sealed record Purchase(string ContractId, string OrderId, decimal Cards, TradePrice Price);

/// <param name="AskedAt">Just before the customer asked for the end.</param>
/// <param name="SettledBy">When the contract was seen settled.</param>
internal sealed record Stop(DateTimeOffset AskedAt, DateTimeOffset SettledBy);

/// <summary>What the three parties and the network desk do, each through its own API key.</summary>
internal sealed class TradeFloor
{
    /// <summary>The network's share, from the product's defaults.</summary>
    public const decimal CommissionRate = 0.03m;

    /// <summary>Tax where the operator sits, from the product's defaults: the only one of the three that owes it.</summary>
    public const decimal TaxRate = 0.19m;
    public const decimal Markup = 0.18m;
    public const decimal TopUp = 50_000m;
    private const string OperatorCountry = "DE";
    private const int SecondsPerHour = 3600;

    /// <summary>The bound of a failure on a busy machine, never the measure.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly PartyApi center;
    private readonly PartyApi seller;
    private readonly PartyApi customer;
    private string clusterId = "";

    private TradeFloor(PartyApi center, PartyApi seller, PartyApi customer) =>
        (this.center, this.seller, this.customer) = (center, seller, customer);

    public PartyApi Center => center;
    public PartyApi Operator => seller;
    public PartyApi Customer => customer;
    public string CustomerId => customer.PartyId;

    public static async Task<TradeFloor> OpenAsync(RunningMarket market)
    {
        var desk = await market.SignUpAsync("Network desk", PartyKinds.Platform, "SG");
        var floor = new TradeFloor(
            await market.SignUpAsync("Trace center", PartyKinds.Center, "SG"),
            await market.SignUpAsync("Trace operator", PartyKinds.Operator, OperatorCountry),
            await market.SignUpAsync("Trace customer", PartyKinds.Customer, "SG")
        );
        // A customer may buy at once.
        foreach (var party in (PartyApi[])[floor.center, floor.seller])
            await desk.PostAsync($"/organizations/{party.PartyId}:decide", new { state = "approved", reason = "known" });
        return floor;
    }

    /// <summary>Connects the cluster by its kubeconfig and waits until every machine and card of it is known.</summary>
    public async Task<JsonNode> ConnectAsync(string kubeconfig, int machines, int cards)
    {
        var site = await center.PostAsync(
            "/sites",
            new
            {
                name = "Trace hall",
                nameZh = "轨迹机房",
                region = "trace",
                country = "SG",
                tier = "cloud",
                latitude = 1.35,
                longitude = 103.82,
            }
        );
        var cluster = await center.PostAsync(
            "/clusters",
            new
            {
                siteId = site.Id(),
                name = "trace",
                kubeconfig,
            },
            once: "connect"
        );
        clusterId = cluster.Id();
        return await Eventually.GetAsync(
            async () =>
                await center.GetAsync($"/clusters/{clusterId}") is var now
                && now.State() == "connected"
                && now.Count("readyNodes") == machines
                && now["devices"]!.AsArray().Sum(d => d!.Count("healthy")) == cards
                    ? now
                    : null,
            $"{machines} machines with {cards} cards to be known",
            Patience
        );
    }

    /// <summary>Every model with a price: listed by the center, asked for by the operator, granted within limits, offered.</summary>
    public async Task ListAsync(IReadOnlyDictionary<string, int> cardsOf, IReadOnlyDictionary<string, decimal> prices)
    {
        string[] classes = ["onDemand"];
        foreach (var (model, price) in prices)
        {
            var listing = await center.PostAsync(
                "/listings",
                new
                {
                    clusterId,
                    deviceModel = model,
                    title = model,
                    cards = cardsOf[model],
                    pricePerCardHour = price,
                    currency = PublicPrices.Currency,
                    classes,
                    allowShared = true,
                },
                once: $"list-{model}"
            );
            await center.PostAsync($"/listings/{listing.Id()}:publish");
            var asked = await seller.PostAsync("/resale-authorizations", new { listingId = listing.Id() });
            await center.PostAsync($"/resale-authorizations/{asked.Id()}:grant", new { minMarkup = 0.05m, maxMarkup = 0.25m });
            await seller.RefusedAsync(
                HttpStatusCode.UnprocessableEntity,
                "/offers",
                Offer(listing.Id(), model, 0.26m),
                once: $"greedy-{model}"
            );
            var offer = await seller.PostAsync("/offers", Offer(listing.Id(), model, Markup), once: $"offer-{model}");
            await seller.PostAsync($"/offers/{offer.Id()}:publish");
        }

        object Offer(string listingId, string model, decimal markup) =>
            new
            {
                listingId,
                title = $"{model}, ready to use",
                markup,
                classes,
            };
    }

    /// <summary>A model that is known and counted, but neither found nor quoted.</summary>
    public async Task IsNotForSaleAsync(string model)
    {
        var found = await customer.PostAsync("/searches", new { deviceModels = (string[])[model] });
        Assert.Equal(0, found.Count("total"));
        var request = new
        {
            name = "wish",
            product = "job",
            image = "team/wish:1",
            variants = (object[])[new { deviceModel = model }],
            hours = 1,
        };
        var problem = await customer.RefusedAsync(HttpStatusCode.Conflict, "/quotes", request, once: $"wish-{model}");
        Assert.EndsWith("no-placement", problem.Text("type"), StringComparison.Ordinal);
    }

    public Task TopUpAsync() =>
        customer.PostAsync("/payments", new { amount = TopUp, currency = PublicPrices.Currency }, once: "first-credit");

    /// <summary>Finds the chip at its retail price, takes a firm quote for one hour, and accepts it.</summary>
    public async Task<Purchase> BuyAsync(object request, decimal wholesale, decimal cards)
    {
        var price = new TradePrice(wholesale, Markup, CommissionRate, TaxRate);
        var body = System.Text.Json.JsonSerializer.SerializeToNode(request)!;
        var name = body.Text("name")!;
        var model = body["variants"]![0]!.Text("deviceModel")!;
        var found = await customer.PostAsync("/searches", new { deviceModels = (string[])[model] });
        Assert.Equal(price.Retail, Assert.Single(found["matches"]!.AsArray())!["offer"]!.Number("pricePerCardHour"));

        var quote = await customer.PostAsync("/quotes", body, once: $"quote-{name}");
        var line = Assert.Single(quote["lines"]!.AsArray())!;
        Assert.Equal((model, cards, price.Retail), (line.Text("deviceModel"), line.Number("cards"), line.Number("unitPrice")));
        // What is quoted is what the hour is billed at, by the same rule.
        var hour = price.Of(cards * SecondsPerHour);
        Assert.Equal((hour.Net, hour.Tax), (quote.Micros("net"), quote.Micros("tax")));

        var order = await customer.PostAsync("/orders", new { quoteId = quote.Id() }, once: $"order-{name}");
        Assert.Equal(quote.Micros("total"), order.Micros("held"));
        return new Purchase(Assert.Single(order["lines"]!.AsArray())!.Text("contractId")!, order.Id(), cards, price);
    }

    public Task ReadyAsync(Purchase purchase) =>
        ContractAsync(purchase, c => c.Time("readyAt") is not null, $"{purchase.ContractId} to be ready");

    /// <summary>Waits until the contract has ended for this reason and is settled.</summary>
    public async Task SettledAsync(Purchase purchase, int reason)
    {
        var contract = await ContractAsync(purchase, c => c.State() == "settled", $"{purchase.ContractId} to be settled");
        Assert.Equal(reason, contract["reason"]!.Count("number"));
    }

    /// <summary>Stops it once at least two windows of it were charged.</summary>
    public async Task<Stop> StopAsync(Purchase purchase)
    {
        await Eventually.HoldsAsync(
            async () =>
                (await customer.ListAsync($"/charges?contractId={purchase.ContractId}")).DistinctBy(c => c.Text("from")).Count() >= 2,
            $"two windows of {purchase.ContractId} to be charged",
            Patience
        );
        var asked = TimeProvider.System.GetUtcNow();
        await customer.PostAsync($"/contracts/{purchase.ContractId}:stop");
        await SettledAsync(purchase, reason: 1001);
        return new Stop(asked, TimeProvider.System.GetUtcNow());
    }

    public async Task<string> KubeconfigAsync(Purchase purchase) =>
        (await customer.PostAsync($"/contracts/{purchase.ContractId}:kubeconfig")).Text("kubeconfig")!;

    private Task<JsonNode> ContractAsync(Purchase purchase, Func<JsonNode, bool> wanted, string what) =>
        Eventually.GetAsync(
            async () => await customer.GetAsync($"/contracts/{purchase.ContractId}") is var now && wanted(now) ? now : null,
            what,
            Patience
        );
}
