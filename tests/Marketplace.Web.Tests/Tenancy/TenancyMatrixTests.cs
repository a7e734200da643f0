using System.Net;
using System.Text;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Web.Tests.Tenancy;

/// <summary>
/// Every endpoint × every role × every kind of organisation, aimed at another party's rows. The endpoints are read from the running host
/// and the rows are made from the model, so what is mapped tomorrow is tried tomorrow.
/// </summary>
public sealed class TenancyMatrixTests(PortalHost host) : IClassFixture<PortalHost>
{
    private const PartyKinds EveryTrade = PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer;
    private static readonly MemberRole[] Roles = [MemberRole.Viewer, MemberRole.Member, MemberRole.Finance, MemberRole.Admin];
    private static readonly PartyKinds[] Kinds = [PartyKinds.Center, PartyKinds.Operator, PartyKinds.Customer];

    // What the network shows to everybody on purpose, each with its reason. Anything else that shows a foreign row is a leak.
    private static readonly Dictionary<string, string> Public = new(StringComparer.Ordinal)
    {
        ["GET /api/v1/sites/{siteId}"] = "Buyers choose by place; whose site it is, only operators and the desk learn.",
    };

    private List<RouteEndpoint> Api =>
        [.. host.Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<ApiMetadata>() is not null)];

    private static string Method(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];

    private static string Name(RouteEndpoint endpoint) => $"{Method(endpoint)} {endpoint.RoutePattern.RawText}";

    private static HttpRequestMessage Aim(RouteEndpoint endpoint, string foreignId)
    {
        string path = string.Concat(
            endpoint.RoutePattern.PathSegments.Select(segment =>
                "/"
                + string.Concat(
                    segment.Parts.Select(part =>
                        part switch
                        {
                            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
                            _ => foreignId,
                        }
                    )
                )
            )
        );
        var request = new HttpRequestMessage(new HttpMethod(Method(endpoint)), path);
        var accepts = endpoint.Metadata.GetMetadata<IAcceptsMetadata>();
        string type = accepts?.ContentTypes.FirstOrDefault() ?? "application/json";
        if (accepts is { RequestType: { } body } && type == "application/json")
            request.Content = new StringContent(SampleBody.Of(body, foreignId)?.ToJsonString() ?? "{}", Encoding.UTF8, type);
        else if (accepts is not null || request.Method == HttpMethod.Post)
            request.Content = new StringContent("{}", Encoding.UTF8, type);
        if (endpoint.Metadata.GetMetadata<IdempotencyMetadata>() is not null)
            request.Headers.Add("Idempotency-Key", $"{Name(endpoint).GetHashCode(StringComparison.Ordinal):x}-{foreignId}");
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return request;
    }

    private async Task<HttpClient> AsAsync(PartyView party, MemberRole role) => host.Program((await host.KeyAsync(party, role)).Secret);

    [Fact]
    public void Every_endpoint_declares_who_may_call_it()
    {
        Assert.True(Api.Count > 20, $"only {Api.Count} endpoints");
        Assert.Empty(
            Api.Where(e =>
                    e.Metadata.GetMetadata<PermissionMetadata>() is null
                    && string.IsNullOrWhiteSpace(e.Metadata.GetMetadata<AnyMemberMetadata>()?.Reason)
                )
                .Select(Name)
        );
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_credential()
    {
        var nobody = host.Program(null);
        foreach (var endpoint in Api)
        {
            using var answer = await nobody.SendAsync(Aim(endpoint, "x"));
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{Name(endpoint)}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Every_role_and_kind_is_let_in_or_refused_as_the_permission_table_says()
    {
        List<string> wrong = [];
        foreach (var kind in Kinds)
        {
            var party = await host.PartyAsync($"Only {kind}", kind);
            foreach (var role in Roles)
            {
                var http = await AsAsync(party, role);
                var actor = new Actor(party.Id, kind, role);
                foreach (var endpoint in Api.Where(e => e.Metadata.GetMetadata<PermissionMetadata>() is not null))
                {
                    bool allowed = actor.Allows(endpoint.Metadata.GetMetadata<PermissionMetadata>()!.Permission);
                    // Being let in costs the endpoint's real work, so the highest role shows it; being refused is cheap and shown by all.
                    if (allowed && role != MemberRole.Admin)
                        continue;
                    var status = (await http.SendAsync(Aim(endpoint, "nothing"))).StatusCode;
                    // Who is let in may still be refused for other reasons, but the gate's own refusal must match the table.
                    if (!allowed && status != HttpStatusCode.Forbidden)
                        wrong.Add($"{kind} {role} {Name(endpoint)}: {(int)status}, must be 403");
                    if (allowed && status == HttpStatusCode.Unauthorized)
                        wrong.Add($"{kind} {role} {Name(endpoint)}: {(int)status}, must be let in");
                }
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_credential_without_scopes_that_fit_is_refused_everywhere()
    {
        var party = await host.PartyAsync("Narrow", EveryTrade);
        foreach (var endpoint in Api.Where(e => e.Metadata.GetMetadata<PermissionMetadata>() is not null))
        {
            string scope = Permissions.ScopeOf(endpoint.Metadata.GetMetadata<PermissionMetadata>()!.Permission);
            var http = host.Program((await host.KeyAsync(party, scopes: [.. Permissions.AllScopes.Where(s => s != scope)])).Secret);
            Assert.True((await http.SendAsync(Aim(endpoint, "x"))).StatusCode == HttpStatusCode.Forbidden, Name(endpoint));
        }
    }

    [Fact]
    public async Task Nobody_reads_or_touches_another_partys_rows()
    {
        var victim = await host.PartyAsync("Victim " + PlantedRows.Mark, EveryTrade);
        var planted = new PlantedRows(host);
        await planted.PlantAsync(victim.Id);
        Assert.True(planted.Ids.Count > 10, $"only {planted.Ids.Count} planted ids");
        string before = await planted.PictureAsync();
        var intruder = await AsAsync(await host.PartyAsync("Intruder", EveryTrade), MemberRole.Admin);
        List<string> leaks = [];
        foreach (var endpoint in Api.Where(e => !Public.ContainsKey(Name(e))))
        {
            foreach (string id in Targets(endpoint, planted))
            {
                var response = await intruder.SendAsync(Aim(endpoint, id));
                string body = await response.Content.ReadAsStringAsync();
                // A refusal may repeat the id it was asked for; nothing else of the victim may appear.
                string seen = body.Replace(id, "", StringComparison.Ordinal);
                if (seen.Contains(PlantedRows.Mark, StringComparison.Ordinal) || seen.Contains(victim.Id, StringComparison.Ordinal))
                    leaks.Add($"{Name(endpoint)} with {id}: {(int)response.StatusCode} {body}");
                else if (
                    response.IsSuccessStatusCode
                    && endpoint.RoutePattern.Parameters.Count > 0
                    && body.Contains(id, StringComparison.Ordinal)
                )
                    leaks.Add($"{Name(endpoint)} with {id}: {(int)response.StatusCode}");
                else if (response.StatusCode == HttpStatusCode.InternalServerError)
                    leaks.Add($"{Name(endpoint)} with {id}: fails, so nothing is shown about it");
                else if (response.StatusCode == HttpStatusCode.NoContent && endpoint.RoutePattern.Parameters.Count > 0)
                    leaks.Add($"{Name(endpoint)} with {id}: says it is done");
            }
        }
        Assert.True(leaks.Count == 0, string.Join('\n', leaks.Take(20).Concat(host.Errors.Lines.Distinct().Take(5))));
        Assert.Equal(before, await planted.PictureAsync());
    }

    // A path takes the ids of every table its parameter's name fits, and all of them when none does: a new name costs time, not cover.
    // A body takes those whose table one of its fields names.
    private static IEnumerable<string> Targets(RouteEndpoint endpoint, PlantedRows planted)
    {
        if (endpoint.RoutePattern.Parameters.Count > 0)
        {
            string[] stems =
            [
                .. endpoint.RoutePattern.Parameters.Select(p => p.Name.Replace("Id", "", StringComparison.Ordinal).ToLowerInvariant()),
            ];
            List<string> fitting =
            [
                .. planted.Ids.Where(id => Array.Exists(stems, stem => TableOf(id).Contains(stem, StringComparison.Ordinal))),
            ];
            return fitting.Count > 0 ? fitting : planted.Ids;
        }
        if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not { RequestType: { } type })
            return ["x"];
        string body = SampleBody.Of(type, "x")?.ToJsonString() ?? "";
        return planted
            .Ids.Where(id =>
                body.Contains($"\"{id.Split('-')[2].Replace("_", "", StringComparison.Ordinal)}Id\"", StringComparison.OrdinalIgnoreCase)
            )
            .Append(planted.Ids[0]);
    }

    private static string TableOf(string plantedId) => plantedId.Split('-')[2].Replace("_", "", StringComparison.Ordinal);

    [Fact]
    public async Task The_owner_of_the_rows_does_see_them()
    {
        // Shows that the test above looks in the right place: the same requests by the owner find the mark.
        var victim = await host.PartyAsync("Owner", EveryTrade);
        var key = await host.KeyAsync(victim);
        await using (
            var mark = host.Database.CreateCommand($"update identity.api_key set name = '{PlantedRows.Mark}' where id = '{key.Id}'")
        )
            await mark.ExecuteNonQueryAsync();
        string body = await (await host.Program(key.Secret).GetAsync($"/api/v1/api-keys/{key.Id}")).Content.ReadAsStringAsync();
        Assert.Contains(PlantedRows.Mark, body, StringComparison.Ordinal);
    }
}
