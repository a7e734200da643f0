using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;

namespace Marketplace.Simulator.Tests.Stripe;

/// <summary>The double does what Stripe documents, as far as the marketplace relies on it.</summary>
public sealed class StripeDoubleTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly HttpClient http = new();
    private StripeDouble stripe = default!;

    public async Task InitializeAsync() => stripe = await StripeDouble.StartAsync(time);

    public async Task DisposeAsync()
    {
        http.Dispose();
        await stripe.DisposeAsync();
    }

    private async Task<(HttpStatusCode Status, JsonObject Body)> SendAsync(
        HttpMethod method,
        string path,
        string? form = null,
        string? key = null,
        Action<HttpRequestMessage>? change = null
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(stripe.Address, path));
        request.Headers.Add("Authorization", "Bearer sk_test_double");
        request.Headers.Add("Stripe-Version", StripeDouble.Version);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (form is not null)
            request.Content = new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded");
        change?.Invoke(request);
        using var response = await http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    private Task<(HttpStatusCode Status, JsonObject Body)> PostAsync(string path, string form, string? key = null) =>
        SendAsync(HttpMethod.Post, path, form, key);

    private async Task<JsonObject> OkAsync(string path, string form)
    {
        var (status, body) = await PostAsync(path, form);
        Assert.True(status == HttpStatusCode.OK, body.ToJsonString());
        return body;
    }

    private static string Error(JsonObject body, string name) => body["error"]![name]?.ToString() ?? "";

    private Task<JsonObject> PayAsync(string card, string more = "") =>
        OkAsync("payment_intents", $"amount=1000&currency=cny&payment_method={card}&confirm=true{more}");

    [Fact]
    public async Task A_request_names_its_version_its_key_and_its_encoding()
    {
        var unversioned = await SendAsync(HttpMethod.Get, "balance", change: r => r.Headers.Remove("Stripe-Version"));
        Assert.Equal(HttpStatusCode.BadRequest, unversioned.Status);
        var unsigned = await SendAsync(HttpMethod.Get, "balance", change: r => r.Headers.Remove("Authorization"));
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.Status);
        var json = await SendAsync(
            HttpMethod.Post,
            "customers",
            change: r => r.Content = new StringContent("{}", Encoding.UTF8, "application/json")
        );
        Assert.Equal(HttpStatusCode.BadRequest, json.Status);
    }

    [Fact]
    public async Task An_unknown_parameter_is_refused_by_name()
    {
        var (status, body) = await PostAsync("customers", "nmae=A");
        Assert.Equal((HttpStatusCode.BadRequest, "parameter_unknown", "nmae"), (status, Error(body, "code"), Error(body, "param")));
        Assert.Empty(stripe.All("customer"));
    }

    [Fact]
    public async Task A_key_gives_its_first_answer_again_and_takes_no_other_request()
    {
        var (_, first) = await PostAsync("customers", "name=A", "k");
        var (_, again) = await PostAsync("customers", "name=A", "k");
        Assert.Equal(first["id"]!.ToString(), again["id"]!.ToString());
        var (status, other) = await PostAsync("customers", "name=B", "k");
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_error"), (status, Error(other, "type")));
        time.Advance(TimeSpan.FromHours(25));
        var (_, forgotten) = await PostAsync("customers", "name=A", "k");
        Assert.NotEqual(first["id"]!.ToString(), forgotten["id"]!.ToString());
    }

    [Fact]
    public async Task A_key_in_use_is_a_conflict_and_a_refused_request_keeps_nothing()
    {
        stripe.Occupy("busy", "POST", "/v1/customers", "name=A");
        var (status, body) = await PostAsync("customers", "name=A", "busy");
        Assert.Equal((HttpStatusCode.Conflict, "idempotency_key_in_use"), (status, Error(body, "code")));
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("customers", "x=1", "k")).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("customers", "name=A", "k")).Status);
    }

    [Theory]
    [InlineData(StripeFault.ErrorBefore, 0)]
    [InlineData(StripeFault.ErrorAfter, 1)]
    public async Task A_server_error_is_kept_under_its_key(StripeFault fault, int made)
    {
        stripe.Faults = StripeFaultPlan.Of(_ => fault);
        Assert.Equal(HttpStatusCode.InternalServerError, (await PostAsync("customers", "name=A", "k")).Status);
        stripe.Faults = StripeFaultPlan.None;
        Assert.Equal(HttpStatusCode.InternalServerError, (await PostAsync("customers", "name=A", "k")).Status);
        Assert.Equal(made, stripe.All("customer").Count);
    }

    [Theory]
    [InlineData(StripeFault.LostBefore, 0)]
    [InlineData(StripeFault.LostAfter, 1)]
    public async Task A_lost_connection_answers_nothing(StripeFault fault, int made)
    {
        stripe.Faults = StripeFaultPlan.Of(_ => fault);
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync("customers", "name=A", "k"));
        Assert.Equal(made, stripe.All("customer").Count);
    }

    [Fact]
    public async Task A_limit_says_when_to_come_back_and_a_lock_that_it_is_worth_it()
    {
        stripe.Faults = StripeFaultPlan.Of(c => c.Number == 1 ? StripeFault.RateLimited : StripeFault.Conflict);
        using var limited = await http.SendAsync(Bare());
        Assert.Equal(((HttpStatusCode)429, "1"), (limited.StatusCode, limited.Headers.GetValues("Retry-After").Single()));
        using var locked = await http.SendAsync(Bare());
        Assert.Equal((HttpStatusCode.Conflict, "true"), (locked.StatusCode, locked.Headers.GetValues("Stripe-Should-Retry").Single()));

        HttpRequestMessage Bare()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(stripe.Address, "balance"));
            request.Headers.Add("Authorization", "Bearer sk_test_double");
            request.Headers.Add("Stripe-Version", StripeDouble.Version);
            return request;
        }
    }

    [Fact]
    public async Task Test_cards_do_what_they_are_for()
    {
        Assert.Equal("succeeded", (await PayAsync("pm_card_visa"))["status"]!.ToString());
        var (status, declined) = await PostAsync(
            "payment_intents",
            "amount=1000&currency=cny&payment_method=pm_card_chargeDeclined&confirm=true"
        );
        Assert.Equal(
            (HttpStatusCode.PaymentRequired, "card_declined", "generic_decline"),
            (status, Error(declined, "code"), Error(declined, "decline_code"))
        );
        Assert.Equal("requires_payment_method", declined["error"]!["payment_intent"]!["status"]!.ToString());
        var asked = await PayAsync("pm_card_authenticationRequired");
        Assert.Equal(("requires_action", "redirect_to_url"), (asked["status"]!.ToString(), asked["next_action"]!["type"]!.ToString()));
        await PayAsync("pm_card_createDispute");
        Assert.Equal("needs_response", Assert.Single(stripe.All("dispute"))["status"]!.ToString());
        var (_, alone) = await PostAsync(
            "payment_intents",
            "amount=1000&currency=cny&payment_method=pm_card_authenticationRequired&confirm=true&off_session=true"
        );
        Assert.Equal("authentication_required", Error(alone, "code"));
    }

    [Fact]
    public async Task An_intent_succeeds_once_and_a_canceled_one_never()
    {
        var paid = await PayAsync("pm_card_visa");
        var (status, again) = await PostAsync($"payment_intents/{paid["id"]}/confirm", "payment_method=pm_card_visa");
        Assert.Equal((HttpStatusCode.BadRequest, "payment_intent_unexpected_state"), (status, Error(again, "code")));
        Assert.Equal("payment_intent_unexpected_state", Error((await PostAsync($"payment_intents/{paid["id"]}/cancel", "")).Body, "code"));
        var open = await OkAsync("payment_intents", "amount=1000&currency=cny");
        await OkAsync($"payment_intents/{open["id"]}/cancel", "cancellation_reason=abandoned");
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await PostAsync($"payment_intents/{open["id"]}/confirm", "payment_method=pm_card_visa")).Status
        );
        Assert.Single(stripe.All("charge"));
    }

    [Fact]
    public async Task Refunds_end_at_what_was_charged_and_the_balance_is_the_sum_of_its_transactions()
    {
        var paid = await PayAsync("pm_card_visa");
        await OkAsync("refunds", $"payment_intent={paid["id"]}&amount=600");
        Assert.Equal("amount_too_large", Error((await PostAsync("refunds", $"payment_intent={paid["id"]}&amount=401")).Body, "code"));
        await OkAsync("refunds", $"payment_intent={paid["id"]}");
        Assert.Equal("charge_already_refunded", Error((await PostAsync("refunds", $"payment_intent={paid["id"]}")).Body, "code"));
        // 1000 - 29 - 30 pending; 600 and 400 have left what is available.
        var (_, balance) = await SendAsync(HttpMethod.Get, "balance");
        Assert.Equal((941, -1000), (Amount(balance, "pending"), Amount(balance, "available")));
        Assert.Equal(-59, stripe.All("balance_transaction").Sum(t => t["net"]!.GetValue<long>()));

        static long Amount(JsonObject balance, string which) => balance[which]![0]!["amount"]!.GetValue<long>();
    }

    [Fact]
    public async Task Lists_go_on_after_the_last_one_and_search_finds_by_metadata()
    {
        for (int i = 0; i < 5; i++)
            await OkAsync("customers", $"metadata[n]={i}");
        var (_, first) = await SendAsync(HttpMethod.Get, "customers/search?query=" + Uri.EscapeDataString("metadata['n']:'3'"));
        Assert.Equal("3", Assert.Single(first["data"]!.AsArray())!["metadata"]!["n"]!.ToString());
        for (int i = 0; i < 3; i++)
            await PayAsync("pm_card_visa");
        var (_, page) = await SendAsync(HttpMethod.Get, "payment_intents?limit=2");
        Assert.Equal((true, 2), (page["has_more"]!.GetValue<bool>(), page["data"]!.AsArray().Count));
        var (_, rest) = await SendAsync(HttpMethod.Get, $"payment_intents?limit=2&starting_after={page["data"]![1]!["id"]}");
        Assert.Equal((false, 1), (rest["has_more"]!.GetValue<bool>(), rest["data"]!.AsArray().Count));
    }

    [Fact]
    public async Task An_account_is_paid_after_its_owner_signed_up_from_what_is_available()
    {
        var account = await OkAsync("accounts", "type=express&country=US&capabilities[transfers][requested]=true");
        string transfer = $"amount=500&currency=cny&destination={account["id"]}";
        Assert.Equal("insufficient_capabilities_for_transfer", Error((await PostAsync("transfers", transfer)).Body, "code"));
        await OkAsync("account_links", $"account={account["id"]}&refresh_url=http://a&return_url=http://b&type=account_onboarding");
        stripe.Onboard(account["id"]!.ToString());
        await PayAsync("pm_card_visa");
        Assert.Equal("balance_insufficient", Error((await PostAsync("transfers", transfer)).Body, "code"));
        time.Advance(TimeSpan.FromDays(3));
        var made = await OkAsync("transfers", transfer);
        await OkAsync($"transfers/{made["id"]}/reversals", "amount=200");
        Assert.Equal(
            "transfer_reversal_amount_too_large",
            Error((await PostAsync($"transfers/{made["id"]}/reversals", "amount=301")).Body, "code")
        );
    }

    [Fact]
    public async Task Bad_delivery_loses_copies_and_mixes_but_invents_nothing()
    {
        await PayAsync("pm_card_visa");
        var good = new StripeWebhooks(stripe, time).Take().Select(d => d.EventId).ToList();
        var bad = new StripeWebhooks(stripe, time).TakeBadly(3, lost: 0.3);
        Assert.Subset(good.ToHashSet(), bad.Select(d => d.EventId).ToHashSet());
        Assert.NotEqual(bad.Count, bad.DistinctBy(d => d.EventId).Count());
        Assert.Equal(bad.Select(d => d.EventId), new StripeWebhooks(stripe, time).TakeBadly(3, lost: 0.3).Select(d => d.EventId));
    }
}
