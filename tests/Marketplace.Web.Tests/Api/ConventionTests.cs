using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Api;

/// <summary>Problem documents, JSON, pages, entity tags.</summary>
public sealed class ConventionTests(ConventionHost host) : IClassFixture<ConventionHost>, IAsyncLifetime
{
    private HttpClient http = default!;

    private const string Good = """
        {"name":"a","count":2,"price":{"amount":"12.34","currency":"CNY"},"role":"finance","at":"2026-01-31T13:00:00+01:00","lines":[{"quantity":1}]}
        """;

    public async Task InitializeAsync() =>
        http = host.Program((await host.KeyAsync(await host.PartyAsync("Conventions", PartyKinds.Customer))).Secret);

    public Task DisposeAsync() => Task.CompletedTask;

    private Task<HttpResponseMessage> EchoAsync(string body, string type = "application/json") =>
        http.PostAsync("/api/v1/test/echo", new StringContent(body, Encoding.UTF8, type));

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal("/problems/" + code, problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        return problem;
    }

    [Fact]
    public async Task Json_has_one_form()
    {
        var body = await (await EchoAsync(Good)).Content.ReadAsStringAsync();
        Assert.Equal(
            """{"name":"a","count":2,"price":{"amount":"12.340000","currency":"CNY"},"role":"finance","at":"2026-01-31T12:00:00Z","lines":[{"quantity":1}]}""",
            body
        );
    }

    [Theory]
    [InlineData("\"count\":2", "\"count\":\"two\"", "/count")]
    [InlineData("\"quantity\":1", "\"quantity\":1.5", "/lines/0/quantity")]
    [InlineData("\"quantity\":1", "\"amount\":1,\"quantity\":1", "/lines/0/amount")]
    [InlineData("\"name\":\"a\"", "\"nmae\":\"a\"", "/nmae")]
    [InlineData("\"name\":\"a\"", "\"name\":null", "/name")]
    [InlineData("\"name\":\"a\",", "", "/name")]
    [InlineData("\"finance\"", "\"boss\"", "/role")]
    [InlineData("\"12.34\"", "12.34", "/price")]
    [InlineData("\"12.34\"", "\"12.3456789\"", "/price")]
    [InlineData("CNY", "XXX", "/price")]
    [InlineData("+01:00", "", "/at")]
    public async Task A_wrong_field_is_named(string right, string wrong, string pointer)
    {
        Assert.Contains(right, Good, StringComparison.Ordinal);
        var problem = await ProblemAsync(
            await EchoAsync(Good.Replace(right, wrong, StringComparison.Ordinal)),
            HttpStatusCode.BadRequest,
            "malformed-request"
        );
        var error = Assert.Single(problem.GetProperty("errors").EnumerateArray());
        Assert.StartsWith(pointer, error.GetProperty("pointer").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(error.GetProperty("fix").GetString()!);
    }

    [Fact]
    public async Task A_wrong_enum_is_answered_with_the_right_ones()
    {
        var problem = await ProblemAsync(
            await EchoAsync(Good.Replace("finance", "boss", StringComparison.Ordinal)),
            HttpStatusCode.BadRequest,
            "malformed-request"
        );
        Assert.Equal("Use one of: viewer, member, finance, admin, owner.", problem.GetProperty("errors")[0].GetProperty("fix").GetString());
    }

    [Theory]
    [InlineData("{\"name\":")]
    [InlineData("")]
    [InlineData("not json")]
    public async Task A_body_that_is_no_json_is_400(string body) =>
        await ProblemAsync(await EchoAsync(body), HttpStatusCode.BadRequest, "malformed-request");

    [Fact]
    public async Task The_framework_s_own_refusals_are_problems_too()
    {
        await ProblemAsync(await http.GetAsync("/api/v1/nothing-here"), HttpStatusCode.NotFound, "not-found");
        await ProblemAsync(await http.DeleteAsync("/api/v1/test/echo"), HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        await ProblemAsync(await EchoAsync(Good, "text/plain"), HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        await ProblemAsync(await http.GetAsync("/api/v1/test/pages?limit=many"), HttpStatusCode.BadRequest, "malformed-request");
    }

    [Theory]
    [InlineData("invalid", 422)]
    [InlineData("notFound", 404)]
    [InlineData("forbidden", 403)]
    [InlineData("conflict", 409)]
    [InlineData("paymentRequired", 402)]
    [InlineData("gone", 410)]
    [InlineData("unavailable", 503)]
    public async Task Every_kind_has_its_status(string kind, int status) =>
        await ProblemAsync(await http.GetAsync("/api/v1/test/problem/" + kind), (HttpStatusCode)status, "some-code");

    [Fact]
    public async Task A_bug_tells_the_caller_nothing_but_a_trace_id()
    {
        var response = await http.GetAsync("/api/v1/test/fail");
        Assert.DoesNotContain("secret of the implementation", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await ProblemAsync(response, HttpStatusCode.InternalServerError, "internal-error");
    }

    [Fact]
    public async Task An_endpoint_that_declares_no_permission_is_never_run() =>
        await ProblemAsync(await http.GetAsync("/api/v1/test/undeclared"), HttpStatusCode.InternalServerError, "internal-error");

    [Fact]
    public async Task Pages_follow_each_other_to_the_end()
    {
        List<int> seen = [];
        string? path = "/api/v1/test/pages?limit=3";
        while (path is not null)
        {
            var response = await http.GetAsync(path);
            var page = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(7, page.GetProperty("total").GetInt64());
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("quantity").GetInt32()));
            string? link = response.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
            Assert.Equal(link is null, page.GetProperty("nextCursor").ValueKind == JsonValueKind.Null);
            path = link?[1..link.IndexOf('>', StringComparison.Ordinal)];
        }
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], seen);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=501")]
    [InlineData("cursor=garbage")]
    public async Task Wrong_page_parameters_are_400(string query) =>
        await ProblemAsync(await http.GetAsync("/api/v1/test/pages?" + query), HttpStatusCode.BadRequest, "malformed-request");

    [Fact]
    public async Task Fields_choose_what_comes_back()
    {
        var me = await http.GetFromJsonAsync<JsonElement>("/api/v1/organizations/me?fields=role");
        Assert.Equal(["role"], me.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task A_list_is_filtered_by_the_names_its_answers_show()
    {
        var finance = await http.GetFromJsonAsync<JsonElement>("/api/v1/test/role?role=finance");
        Assert.Equal(2, finance.GetProperty("quantity").GetInt32());
        await ProblemAsync(await http.GetAsync("/api/v1/test/role?role=boss"), HttpStatusCode.BadRequest, "malformed-request");
    }

    [Fact]
    public async Task An_unchanged_thing_is_304()
    {
        var first = await http.GetAsync("/api/v1/test/tagged");
        var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/test/tagged");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task A_change_must_name_the_state_it_is_based_on()
    {
        var party = await host.PartyAsync("Tags", PartyKinds.Customer);
        await host.PersonAsync("owner@tags.example.com", party.Id);
        await host.PersonAsync("other@tags.example.com", party.Id, MemberRole.Viewer);
        var admin = host.Program((await host.KeyAsync(party)).Secret);
        var members = await admin.GetFromJsonAsync<JsonElement>("/api/v1/members");
        string id = members
            .GetProperty("items")
            .EnumerateArray()
            .Single(m => m.GetProperty("role").GetString() == "viewer")
            .GetProperty("id")
            .GetString()!;
        var read = await admin.GetAsync("/api/v1/members/" + id);

        async Task<HttpResponseMessage> PatchAsync(string? tag, string role)
        {
            var request = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/members/" + id) { Content = JsonContent.Create(new { role }) };
            if (tag is not null)
                request.Headers.TryAddWithoutValidation("If-Match", tag);
            return await admin.SendAsync(request);
        }

        await ProblemAsync(await PatchAsync(null, "member"), HttpStatusCode.PreconditionRequired, "precondition-required");
        var changed = await PatchAsync(read.Headers.ETag!.ToString(), "member");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(read.Headers.ETag, changed.Headers.ETag);
        await ProblemAsync(
            await PatchAsync(read.Headers.ETag!.ToString(), "finance"),
            HttpStatusCode.PreconditionFailed,
            "precondition-failed"
        );
    }
}
