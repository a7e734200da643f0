using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Api;

/// <summary>Jobs over REST, for the network desk. Nothing runs here: a web process shows, and asks.</summary>
public sealed class JobApiTests(PortalHost host) : IClassFixture<PortalHost>
{
    private const string Job = "billing-check-books";

    private async Task<HttpClient> DeskAsync(MemberRole role = MemberRole.Admin)
    {
        PartyView desk = await host.PartyAsync("Network desk", PartyKinds.Platform);
        return host.Program((await host.KeyAsync(desk, role)).Secret);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Idempotency-Key", key);
        return http.SendAsync(request);
    }

    /// <summary>What a worker's start does, without running anything.</summary>
    private async Task ScheduleAsync()
    {
        var worker = ActivatorUtilities.CreateInstance<JobRunner>(host.Services);
        await worker.PrepareAsync(default);
    }

    [Fact]
    public async Task Every_job_of_the_product_is_listed()
    {
        var jobs = await (await DeskAsync(MemberRole.Viewer)).GetFromJsonAsync<JsonElement>("/api/v1/jobs");
        string[] names = [.. jobs.EnumerateArray().Select(j => j.GetProperty("name").GetString()!)];
        Assert.Equal(
            [
                "billing-accrue-payouts",
                "billing-advance-arrears",
                "billing-auto-top-up",
                "billing-charge-commitments",
                "billing-check-books",
                "billing-close-month",
                "billing-close-reservations",
                "billing-collect-clawbacks",
                "billing-draft-invoices",
                "billing-expire-grants",
                "billing-make-payable",
                "billing-make-reservations-payable",
                "billing-propose-service-credits",
                "billing-reconcile",
                "billing-release-holds",
                "billing-resume-payments",
                "billing-seal-journals",
                "billing-snapshot-balances",
                "billing-submit-payouts",
                "billing-verify-seals",
                "billing-watch-budgets",
                "billing-work-off-webhooks",
                "identity-forget",
                "market-free-claims",
                "orders-end-contracts",
                "orders-expire-quotes",
                "orders-follow-arrears",
                "orders-watch-stops",
                "platform-forget-runs",
            ],
            names
        );
    }

    [Fact]
    public async Task A_run_is_asked_for_once_per_key_and_shows_in_the_history()
    {
        await ScheduleAsync();
        var http = await DeskAsync();
        var asked = await PostAsync(http, $"/api/v1/jobs/{Job}:run", "k1");
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        Assert.Equal($"/api/v1/jobs/{Job}/runs", asked.Headers.Location!.ToString());
        var run = await asked.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("requested", run.GetProperty("outcome").GetString());
        var again = await (await PostAsync(http, $"/api/v1/jobs/{Job}:run", "k1")).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(run.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        var runs = await http.GetFromJsonAsync<JsonElement>($"/api/v1/jobs/{Job}/runs");
        Assert.Equal(
            run.GetProperty("id").GetString(),
            Assert.Single(runs.GetProperty("items").EnumerateArray()).GetProperty("id").GetString()
        );
        Assert.Equal(1, await host.ScalarAsync<long>($"select count(*) from jobs.qrtz_triggers where trigger_group = 'by-hand'"));
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync($"/api/v1/jobs/{Job}:run", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(http, "/api/v1/jobs/nothing:run", "k2")).StatusCode);
    }

    [Fact]
    public async Task Pausing_and_resuming_shows_and_is_audited()
    {
        await ScheduleAsync();
        var http = await DeskAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync("/api/v1/jobs/identity-forget:pause", null)).StatusCode);
        Assert.Equal("paused", await StateAsync(http));
        Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync("/api/v1/jobs/identity-forget:resume", null)).StatusCode);
        Assert.Equal("scheduled", await StateAsync(http));
        Assert.Equal(
            "job.paused,job.resumed",
            await host.ScalarAsync<string>(
                "select string_agg(action, ',' order by id) from platform.audit_event where target_id = 'identity-forget'"
            )
        );
    }

    private static async Task<string?> StateAsync(HttpClient http) =>
        (await http.GetFromJsonAsync<JsonElement>("/api/v1/jobs"))
            .EnumerateArray()
            .Single(j => j.GetProperty("name").GetString() == "identity-forget")
            .GetProperty("state")
            .GetString();
}
