using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;

namespace Marketplace.Market.Tests;

public sealed class ApiTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly Actor Customer = new("org_customer", PartyKinds.Customer, MemberRole.Owner);

    [Fact]
    public async Task From_site_to_search_over_http()
    {
        await using var api = await ApiWorld.StartAsync(db);
        Actor center = await api.World.Party(PartyKinds.Center, "Http Center");
        Actor reseller = await api.World.Party(PartyKinds.Operator, "Http Operator");
        ApiAnswer site = await api.Post(center, "/sites", new CreateSite("Hall", "机房", "cn-http-1", "CN", SiteTier.Cloud, 1, 2));
        Assert.Equal((201, $"/api/v1/sites/{site["id"]}"), (site.Code, site.Location));
        string cluster = await api.World.Cluster(center, 8);
        CreateListing wish = World.Wish(cluster, 8, 2.5m);
        Assert.Equal((400, "idempotency-key-missing"), Problem(await api.Post(center, "/listings", wish)));
        ApiAnswer listing = await api.Post(center, "/listings", wish, "k1");
        ApiAnswer again = await api.Post(center, "/listings", wish, "k1");
        Assert.Equal((201, listing["id"]), (again.Code, again["id"]));
        string id = listing["id"]!;
        Assert.Equal((200, "live"), Is(await api.Post(center, $"/listings/{id}:publish"), "state"));
        Assert.Contains(
            (await api.Get(reseller, "/open-listings?limit=500")).Json!["items"]!.AsArray(),
            l => l!["id"]!.GetValue<string>() == id
        );
        ApiAnswer asked = await api.Post(reseller, "/resale-authorizations", new { listingId = id });
        Assert.Equal((201, "requested"), Is(asked, "state"));
        Assert.Equal(
            403,
            (await api.Post(reseller, $"/resale-authorizations/{asked["id"]}:grant", new { minMarkup = 0, maxMarkup = 1 })).Code
        );
        Assert.Equal(
            (200, "granted"),
            Is(await api.Post(center, $"/resale-authorizations/{asked["id"]}:grant", new { minMarkup = 0, maxMarkup = 1 }), "state")
        );
        ApiAnswer offer = await api.Post(reseller, "/offers", new CreateOffer(id, "Http cards", 0.2m, [ContractClass.OnDemand]), "k2");
        Assert.Equal((200, "onSale"), Is(await api.Post(reseller, $"/offers/{offer["id"]}:publish"), "state"));
        ApiAnswer found = await api.Post(Customer, "/searches", new { text = "http cards", work = "llama2-70b" });
        Assert.Equal((200, "1"), (found.Code, found["total"]));
        Assert.Equal("3", found.Json!["matches"]![0]!["offer"]!["pricePerCardHour"]!.ToJsonString());
        Assert.Null(found.Json!["matches"]![0]!["offer"]!["wholesalePerCardHour"]);
        Assert.Contains(
            (await api.Get(Customer, "/centers?search=http center")).Json!["items"]!.AsArray(),
            c => c!["name"]!.GetValue<string>() == "Http Center"
        );
        Assert.Equal(200, (await api.Get(Customer, $"/centers/{center.PartyId}")).Code);
        Assert.Equal(404, (await api.Get(Customer, $"/centers/{reseller.PartyId}")).Code);
        Assert.NotEmpty((await api.Get(Customer, "/works")).Json!.AsArray());
    }

    [Fact]
    public async Task Chips_are_compared_by_the_price_of_the_work_and_not_of_the_hour()
    {
        await using var api = await ApiWorld.StartAsync(db);
        // Tokens a second of one card: 5777.08 and 1642.22, so 2.2 a card-hour buys less than 5 does, and 1 more.
        Shop h100 = await api.World.Shop(2, model: "H100-80G", price: 5m, markup: 0);
        await api.World.Shop(2, model: "H100-80G", price: 6m, markup: 0);
        await api.World.Shop(2, model: "L40S", price: 2.2m, markup: 0);
        ApiAnswer told = await api.Get(Customer, "/works/llama3-8b/chips?currency=CNY");
        Assert.Equal((200, "H100-80G"), Is(told, "best"));
        Assert.Equal(("L40S", "H100-80G"), (told["cheapestHour"], told["fastest"]));
        var chips = told.Json!["chips"]!.AsArray();
        Assert.Equal(["H100-80G", "L40S"], chips.Select(c => c!["deviceModel"]!.GetValue<string>()));
        Assert.Equal((h100.OfferId, 5m), (chips[0]!["offerId"]!.GetValue<string>(), chips[0]!["pricePerCardHour"]!.GetValue<decimal>()));
        double saved = 1 - (5 / 5777.08 / (2.2 / 1642.22));
        Assert.Equal(saved, chips[1]!["bestSaves"]!.GetValue<double>(), 9);
        Assert.Equal(saved, told.Json!["savingAgainstCheapestHour"]!.GetValue<double>(), 9);
        Assert.Equal(0, told.Json!["savingAgainstFastest"]!.GetValue<double>());

        await api.World.Shop(2, model: "L40S", price: 1m, markup: 0);
        Assert.Equal((200, "L40S"), Is(await api.Get(Customer, "/works/llama3-8b/chips?currency=CNY&class=onDemand"), "best"));
        ApiAnswer none = await api.Get(Customer, "/works/llama3-8b/chips?currency=EUR");
        Assert.Empty(none.Json!["chips"]!.AsArray());
        Assert.Equal(404, (await api.Get(Customer, "/works/nobody/chips?currency=CNY")).Code);
        Assert.Equal(422, (await api.Get(Customer, "/works/llama3-8b/chips?currency=DOGE")).Code);
    }

    [Fact]
    public async Task A_change_needs_the_tag_that_was_read_and_nobody_s_edit_is_lost()
    {
        await using var api = await ApiWorld.StartAsync(db);
        Shop shop = await api.World.Shop(8);
        string path = $"/listings/{shop.ListingId}";
        string tag = (await api.Get(shop.Owner, path)).ETag!;
        Assert.Equal((428, "precondition-required"), Problem(await api.Send(shop.Owner, HttpMethod.Patch, path, new { cards = 6 })));
        var both = await Task.WhenAll(
            new[] { 6, 7 }.Select(cards => Task.Run(() => api.Send(shop.Owner, HttpMethod.Patch, path, new { cards }, tag)))
        );
        Assert.Equal([200, 412], both.Select(a => a.Code).Order());
        Assert.NotEqual(tag, both.Single(a => a.Code == 200).ETag);
        // Sales do not change the tag: only edits do.
        tag = (await api.Get(shop.Owner, path)).ETag!;
        await api.World.Hold("http", World.Card(shop, 0));
        Assert.Equal(tag, (await api.Get(shop.Owner, path)).ETag);
        string offer = $"/offers/{shop.OfferId}";
        Assert.Equal(412, (await api.Send(shop.Owner, HttpMethod.Patch, offer, new { markup = 0.3m }, "\"999\"")).Code);
        Assert.Equal(
            200,
            (await api.Send(shop.Owner, HttpMethod.Patch, offer, new { markup = 0.3m }, (await api.Get(shop.Owner, offer)).ETag)).Code
        );
    }

    [Fact]
    public async Task Bundles_come_and_go_as_json_and_yaml()
    {
        await using var api = await ApiWorld.StartAsync(db);
        Actor owner = await api.World.Party(PartyKinds.Operator);
        ApiAnswer made = await api.Post(owner, "/bundles", BundleRecipes.Chat);
        Assert.Equal((201, "draft"), Is(made, "state"));
        string path = $"/bundles/{made["id"]}";
        ApiAnswer yaml = await api.Get(owner, path + "/yaml");
        Assert.Equal(200, yaml.Code);
        ApiAnswer copy = await api.Send(
            owner,
            HttpMethod.Post,
            "/bundles/import",
            yaml: yaml.Text.Replace("Chat service", "Copied", StringComparison.Ordinal)
        );
        Assert.Equal((201, "Copied"), Is(copy, "title"));
        Assert.Equal(422, (await api.Send(owner, HttpMethod.Post, "/bundles/import", yaml: "title: [")).Code);
        Assert.Equal(404, (await api.Get(Customer, path)).Code);
        Assert.Equal(404, (await api.Get(Customer, path + "/yaml")).Code);
        Assert.Equal((200, "published"), Is(await api.Post(owner, path + ":publish"), "state"));
        Assert.Equal((409, "illegal-transition"), Problem(await api.Post(owner, path + ":publish")));
        Assert.Equal(200, (await api.Get(Customer, path)).Code);
        ApiAnswer wrong = await api.Post(Customer, path + ":fill", new { parameters = new { model = "huge" } });
        Assert.Equal((422, "/parameters/model"), (wrong.Code, wrong.Pointer));
        Assert.Equal(200, (await api.Post(Customer, path + ":fill", new { parameters = new { model = "small" } })).Code);
        ApiAnswer saved = await api.Send(owner, HttpMethod.Put, path, BundleRecipes.Chat, (await api.Get(owner, path)).ETag);
        Assert.Equal((200, "2"), Is(saved, "version"));
        Assert.Equal(200, (await api.Get(owner, "/bundles/own")).Code);
        Assert.Equal((200, "withdrawn"), Is(await api.Post(owner, path + ":withdraw"), "state"));
    }

    [Fact]
    public async Task The_desk_decides_about_organizations()
    {
        await using var api = await ApiWorld.StartAsync(db);
        Actor waiting = await api.World.Party(PartyKinds.Center, "Waiting Room", approved: false);
        Assert.Equal(403, (await api.Post(waiting, $"/organizations/{waiting.PartyId}:decide", new { state = "approved" })).Code);
        Assert.Equal(404, (await api.Get(Customer, $"/centers/{waiting.PartyId}")).Code);
        Assert.Equal(
            (200, "approved"),
            Is(await api.Post(World.Desk, $"/organizations/{waiting.PartyId}:decide", new { state = "approved" }), "state")
        );
        Assert.Equal(
            (409, "illegal-transition"),
            Problem(await api.Post(World.Desk, $"/organizations/{waiting.PartyId}:decide", new { state = "approved" }))
        );
        Assert.Single((await api.Get(World.Desk, "/organizations?search=waiting room")).Json!["items"]!.AsArray());
    }

    [Theory]
    [InlineData("/listings?sort=colour", "?sort")]
    [InlineData("/listings?cursor=nonsense", "?cursor")]
    [InlineData("/listings?limit=0", "?limit")]
    [InlineData("/price-suggestions?region=cn-north-1&currency=XYZ", "?currency")]
    public async Task A_wrong_query_parameter_is_named(string path, string pointer)
    {
        await using var api = await ApiWorld.StartAsync(db);
        Actor center = new("org_c", PartyKinds.Center, MemberRole.Owner);
        Assert.Equal(pointer, (await api.Get(center, path)).Pointer);
    }

    [Fact]
    public async Task A_wrong_search_is_named_field_by_field()
    {
        await using var api = await ApiWorld.StartAsync(db);
        ApiAnswer wrong = await api.Post(
            Customer,
            "/searches",
            new
            {
                work = "none",
                sort = "colour",
                limit = 5000,
            }
        );
        Assert.Equal(422, wrong.Code);
        Assert.Equal(["/work", "/sort", "/limit"], wrong.Json!["errors"]!.AsArray().Select(e => e!["pointer"]!.GetValue<string>()));
    }

    /// <summary>Every endpoint × every kind of party and role: who lacks the permission gets 403 and learns nothing else; who has it gets past the gate.</summary>
    [Fact]
    public async Task Every_endpoint_lets_in_exactly_who_may()
    {
        await using var api = await ApiWorld.StartAsync(db);
        var endpoints = api.Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>().ToList();
        Assert.True(endpoints.Count >= 40, $"{endpoints.Count} endpoints");
        foreach (var endpoint in endpoints)
        {
            Permission permission = endpoint.Metadata.GetRequiredMetadata<PermissionMetadata>().Permission;
            var method = new HttpMethod(
                endpoint.Metadata.GetRequiredMetadata<Microsoft.AspNetCore.Routing.IHttpMethodMetadata>().HttpMethods[0]
            );
            string path = System.Text.RegularExpressions.Regex.Replace(
                endpoint.RoutePattern.RawText!,
                @"\{\w+\}",
                "none_1",
                System.Text.RegularExpressions.RegexOptions.None,
                TimeSpan.FromSeconds(1)
            )["/api/v1".Length..];
            string? yaml = path == "/bundles/import" ? "{}" : null;
            object? body = method == HttpMethod.Get || yaml is not null ? null : new { };
            int unknown = (await api.Send(null, method, path, body, yaml: yaml)).Code;
            Assert.True(unknown == 401, $"{method} {path}: {unknown}");
            foreach (PartyKinds kind in new[] { PartyKinds.Center, PartyKinds.Operator, PartyKinds.Customer, PartyKinds.Platform })
            {
                foreach (MemberRole role in Enum.GetValues<MemberRole>())
                {
                    var actor = new Actor("org_gate", kind, role);
                    // An empty body and no key: whoever gets past the gate is stopped by the next check, and nothing is done.
                    int code = (await api.Send(actor, method, path, body, yaml: yaml)).Code;
                    Assert.True(actor.Allows(permission) == (code != 403), $"{method} {path} as {kind} {role}: {code}");
                    Assert.True(code < 500, $"{method} {path} as {kind} {role}: {code}");
                }
            }
        }
    }

    private static (int, string?) Problem(ApiAnswer answer) => (answer.Code, answer["type"]?.Split('/', ':')[^1]);

    private static (int, string?) Is(ApiAnswer answer, string field) => (answer.Code, answer[field]);
}
