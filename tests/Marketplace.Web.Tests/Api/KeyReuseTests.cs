using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Marketplace.Web.Tests.Tenancy;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Marketplace.Web.Tests.Api;

/// <summary>
/// The same key with another body is refused on every endpoint that takes a key, and every request that changes something takes one or is
/// listed here with the reason why not. The endpoints are read from the running host.
/// </summary>
[Trait("Category", "Faults")]
public sealed class KeyReuseTests(PortalHost host) : IClassFixture<PortalHost>
{
    private const PartyKinds EveryTrade = PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer;

    // What a POST without a key does, and why doing it twice moves no money and no capacity twice. By the end of its route.
    private static readonly Dictionary<string, string> WithoutKey = new(StringComparer.Ordinal)
    {
        ["/api-keys"] = "Makes a credential, which moves nothing; a second one is seen in the list.",
        ["/oauth-clients"] = "Makes a credential, as /api-keys.",
        ["/invitations"] = "Sends a mail.",
        [":pause"] = "Sets a state; again is the same state.",
        [":resume"] = "Sets a state; again is the same state.",
        [":withdraw"] = "Moves along a transition table; a second time is refused or the same.",
        [":decide"] = "Moves along a transition table; a second time is refused or the same.",
        [":stop"] = "Moves along a transition table; a second time is refused or the same.",
        [":disconnect"] = "Moves along a transition table; a second time is refused or the same.",
        [":grant"] = "Lets an operator resell; granting again is the same authorisation.",
        [":decline"] = "Moves along a transition table; a second time is refused or the same.",
        [":revoke"] = "Moves along a transition table; a second time is refused or the same.",
        [":authorize"] = "Lets an operator resell; granting again is the same authorisation.",
        [":publish"] = "Moves along a transition table; a second time is refused or the same.",
        [":fill"] = "Reads: a recipe filled with parameters.",
        [":kubeconfig"] = "Issues an access to what is bought already.",
        [":mark-read"] = "Sets a state; again is the same state.",
        ["/preview"] = "Reads: a price without a hold.",
        ["/searches"] = "Reads.",
        ["/sites"] = "Describes a place; capacity comes with a listing, which takes a key.",
        ["/usage"] = "Each reading is taken in once by its own event id.",
        [":release"] = "Decided once: again finds the reading taken in.",
        [":dismiss"] = "Decided once: a second time is refused or the same.",
        [":uphold"] = "Decided once: a second time is refused or the same, and the correction is posted under the dispute's own key.",
        [":reject"] = "Decided once: a second time is refused or the same.",
        ["/arrived"] = "The bank's id of the transfer is the key: again is the same payment, another one is refused.",
        ["/paid"] = "The bank's id of the transfer is the key: again is the same refund, another one is refused.",
        ["/failed"] = "Moves along a transition table; a second time is refused or the same.",
        ["/bank-statements"] = "Each entry is taken in once by the bank's id of it.",
        ["/bank-entries:match"] = "Each entry is booked once; what it pays is paid once.",
        [":assign"] = "Decided once: a second time is refused or the same.",
        [":reopen"] = "Sets a state; again is the same state.",
        ["/cancel"] = "Moves along a transition table; a second time is refused or the same.",
        ["/default"] = "Sets a state; again is the same state.",
        ["/evidence"] = "Sets what is told the bank; again is the same text.",
        ["/accept"] = "Moves along a transition table; a second time is refused or the same.",
        ["/resolve"] = "Explains a difference; a second time is refused or the same.",
        [":end"] = "Moves along a transition table; a second time is refused or the same.",
        ["/voucher-campaigns"] = "Makes codes; credit comes with their redemption, which takes a key.",
        ["/close"] = "Moves along a transition table; a second time is refused or the same.",
        [":give-time"] = "Sets a date; again is the same date.",
        ["/reservations/price"] = "Reads: a price without a purchase.",
        [":archive"] = "Sets a state; again is the same state.",
        [":restore"] = "Sets a state; again is the same state.",
        ["/payment-methods/setup"] = "Begins to save a card, which moves nothing.",
        ["/bundles"] = "A draft; it sells nothing before it is published.",
        ["/bundles/import"] = "A draft; it sells nothing before it is published.",
        ["/resale-authorizations"] = "Asks for a permission.",
        ["}:{verb}"] = "Sets a state; again is the same state.",
    };

    private IEnumerable<RouteEndpoint> Posts =>
        host
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e =>
                e.Metadata.GetMetadata<ApiMetadata>() is not null
                && e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("POST")
            );

    private static bool TakesKey(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IdempotencyMetadata>() is not null;

    [Fact]
    public void Every_request_that_moves_money_or_capacity_takes_a_key()
    {
        var unexplained = Posts
            .Where(e => !TakesKey(e))
            .Select(e => e.RoutePattern.RawText!.TrimEnd('/'))
            .Where(r => !WithoutKey.Keys.Any(k => r.EndsWith(k, StringComparison.Ordinal)))
            .ToList();
        Assert.True(unexplained.Count == 0, string.Join('\n', unexplained));
        Assert.True(Posts.Count(TakesKey) >= 9, $"only {Posts.Count(TakesKey)} endpoints take a key");
    }

    [Fact]
    public async Task Another_body_under_a_used_key_is_422_everywhere()
    {
        var party = await host.PartyAsync("Keys", EveryTrade);
        var desk = await host.PartyAsync("Desk", PartyKinds.Platform);
        HttpClient[] callers = [host.Program((await host.KeyAsync(party)).Secret), host.Program((await host.KeyAsync(desk)).Secret)];
        List<string> wrong = [];
        foreach (RouteEndpoint endpoint in Posts.Where(TakesKey))
        {
            string key = "used-" + endpoint.RoutePattern.RawText!.GetHashCode(StringComparison.Ordinal).ToString("x", null);
            foreach (string owner in new[] { party.Id, desk.Id })
                await UseAsync(owner, key);
            var answers = await Task.WhenAll(callers.Select(c => AskAsync(c, endpoint, key)));
            // Whoever may not call it at all is told that first; one of the two may.
            if (!answers.Contains((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused")))
                wrong.Add($"{endpoint.RoutePattern.RawText}: {string.Join(", ", answers)}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Credit_added_under_a_used_key_with_another_amount_is_refused_also_after_the_answer_is_forgotten()
    {
        var customer = await host.PartyAsync("Payer", PartyKinds.Customer);
        HttpClient http = host.Program((await host.KeyAsync(customer)).Secret);
        Assert.Equal(HttpStatusCode.Created, (await PayAsync(http, 10)).Status);
        Assert.Equal(HttpStatusCode.Created, (await PayAsync(http, 10)).Status);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), await PayAsync(http, 11));
        // The kept answer goes after a day; the payment itself still knows its key.
        host.Time.Advance(TimeSpan.FromHours(25));
        var (status, code) = await PayAsync(http, 11);
        Assert.Equal("idempotency-key-reused", code);
        Assert.True(status is HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity, $"{status}");
        Assert.Equal(HttpStatusCode.Created, (await PayAsync(http, 10)).Status);
        Assert.Equal(
            10_000_000L,
            await host.ScalarAsync<long>(
                $"select (credits - debits) from billing.account where code = 'customer.available:{customer.Id}' and currency = 'CNY'"
            )
        );
    }

    private static async Task<(HttpStatusCode Status, string? Code)> PayAsync(HttpClient http, decimal amount)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/payments");
        request.Content = JsonContent.Create(new { amount, currency = "CNY" });
        request.Headers.Add("Idempotency-Key", "one");
        return await AnswerAsync(await http.SendAsync(request));
    }

    /// <summary>What a request with this key and another body has left behind.</summary>
    private async Task UseAsync(string partyId, string key)
    {
        await using var command = host.Database.CreateCommand(
            """
            insert into platform.idempotency_key (party_id, key, fingerprint, claim, claimed_until, status, body, created_at, expires_at)
            values ($1, $2, '\x00', 'c', $3, 201, ''::bytea, $3, $4)
            """
        );
        foreach (object value in new object[] { partyId, key, host.Time.GetUtcNow(), host.Time.GetUtcNow().AddHours(24) })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<(HttpStatusCode Status, string? Code)> AskAsync(HttpClient http, RouteEndpoint endpoint, string key)
    {
        string path = System.Text.RegularExpressions.Regex.Replace(endpoint.RoutePattern.RawText!, @"\{[^}]+\}", "nothing");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + path.TrimStart('/'));
        var body = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        request.Content = new StringContent(
            body is null ? "{}" : SampleBody.Of(body, "nothing")?.ToJsonString() ?? "{}",
            System.Text.Encoding.UTF8,
            "application/json"
        );
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return await AnswerAsync(await http.SendAsync(request));
    }

    private static async Task<(HttpStatusCode Status, string? Code)> AnswerAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        string? code =
            !response.IsSuccessStatusCode
            && text.StartsWith('{')
            && JsonDocument.Parse(text).RootElement.TryGetProperty("code", out var found)
                ? found.GetString()
                : null;
        return (response.StatusCode, code);
    }
}
