using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Tests.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Marketplace.Web.Tests.Identity;

/// <summary>API keys, and OAuth 2 client credentials from discovery to the validated token.</summary>
public sealed class CredentialTests(PortalHost host) : IClassFixture<PortalHost>
{
    private static int s_count;
    private const string Me = "/api/v1/organizations/me";

    private Task<PartyView> PartyAsync(PartyKinds kinds = PartyKinds.Customer) =>
        host.PartyAsync($"Keys {Interlocked.Increment(ref s_count)}", kinds);

    private static Actor As(PartyView party, MemberRole role = MemberRole.Owner) =>
        new(party.Id, party.Kinds, role) { Name = "Olga Owner" };

    private async Task<CreatedCredential> ClientAsync(PartyView party, params string[] scopes) =>
        PortalHost.Must(
            await host.ActAsync<OAuthClients, Outcome<CreatedCredential>>(
                As(party),
                clients =>
                    clients.CreateAsync(new CreateCredential("client", scopes.Length > 0 ? scopes : ["team-read", "orders-read"]), default)
            )
        );

    private Task<HttpResponseMessage> TokenAsync(Dictionary<string, string> form, string? basic = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(form) };
        if (basic is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        return host.Program(null).SendAsync(request);
    }

    private async Task<string> GoodTokenAsync(CreatedCredential client, string? scope = null)
    {
        Dictionary<string, string> form = new() { ["grant_type"] = "client_credentials" };
        if (scope is not null)
            form["scope"] = scope;
        var response = await TokenAsync(form, $"{client.Id}:{client.Secret}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    private static async Task<string> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()!;

    [Fact]
    public async Task A_key_opens_the_api_and_only_its_hash_is_kept()
    {
        var party = await PartyAsync();
        var key = await host.KeyAsync(party);
        Assert.StartsWith("mk_", key.Secret, StringComparison.Ordinal);
        var me = await host.Program(key.Secret).GetFromJsonAsync<JsonElement>(Me);
        Assert.Equal(party.Id, me.GetProperty("organization").GetProperty("id").GetString());
        Assert.Equal("admin", me.GetProperty("role").GetString());
        string row = await host.ScalarAsync<string>($"select row_to_json(k)::text from identity.api_key k where id = '{key.Id}'");
        Assert.DoesNotContain(key.Secret, row, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Secret[12..], row, StringComparison.Ordinal);
        Assert.Contains(key.Credential.Hint!, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_does_only_what_its_scopes_say()
    {
        var key = await host.KeyAsync(await PartyAsync(), scopes: ["orders-read"]);
        var refused = await host.Program(key.Secret).GetAsync("/api/v1/members");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("team-read", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.OK,
            (
                await host.Program((await host.KeyAsync(await PartyAsync(), scopes: ["team-read"])).Secret).GetAsync("/api/v1/members")
            ).StatusCode
        );
    }

    [Fact]
    public async Task A_key_does_only_what_its_role_may()
    {
        var key = await host.KeyAsync(await PartyAsync(), MemberRole.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await host.Program(key.Secret).GetAsync("/api/v1/members")).StatusCode);
        var refused = await host.Program(key.Secret)
            .PostAsJsonAsync("/api/v1/invitations", new { email = "x@example.com", role = "viewer" });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Expired_revoked_and_unknown_keys_are_refused()
    {
        var party = await PartyAsync();
        var expiring = await host.KeyAsync(party, expires: host.Time.GetUtcNow().AddHours(1));
        Assert.Equal(HttpStatusCode.OK, (await host.Program(expiring.Secret).GetAsync(Me)).StatusCode);
        host.Time.Advance(TimeSpan.FromHours(1));
        var expired = await host.Program(expiring.Secret).GetAsync(Me);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid-credential"), (expired.StatusCode, await CodeAsync(expired)));
        Assert.Contains("invalid_token", expired.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);

        var key = await host.KeyAsync(party);
        var admin = host.Program((await host.KeyAsync(party)).Secret);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/api/v1/api-keys/{key.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Program(key.Secret).GetAsync(Me)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync($"/api/v1/api-keys/{key.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Program("mk_" + new string('a', 43)).GetAsync(Me)).StatusCode);
        Assert.Equal("unauthenticated", await CodeAsync(await host.Program(null).GetAsync(Me)));
    }

    [Fact]
    public async Task Last_use_is_noted()
    {
        var key = await host.KeyAsync(await PartyAsync());
        await host.Program(key.Secret).GetAsync(Me);
        var first = await host.ScalarAsync<DateTime>($"select last_used_at from identity.api_key where id = '{key.Id}'");
        Assert.Equal(host.Time.GetUtcNow().UtcDateTime, first);
    }

    [Fact]
    public async Task A_credential_makes_none_that_can_do_more()
    {
        var narrow = host.Program((await host.KeyAsync(await PartyAsync(), scopes: ["team-write"])).Secret);
        var refused = await narrow.PostAsJsonAsync(
            "/api/v1/api-keys",
            new { name = "wider", scopes = new[] { "team-write", "money-write" } }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var error = (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors")[0];
        Assert.Equal("/scopes/1", error.GetProperty("pointer").GetString());
        var made = await narrow.PostAsJsonAsync("/api/v1/api-keys", new { name = "same", scopes = new[] { "team-write" } });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (
                await narrow.PostAsJsonAsync(
                    "/api/v1/api-keys",
                    new
                    {
                        name = "x",
                        scopes = new[] { "team-write" },
                        role = "owner",
                    }
                )
            ).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await narrow.PostAsJsonAsync("/api/v1/api-keys", new { name = "x", scopes = new[] { "fly" } })).StatusCode
        );
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    public async Task From_discovery_to_a_token_that_anybody_can_check(string discovery)
    {
        var party = await PartyAsync();
        var created = await ClientAsync(party);
        var http = host.Program(null);
        var metadata = await http.GetFromJsonAsync<JsonElement>(discovery);
        var keySet = new JsonWebKeySet(await http.GetStringAsync(new Uri(metadata.GetProperty("jwks_uri").GetString()!).AbsolutePath));
        Assert.DoesNotContain("\"d\"", await http.GetStringAsync("/.well-known/jwks.json"), StringComparison.Ordinal);

        string token = await GoodTokenAsync(created, "team-read");
        // A validator that knows nothing of ours but what is published.
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = metadata.GetProperty("issuer").GetString(),
                ValidAudience = metadata.GetProperty("issuer").GetString() + "/api",
                IssuerSigningKeys = keySet.GetSigningKeys(),
                ValidTypes = ["at+jwt"],
                LifetimeValidator = (from, until, _, _) =>
                    from <= host.Time.GetUtcNow().UtcDateTime && until > host.Time.GetUtcNow().UtcDateTime,
            }
        );
        Assert.True(result.IsValid, result.Exception?.Message);
        Assert.Equal(created.Id, result.Claims["sub"]);
        Assert.Equal(created.Id, result.Claims["client_id"]);
        Assert.Equal(party.Id, result.Claims["party"]);
        Assert.Equal("team-read", result.Claims["scope"]);
        Assert.Equal("ES256", new JsonWebToken(token).Alg);

        Assert.Equal(HttpStatusCode.OK, (await host.Program(token).GetAsync("/api/v1/members")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Program(token).GetAsync("/api/v1/orders")).StatusCode);
    }

    [Fact]
    public async Task The_secret_may_come_in_the_body()
    {
        var client = await ClientAsync(await PartyAsync());
        var response = await TokenAsync(
            new()
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = client.Id,
                ["client_secret"] = client.Secret,
            }
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Bearer", body.GetProperty("token_type").GetString());
        Assert.Equal(600, body.GetProperty("expires_in").GetInt32());
        Assert.Equal("team-read orders-read", body.GetProperty("scope").GetString());
    }

    [Theory]
    [InlineData("client_credentials", null, "wrong", 401, "invalid_client")]
    [InlineData("password", null, null, 400, "unsupported_grant_type")]
    [InlineData("", null, null, 400, "invalid_request")]
    [InlineData("client_credentials", "money-write", null, 400, "invalid_scope")]
    public async Task Errors_are_those_of_the_standard(string grant, string? scope, string? secret, int status, string error)
    {
        var client = await ClientAsync(await PartyAsync());
        Dictionary<string, string> form = new() { ["grant_type"] = grant };
        if (scope is not null)
            form["scope"] = scope;
        var response = await TokenAsync(form, $"{client.Id}:{secret ?? client.Secret}");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(error, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString());
        if (status == 401)
            Assert.Equal("Basic", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Two_ways_to_authenticate_at_once_are_refused()
    {
        var client = await ClientAsync(await PartyAsync());
        var response = await TokenAsync(
            new() { ["grant_type"] = "client_credentials", ["client_secret"] = client.Secret },
            $"{client.Id}:{client.Secret}"
        );
        Assert.Equal("invalid_request", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Expired_foreign_and_unsigned_tokens_are_refused()
    {
        var party = await PartyAsync();
        var client = await ClientAsync(party);
        string token = await GoodTokenAsync(client);
        string[] parts = token.Split('.');

        string payload = Encoding
            .UTF8.GetString(Base64UrlEncoder.DecodeBytes(parts[1]))
            .Replace(party.Id, "org_other", StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await host.Program($"{parts[0]}.{Base64UrlEncoder.Encode(payload)}.{parts[2]}").GetAsync(Me)).StatusCode
        );

        string none = Base64UrlEncoder.Encode("""{"alg":"none","typ":"at+jwt"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Program($"{none}.{parts[1]}.").GetAsync(Me)).StatusCode);

        using var foreign = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        string kid = new JsonWebToken(token).Kid;
        string forged = new JsonWebTokenHandler().CreateToken(
            Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(parts[1])),
            new SigningCredentials(new ECDsaSecurityKey(foreign) { KeyId = kid }, SecurityAlgorithms.EcdsaSha256),
            new Dictionary<string, object> { ["typ"] = "at+jwt" }
        );
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Program(forged).GetAsync(Me)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await host.Program(token).GetAsync(Me)).StatusCode);
        host.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Program(token).GetAsync(Me)).StatusCode);
    }

    [Fact]
    public async Task Revoking_a_client_ends_its_tokens_too()
    {
        var party = await PartyAsync();
        var client = await ClientAsync(party);
        string token = await GoodTokenAsync(client);
        PortalHost.Must(await host.ActAsync<OAuthClients, Outcome<Done>>(As(party), clients => clients.RevokeAsync(client.Id, default)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Program(token).GetAsync(Me)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await TokenAsync(new() { ["grant_type"] = "client_credentials" }, $"{client.Id}:{client.Secret}")).StatusCode
        );
    }

    [Fact]
    public async Task Keys_rotate_with_overlap()
    {
        var client = await ClientAsync(await PartyAsync());
        string before = new JsonWebToken(await GoodTokenAsync(client)).Kid;
        async Task<List<string>> PublishedAsync() =>
            [
                .. (await host.Program(null).GetFromJsonAsync<JsonElement>("/.well-known/jwks.json"))
                    .GetProperty("keys")
                    .EnumerateArray()
                    .Select(k => k.GetProperty("kid").GetString()!),
            ];

        // Three days before its turn the successor is published, and does not sign yet.
        DateTime until = await host.ScalarAsync<DateTime>($"select signs_until from identity.signing_key where id = '{before}'");
        host.Time.Advance(until - host.Time.GetUtcNow().UtcDateTime - TimeSpan.FromMinutes(5));
        var published = await PublishedAsync();
        Assert.Equal(2, published.Count);
        string last = await GoodTokenAsync(client);
        Assert.Equal(before, new JsonWebToken(last).Kid);

        // After the turn the new one signs, and the old one's last token still counts.
        host.Time.Advance(TimeSpan.FromMinutes(6));
        string next = new JsonWebToken(await GoodTokenAsync(client)).Kid;
        Assert.Equal(published.Single(k => k != before), next);
        Assert.Equal(HttpStatusCode.OK, (await host.Program(last).GetAsync(Me)).StatusCode);
        host.Time.Advance(TimeSpan.FromHours(2));
        Assert.DoesNotContain(before, await PublishedAsync());
    }

    [Fact]
    public async Task Private_keys_are_encrypted_at_rest()
    {
        await GoodTokenAsync(await ClientAsync(await PartyAsync()));
        string stored = await host.ScalarAsync<string>("select protected_private_key from identity.signing_key limit 1");
        Assert.ThrowsAny<Exception>(() =>
        {
            using var ecdsa = System.Security.Cryptography.ECDsa.Create();
            ecdsa.ImportPkcs8PrivateKey(Base64UrlEncoder.DecodeBytes(stored), out _);
        });
    }
}
