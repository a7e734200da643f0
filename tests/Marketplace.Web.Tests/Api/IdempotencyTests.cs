using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Api;

/// <summary>One key, one effect: in parallel, with another body, after a refusal, after a crash, after a day.</summary>
public sealed class IdempotencyTests(ConventionHost host) : IClassFixture<ConventionHost>, IAsyncLifetime
{
    private static int s_count;
    private HttpClient http = default!;
    private PartyView party = default!;

    public async Task InitializeAsync()
    {
        host.Gate = null;
        party = await host.PartyAsync($"Keys {Interlocked.Increment(ref s_count)}", PartyKinds.Customer);
        http = host.Program((await host.KeyAsync(party)).Secret);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static string NewName() => $"charge-{Interlocked.Increment(ref s_count)}";

    private Task<HttpResponseMessage> ChargeAsync(string name, string? key, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/test/charges")
        {
            Content = new StringContent(
                $$"""{"name":"{{name}}","count":1,"price":{"amount":"1","currency":"CNY"},"role":"viewer","at":"2026-01-31T12:00:00Z","lines":[]}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return (client ?? http).SendAsync(request);
    }

    private static async Task<string> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()!;

    [Fact]
    public async Task The_answer_is_repeated_and_the_work_is_not()
    {
        string name = NewName();
        var first = await ChargeAsync(name, name);
        var second = await ChargeAsync(name, name);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.True(second.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(1, host.Runs[name]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("has a space")]
    public async Task A_missing_or_malformed_key_is_400(string? key)
    {
        string name = NewName();
        var response = await ChargeAsync(name, key);
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency-key-missing"), (response.StatusCode, await CodeAsync(response)));
        Assert.False(host.Runs.ContainsKey(name));
    }

    [Fact]
    public async Task A_key_too_long_is_400() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await ChargeAsync(NewName(), new string('k', 201))).StatusCode);

    [Fact]
    public async Task Quoted_and_bare_are_the_same_key()
    {
        string name = NewName();
        await ChargeAsync(name, name);
        Assert.True((await ChargeAsync(name, $"\"{name}\"")).Headers.Contains("Idempotency-Replayed"));
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_422()
    {
        string name = NewName();
        await ChargeAsync(name, name);
        var other = await ChargeAsync(NewName(), name);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (other.StatusCode, await CodeAsync(other)));
    }

    [Fact]
    public async Task Other_organisations_have_their_own_keys()
    {
        string name = NewName();
        await ChargeAsync(name, name);
        var other = host.Program((await host.KeyAsync(await host.PartyAsync("Other keys", PartyKinds.Customer))).Secret);
        var response = await ChargeAsync(name, name, other);
        Assert.False(response.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(2, host.Runs[name]);
    }

    [Fact]
    public async Task While_the_first_runs_the_others_wait_outside()
    {
        string name = NewName();
        host.Close();
        Task<HttpResponseMessage> first = ChargeAsync(name, name);
        await host.Started.Task;
        var others = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ChargeAsync(name, name)));
        Assert.All(others, r => Assert.Equal(HttpStatusCode.Conflict, r.StatusCode));
        Assert.Equal("idempotency-key-in-flight", await CodeAsync(others[0]));
        Assert.NotNull(others[0].Headers.RetryAfter);
        host.Gate!.SetResult();
        Assert.Equal(HttpStatusCode.Created, (await first).StatusCode);
        Assert.True((await ChargeAsync(name, name)).Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(1, host.Runs[name]);
    }

    [Fact]
    public async Task Of_many_at_once_one_works()
    {
        string name = NewName();
        var responses = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ChargeAsync(name, name)));
        Assert.Equal(1, host.Runs[name]);
        Assert.All(responses, r => Assert.True(r.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict));
        Assert.Contains(responses, r => r.StatusCode == HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_refusal_frees_the_key_for_the_corrected_request()
    {
        string key = NewName();
        Assert.Equal(HttpStatusCode.Conflict, (await ChargeAsync("refused", key)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await ChargeAsync(NewName(), key)).StatusCode);
    }

    [Fact]
    public async Task A_failure_on_our_side_frees_the_key_for_the_retry()
    {
        string key = NewName();
        Assert.Equal(HttpStatusCode.InternalServerError, (await ChargeAsync("broken", key)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await ChargeAsync("broken", key)).StatusCode);
    }

    [Fact]
    public async Task A_claim_whose_process_died_lapses()
    {
        string name = NewName();
        await ChargeAsync(name, name);
        // What a crash leaves behind: the claim of a request that never answered.
        await using (
            var crash = host.Database.CreateCommand($"update platform.idempotency_key set status = null, body = null where key = '{name}'")
        )
            Assert.Equal(1, await crash.ExecuteNonQueryAsync());
        Assert.Equal(HttpStatusCode.Conflict, (await ChargeAsync(name, name)).StatusCode);
        host.Time.Advance(TimeSpan.FromMinutes(2));
        // Still the same request only: a lapsed claim is no licence for another one.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await ChargeAsync(NewName(), name)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await ChargeAsync(name, name)).StatusCode);
        Assert.Equal(2, host.Runs[name]);
    }

    [Fact]
    public async Task After_a_day_the_key_is_forgotten()
    {
        string name = NewName();
        await ChargeAsync(name, name);
        host.Time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.True((await ChargeAsync(name, name)).Headers.Contains("Idempotency-Replayed"));
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await ChargeAsync(name, name)).Headers.Contains("Idempotency-Replayed"));
    }
}
