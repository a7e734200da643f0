using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Platform.Api;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Web.Tests.Api;

/// <summary>The OpenAPI document, health and metrics.</summary>
public sealed class DescriptionTests(PortalHost host) : IClassFixture<PortalHost>
{
    private async Task<JsonElement> DocumentAsync()
    {
        var response = await host.Program(null).GetAsync("/openapi/v1.json");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    [Fact]
    public async Task Every_endpoint_is_described_with_its_conventions()
    {
        var paths = (await DocumentAsync()).GetProperty("paths");
        int described = 0;
        foreach (var endpoint in host.Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<ApiMetadata>() is not null))
        {
            string path = endpoint.RoutePattern.RawText!.TrimEnd('/');
            string method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0].ToLowerInvariant();
            Assert.True(
                paths.TryGetProperty(path, out var item) && item.TryGetProperty(method, out _),
                $"{method} {path} is not described"
            );
            var operation = item.GetProperty(method);
            Assert.Equal(2, operation.GetProperty("security").GetArrayLength());
            Assert.True(operation.GetProperty("responses").TryGetProperty("401", out var unauthorized), path);
            Assert.True(unauthorized.GetProperty("content").TryGetProperty("application/problem+json", out _));
            bool keyed = endpoint.Metadata.GetMetadata<IdempotencyMetadata>() is not null;
            bool header =
                operation.TryGetProperty("parameters", out var parameters)
                && parameters
                    .EnumerateArray()
                    .Any(p => p.GetProperty("name").GetString() == "Idempotency-Key" && p.GetProperty("required").GetBoolean());
            Assert.Equal(keyed, header);
            Assert.False(string.IsNullOrWhiteSpace(operation.GetProperty("summary").GetString()), $"{method} {path} has no summary");
            described++;
        }
        Assert.True(described > 20, $"only {described} endpoints");
    }

    [Fact]
    public async Task Types_with_a_form_of_their_own_are_described_as_they_are_written()
    {
        var schemas = (await DocumentAsync()).GetProperty("components").GetProperty("schemas");
        var money = schemas.GetProperty("Money");
        Assert.Equal(["amount", "currency"], money.GetProperty("properties").EnumerateObject().Select(p => p.Name));
        Assert.Equal("string", money.GetProperty("properties").GetProperty("amount").GetProperty("type").GetString());
        var role = schemas.GetProperty("MemberRole");
        Assert.Equal(
            ["viewer", "member", "finance", "admin", "owner"],
            role.GetProperty("enum").EnumerateArray().Select(e => e.GetString()!)
        );
    }

    [Fact]
    public async Task The_reference_page_and_the_problem_types_answer()
    {
        var http = host.Program(null);
        Assert.Contains("/openapi/v1.json", await http.GetStringAsync("/api-docs"), StringComparison.Ordinal);
        Assert.Contains("another request", await http.GetStringAsync("/problems/idempotency-key-reused"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_asks_the_process_and_readiness_the_database()
    {
        var http = host.Program(null);
        Assert.Equal("ok", await http.GetStringAsync("/healthz"));
        var ready = await http.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal("answers", (await ready.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("database").GetString());
    }

    [Fact]
    public async Task A_missing_migration_makes_the_host_unready()
    {
        await using var owner = Npgsql.NpgsqlDataSource.Create(host.TestDatabase.OwnerConnectionString);
        await using (
            var hide = owner.CreateCommand("update platform.schema_version set name = 'gone' where name = '0100_identity_people.sql'")
        )
            Assert.Equal(1, await hide.ExecuteNonQueryAsync());
        var ready = await host.Program(null).GetAsync("/readyz");
        await using (
            var back = owner.CreateCommand("update platform.schema_version set name = '0100_identity_people.sql' where name = 'gone'")
        )
            await back.ExecuteNonQueryAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(
            "0100_identity_people.sql",
            (await ready.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("pending")[0].GetString()
        );
    }

    [Fact]
    public async Task Metrics_are_prometheus_text_with_histograms()
    {
        var http = host.Program((await host.KeyAsync(await host.PartyAsync("Metrics", PartyKinds.Customer))).Secret);
        await http.GetAsync("/api/v1/organizations/me");
        using var meter = new System.Diagnostics.Metrics.Meter("Marketplace.Test");
        var histogram = meter.CreateHistogram<double>("marketplace.test.wait", "s", "How long tests wait");
        foreach (double value in new[] { 0.004, 0.02, 0.02, 40 })
            histogram.Record(value, new KeyValuePair<string, object?>("kind", "a\"b"));
        string text = await http.GetStringAsync("/metrics");
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE marketplace_test_wait_seconds histogram", text, StringComparison.Ordinal);
        Assert.Contains("marketplace_test_wait_seconds_bucket{kind=\"a\\\"b\",le=\"0.005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("marketplace_test_wait_seconds_bucket{kind=\"a\\\"b\",le=\"0.025\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("marketplace_test_wait_seconds_bucket{kind=\"a\\\"b\",le=\"+Inf\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("marketplace_test_wait_seconds_count{kind=\"a\\\"b\"} 4\n", text, StringComparison.Ordinal);
    }
}
