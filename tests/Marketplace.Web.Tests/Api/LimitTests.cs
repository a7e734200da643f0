using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Api;

/// <summary>A host that lets little through.</summary>
public sealed class NarrowHost : PortalHost
{
    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
        [new("Api:RequestsPerMinute", "60"), new("Api:Burst", "5"), new("Identity:AnonymousAttemptsPerMinute", "3")];
}

/// <summary>Rate limits, by credential and by address.</summary>
public sealed class LimitTests(NarrowHost host) : IClassFixture<NarrowHost>
{
    private const string Me = "/api/v1/organizations/me";

    [Fact]
    public async Task A_credential_has_its_own_bucket_and_learns_what_is_left()
    {
        var party = await host.PartyAsync("Busy", PartyKinds.Customer);
        var (busy, calm) = (host.Program((await host.KeyAsync(party)).Secret), host.Program((await host.KeyAsync(party)).Secret));
        for (int left = 4; left >= 0; left--)
        {
            var granted = await busy.GetAsync(Me);
            Assert.Equal(HttpStatusCode.OK, granted.StatusCode);
            Assert.Equal($"{left}", granted.Headers.GetValues("RateLimit-Remaining").Single());
        }
        var refused = await busy.GetAsync(Me);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal("rate-limited", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.OK, (await calm.GetAsync(Me)).StatusCode);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await busy.GetAsync(Me)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await busy.GetAsync(Me)).StatusCode);
    }

    [Fact]
    public async Task Guesses_from_one_address_are_slowed_down()
    {
        host.Time.Advance(TimeSpan.FromMinutes(5));
        for (int i = 0; i < 3; i++)
            Assert.NotEqual(HttpStatusCode.TooManyRequests, (await host.Browser().SignInAsync("nobody@limits.example.com")));
        Assert.Equal(HttpStatusCode.TooManyRequests, await host.Browser().SignInAsync("nobody@limits.example.com"));
        var token = await host.Program(null).PostAsync("/connect/token", new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.TooManyRequests, token.StatusCode);
        Assert.NotNull(token.Headers.RetryAfter);
        // Looking at the page is no guess.
        Assert.Equal(HttpStatusCode.OK, await host.Browser().OpenAsync("/sign-in"));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await host.Browser().SignInAsync("nobody@limits.example.com"));
    }
}
