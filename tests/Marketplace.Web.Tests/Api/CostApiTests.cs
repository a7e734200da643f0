using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Api;

/// <summary>Costs by group over REST and as a file from the page.</summary>
public sealed class CostApiTests(PortalHost host) : IClassFixture<PortalHost>
{
    // Around whatever the host's clock says.
    private string Period =>
        $"currency=CNY&from={host.Time.GetUtcNow().AddDays(-1):yyyy-MM-dd}T00:00:00Z&to={host.Time.GetUtcNow().AddDays(2):yyyy-MM-dd}T00:00:00Z";

    private static string Text(JsonElement body, string field) => body.GetProperty(field).ToString();

    [Fact]
    public async Task Costs_are_added_up_by_group_with_quantities_in_their_units()
    {
        var customer = await host.PartyAsync("Grouped", PartyKinds.Customer);
        var @operator = await host.PartyAsync("Seller", PartyKinds.Operator);
        await host.SpendAsync(customer.Id, cardHours: 6, projectId: "prj_a", operatorId: @operator.Id);
        await host.SpendAsync(customer.Id, cardHours: 3, operatorId: @operator.Id, bundleId: "bnd_a");
        var http = host.Program((await host.KeyAsync(customer)).Secret);
        var report = await http.GetFromJsonAsync<JsonElement>($"/api/v1/costs?by=project&{Period}");
        Assert.Equal(("customer", "90.000000"), (Text(report, "side"), Text(report.GetProperty("total"), "amount")));
        var groups = report.GetProperty("groups").EnumerateArray().ToDictionary(g => Text(g, "key"), StringComparer.Ordinal);
        Assert.Equal(["", "prj_a"], groups.Keys.Order(StringComparer.Ordinal));
        var quantity = Assert.Single(groups["prj_a"].GetProperty("quantities").EnumerateArray());
        Assert.Equal(
            ("card-hour", 6m, "60.000000"),
            (Text(quantity, "unit"), quantity.GetProperty("quantity").GetDecimal(), Text(quantity.GetProperty("amount"), "amount"))
        );
        var daily = await http.GetFromJsonAsync<JsonElement>($"/api/v1/costs?by=bundle&daily=true&{Period}");
        Assert.All(daily.GetProperty("groups").EnumerateArray(), g => Assert.NotEmpty(Text(g, "day")));

        var seller = host.Program((await host.KeyAsync(@operator)).Secret);
        var sold = await seller.GetFromJsonAsync<JsonElement>($"/api/v1/costs?by=customer&{Period}");
        Assert.Equal(("operator", "13.500000"), (Text(sold, "side"), Text(sold.GetProperty("total"), "amount")));
        Assert.Equal("90.000000", Text(sold.GetProperty("groups")[0].GetProperty("split").GetProperty("retail"), "amount"));
        // Whose project it was is the customer's own.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await seller.GetAsync($"/api/v1/costs?by=project&{Period}")).StatusCode);
        var stranger = host.Program((await host.KeyAsync(await host.PartyAsync("Stranger", PartyKinds.Customer))).Secret);
        foreach (string side in new[] { "customer", "operator", "center" })
            Assert.Empty(
                (await stranger.GetFromJsonAsync<JsonElement>($"/api/v1/costs?by=day&side={side}&{Period}"))
                    .GetProperty("groups")
                    .EnumerateArray()
            );
    }

    [Theory]
    [InlineData("by=mood", "?by")]
    [InlineData("by=day&side=king", "?side")]
    [InlineData("by=day&currency=GBP", "?currency")]
    public async Task A_wrong_parameter_is_named_with_the_fix(string query, string pointer)
    {
        var http = host.Program((await host.KeyAsync(await host.PartyAsync("Wrong", PartyKinds.Customer))).Secret);
        string rest = query.Contains("currency", StringComparison.Ordinal)
            ? Period.Replace("currency=CNY&", "", StringComparison.Ordinal)
            : Period;
        var response = await http.GetAsync($"/api/v1/costs?{query}&{rest}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var error = Assert.Single((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray());
        Assert.Equal(pointer, Text(error, "pointer"));
        Assert.NotEmpty(Text(error, "fix"));
    }

    [Fact]
    public async Task The_page_s_file_has_names_and_adds_up_and_is_for_people_with_the_finance_role()
    {
        var customer = await host.PartyAsync("Downloads", PartyKinds.Customer);
        await host.SpendAsync(customer.Id, cardHours: 6);
        string path = $"/downloads/costs?side=customer&by=deviceModel&{Period}";
        var nobody = await host.Program(null).GetAsync(path);
        Assert.Equal((HttpStatusCode.Redirect, "/sign-in"), (nobody.StatusCode, nobody.Headers.Location!.OriginalString));
        var owner = host.Browser();
        await host.PersonAsync("owner@costs.example", customer.Id);
        await owner.SignInAsync("owner@costs.example");
        Assert.Equal(HttpStatusCode.OK, await owner.OpenAsync(path));
        Assert.Equal(
            "day,deviceModel,name,quantity,unit,amount,currency\n,A100,,6,card-hour,60,CNY\n",
            owner.Text.ReplaceLineEndings("\n")
        );
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            await owner.OpenAsync(path.Replace("deviceModel", "mood", StringComparison.Ordinal))
        );
        var member = host.Browser();
        await host.PersonAsync("member@costs.example", customer.Id, MemberRole.Member);
        await member.SignInAsync("member@costs.example");
        Assert.Equal(HttpStatusCode.Forbidden, await member.OpenAsync(path));
    }
}
