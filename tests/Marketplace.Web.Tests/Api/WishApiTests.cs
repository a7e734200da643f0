using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Api;

/// <summary>Work, policy and links over HTTP, in the JSON that a program writes.</summary>
public sealed class WishApiTests(MarketHost host) : IClassFixture<MarketHost>
{
    [Fact]
    public async Task A_program_asks_for_an_amount_of_work_by_a_deadline()
    {
        var http = await ProgramAsync();
        var (status, quote) = await PreviewAsync(http, Job("\"workUnits\": 20000000, \"deadlineHours\": 1"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(MarketHost.Cloud, (string?)quote["lines"]![0]!["deviceModel"]);
        Assert.Equal(20_000_000 / (5777.08 * 3600), (double)quote["workPlan"]!["hoursNeeded"]!, 9);
        Assert.True((bool)quote["workPlan"]!["covered"]!);
        var (late, refusal) = await PreviewAsync(http, Job("\"workUnits\": 20000000, \"deadlineHours\": 0.01"));
        Assert.Equal((HttpStatusCode.Conflict, "/deadlineHours"), (late, (string?)refusal["errors"]![0]!["pointer"]));
        var (wrong, problem) = await PreviewAsync(http, Job("\"deadlineHours\": 1"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/workUnits"), (wrong, (string?)problem["errors"]![0]!["pointer"]));
    }

    [Fact]
    public async Task A_program_orders_tiers()
    {
        var http = await ProgramAsync();
        var (_, quote) = await PreviewAsync(http, Job("\"policy\": { \"tiers\": [{ \"siteTiers\": [\"cloud\"] }, {}] }"));
        Assert.Equal((MarketHost.Cloud, 0), ((string?)quote["lines"]![0]!["deviceModel"], (int)quote["lines"]![0]!["policyTier"]!));
        var (status, problem) = await PreviewAsync(http, Job("\"policy\": { \"tiers\": [{}, { \"siteTiers\": [\"cloud\"] }] }"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/policy/tiers/1"), (status, (string?)problem["errors"]![0]!["pointer"]));
        var (unread, malformed) = await PreviewAsync(http, Job("\"policy\": { \"tiers\": null }"));
        Assert.Equal((HttpStatusCode.BadRequest, "/policy/tiers"), (unread, (string?)malformed["errors"]![0]!["pointer"]));
    }

    [Fact]
    public async Task A_program_says_another_bound_for_a_bundle_s_link()
    {
        var http = await ProgramAsync();
        string bundle = $$"""{ "name": "inspect", "product": "job", "hours": 2, "bundleId": "{{host.BundleId}}"{0} }""";
        var (_, quote) = await PreviewAsync(http, bundle.Replace("{0}", "", StringComparison.Ordinal));
        Assert.Equal((30, 40), ((double)quote["links"]![0]!["roundTripMs"]!, (double)quote["links"]![0]!["maxRoundTripMs"]!));
        string tight = """, "links": [{ "from": "camera", "to": "judge", "callsPerSecond": 1, "bytesPerCall": 9, "maxRoundTripMs": 5 }]""";
        var (status, refusal) = await PreviewAsync(http, bundle.Replace("{0}", tight, StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Conflict, "/links/0/maxRoundTripMs"), (status, (string?)refusal["errors"]![0]!["pointer"]));
        Assert.Contains("from camera to judge", (string)refusal["errors"]![0]!["detail"]!, StringComparison.Ordinal);
    }

    private static string Job(string more) =>
        $$"""{ "name": "train", "product": "job", "image": "team/train:1", "hours": 2, "work": "llama3-8b", {{more}} }""";

    private async Task<HttpClient> ProgramAsync() =>
        host.Program((await host.KeyAsync(await host.PartyAsync("Programs", PartyKinds.Customer))).Secret);

    private static async Task<(HttpStatusCode Status, JsonNode Body)> PreviewAsync(HttpClient http, string request)
    {
        using var body = new StringContent(request, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/api/v1/quotes/preview", UriKind.Relative), body);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!);
    }
}
