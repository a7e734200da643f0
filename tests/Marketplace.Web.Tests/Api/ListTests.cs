using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Web.Tests.Api;

/// <summary>Every list of the API is read the same way. The lists are taken from the running host, so the next one is tried too.</summary>
public sealed class ListTests(PortalHost host) : IClassFixture<PortalHost>
{
    private async Task<HttpClient> EverybodyAsync() =>
        host.Program(
            (
                await host.KeyAsync(
                    await host.PartyAsync("Lists", PartyKinds.Center | PartyKinds.Operator | PartyKinds.Customer | PartyKinds.Platform)
                )
            ).Secret
        );

    // Lists below a thing need the thing; jobs are there from the start.
    private List<string> Lists =>
        [
            .. host
                .Endpoints.OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<ApiMetadata>() is not null && e.Metadata.GetMetadata<PagedMetadata>() is not null)
                .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("GET"))
                .Select(e => e.RoutePattern.RawText!.Replace("{name}", "identity-forget", StringComparison.Ordinal))
                .Where(path => !path.Contains('{', StringComparison.Ordinal)),
        ];

    [Fact]
    public async Task Every_list_answers_with_a_page()
    {
        var http = await EverybodyAsync();
        Assert.True(Lists.Count >= 18, $"only {Lists.Count} lists");
        foreach (string path in Lists)
        {
            var page = await http.GetFromJsonAsync<JsonElement>($"{path}?limit=1");
            Assert.True(page.GetProperty("items").GetArrayLength() <= 1, path);
            Assert.True(page.TryGetProperty("nextCursor", out _) && page.TryGetProperty("total", out _), path);
        }
    }

    [Theory]
    [InlineData("sort=no-such-field", "?sort")]
    [InlineData("sort=-no-such-field", "?sort")]
    [InlineData("cursor=~", "?cursor")]
    [InlineData("limit=0", "?limit")]
    public async Task Every_list_names_the_parameter_that_is_wrong(string wrong, string pointer)
    {
        var http = await EverybodyAsync();
        List<string> overlooked = [];
        foreach (string path in Lists)
        {
            var response = await http.GetAsync($"{path}?{wrong}");
            string body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode != HttpStatusCode.BadRequest || !body.Contains(pointer, StringComparison.Ordinal))
                overlooked.Add($"{path}: {(int)response.StatusCode}");
        }
        Assert.Empty(overlooked);
    }

    [Fact]
    public async Task Every_list_sorts_by_the_fields_it_names_and_by_no_other()
    {
        var http = await EverybodyAsync();
        List<string> sortable = [];
        foreach (string path in Lists)
        {
            var refused = await http.GetAsync($"{path}?sort=no-such-field");
            var fields = FieldsNamed(await refused.Content.ReadAsStringAsync());
            if (fields.Count > 0)
                sortable.Add(path["/api/v1/".Length..].TrimEnd('/'));
            foreach (string sort in fields.SelectMany(f => new[] { f, "-" + f }))
                Assert.True((await http.GetAsync($"{path}?sort={sort}&limit=1")).IsSuccessStatusCode, $"{path}?sort={sort}");
            foreach (string sort in fields.Select(f => "--" + f).Append("-"))
                Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"{path}?sort={sort}")).StatusCode);
        }
        Assert.Superset(
            new HashSet<string>(
                [
                    "quotes",
                    "orders",
                    "bulk-orders",
                    "contracts",
                    "charges",
                    "invoices",
                    "credit-notes",
                    "payments",
                    "ledger/accounts",
                    "ledger/journals",
                ],
                StringComparer.Ordinal
            ),
            sortable.ToHashSet(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("Customers/Quotes/QuotesPage.razor", "quotes")]
    [InlineData("Customers/Orders/OrdersPage.razor", "orders", "bulk-orders")]
    [InlineData("Customers/Runs/RunsPage.razor", "contracts")]
    [InlineData("Customers/Runs/EndpointsPage.razor", "contracts")]
    [InlineData("Customers/Invoices/InvoicesPage.razor", "invoices")]
    [InlineData("Customers/Invoices/CreditNotesPage.razor", "credit-notes")]
    [InlineData("Customers/Costs/CostsPage.razor", "charges")]
    [InlineData("Centers/Contracts/ContractsPage.razor", "contracts")]
    [InlineData("Centers/Earnings/EarningsPage.razor", "charges")]
    [InlineData("Operators/Orders/OperatorOrdersPage.razor", "contracts")]
    [InlineData("Admin/OrdersPage.razor", "orders")]
    [InlineData("Admin/ContractsPage.razor", "contracts")]
    [InlineData("Admin/Ledger/AccountsPage.razor", "ledger/accounts")]
    [InlineData("Admin/Ledger/JournalsPage.razor", "ledger/journals")]
    [InlineData("Admin/Ledger/AccountPage.razor", "ledger/journals")]
    public async Task A_page_s_columns_sort_by_fields_its_lists_have(string page, params string[] lists)
    {
        var http = await EverybodyAsync();
        List<string> known = [];
        foreach (string list in lists)
            known.AddRange(FieldsNamed(await (await http.GetAsync($"/api/v1/{list}?sort=no-such-field")).Content.ReadAsStringAsync()));
        var asked = SourceFiles.SortKeys(SourceFiles.Read("src", "Marketplace.Web", "Components", "Features", page));
        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(known, StringComparer.Ordinal));
    }

    // "Use one of a, b, c, with a leading minus for descending."
    private static List<string> FieldsNamed(string problem)
    {
        const string Before = "Use one of ";
        int from = problem.IndexOf(Before, StringComparison.Ordinal);
        int to = problem.IndexOf(", with a leading minus", StringComparison.Ordinal);
        return from < 0 || to < from ? [] : [.. problem[(from + Before.Length)..to].Split(", ")];
    }

    [Fact]
    public async Task A_cursor_leads_on_whatever_the_list()
    {
        var party = await host.PartyAsync("Cursors", PartyKinds.Customer);
        var http = host.Program((await host.KeyAsync(party)).Secret);
        await host.KeyAsync(party);
        await host.KeyAsync(party);
        foreach (string path in new[] { "/api/v1/api-keys", "/api/v1/audit-events" })
        {
            var first = await http.GetFromJsonAsync<JsonElement>($"{path}?limit=2");
            var second = await http.GetFromJsonAsync<JsonElement>($"{path}?limit=2&cursor={first.GetProperty("nextCursor").GetString()}");
            Assert.Equal(3, Ids(first).Concat(Ids(second)).Distinct(StringComparer.Ordinal).Count());
            Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
        }
    }

    private static IEnumerable<string> Ids(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetString()!);
}
