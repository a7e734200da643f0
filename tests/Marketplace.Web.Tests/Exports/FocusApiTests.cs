using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Exports;

/// <summary>The export over HTTP: by credential below /api, by the portal's session beside it.</summary>
public sealed class FocusApiTests(PortalHost host) : IClassFixture<PortalHost>
{
    private const string Period = "from=2030-01-01T00:00:00Z&to=2030-02-01T00:00:00Z";
    private const string Api = "/api/v1/exports/focus?" + Period;
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    /// <summary>A customer, an operator and a center with two card-hours between them, charged 23.80 with tax.</summary>
    private async Task<(PartyView Customer, PartyView Operator, PartyView Center)> TradeAsync()
    {
        var customer = await host.PartyAsync("Export customer", PartyKinds.Customer);
        var @operator = await host.PartyAsync("Export operator", PartyKinds.Operator);
        var center = await host.PartyAsync("=Export center", PartyKinds.Center);
        string id = $"ctr_{customer.Id}";
        await host.ActAsync<IRating, bool>(
            Actor.System,
            async rating =>
            {
                await rating.RegisterAsync(
                    new ContractTerms(
                        id,
                        $"ord_{customer.Id}",
                        customer.Id,
                        @operator.Id,
                        center.Id,
                        "CNY",
                        "Ascend 910B",
                        "2 × Ascend 910B",
                        10,
                        7,
                        0.05m,
                        0.19m,
                        "CN",
                        ""
                    ),
                    default
                );
                await rating.RecordAsync(
                    [new UsageReading("agent", id, id, "alc_1", "card-seconds", 7200, Start.AddHours(-1), Start, true)],
                    default
                );
                return true;
            }
        );
        return (customer, @operator, center);
    }

    private async Task<HttpClient> ProgramAsync(PartyView party) => host.Program((await host.KeyAsync(party)).Secret);

    [Fact]
    public async Task Each_party_downloads_its_own_side_as_csv()
    {
        var (customer, @operator, center) = await TradeAsync();
        var response = await (await ProgramAsync(customer)).GetAsync(Api);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            ("text/csv", "utf-8"),
            (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentType.CharSet)
        );
        Assert.Equal(
            "focus-1.4-customer-20300101-20300201.csv",
            response.Content.Headers.ContentDisposition!.FileNameStar ?? response.Content.Headers.ContentDisposition.FileName
        );
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition.DispositionType);
        string[] lines = (await response.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.StartsWith("BilledCost,BillingAccountId,", lines[0], StringComparison.Ordinal);
        Assert.Equal(["20", "3.8"], lines[1..3].Select(l => l.Split(',')[0]));
        Assert.Equal(["", ""], [lines[^1], lines.Length == 4 ? "" : string.Join('|', lines[3..])]);
        // A center's name is a formula to a spreadsheet.
        Assert.Contains(",'=Export center,", lines[1], StringComparison.Ordinal);

        Assert.StartsWith("20,", (await (await ProgramAsync(@operator)).GetStringAsync(Api)).Split("\r\n")[1], StringComparison.Ordinal);
        string earned = await (await ProgramAsync(center)).GetStringAsync(Api + "&version=1.3");
        Assert.StartsWith("14,", earned.Split("\r\n")[1], StringComparison.Ordinal);
        Assert.Contains(",ProviderName,PublisherName,", earned, StringComparison.Ordinal);
        Assert.DoesNotContain(
            customer.Id,
            earned.Replace($"ctr_{customer.Id}", "", StringComparison.Ordinal).Replace($"ord_{customer.Id}", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Other_parties_books_are_refused_and_periods_are_half_open()
    {
        var (customer, @operator, _) = await TradeAsync();
        var http = await ProgramAsync(@operator);
        var refused = await http.GetAsync($"{Api}&partyId={customer.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        // A side that the party is not on has no rows.
        Assert.Equal(2, (await http.GetStringAsync(Api + "&role=customer")).Split("\r\n").Length);
        var mine = await ProgramAsync(customer);
        async Task<int> RowsAsync(string from, string to) =>
            (await mine.GetStringAsync($"/api/v1/exports/focus?from={from}&to={to}")).Split("\r\n").Length - 2;
        string at = Start.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((2, 0), (await RowsAsync(at, "2030-02-01T00:00:00Z"), await RowsAsync("2030-01-01T00:00:00Z", at)));
    }

    [Theory]
    [InlineData("?to=2030-02-01T00:00:00Z", HttpStatusCode.BadRequest, "?from")]
    [InlineData("?from=yesterday&to=2030-02-01T00:00:00Z", HttpStatusCode.BadRequest, "?from")]
    [InlineData("?from=2030-02-01T00:00:00Z&to=2030-02-01T00:00:00Z", HttpStatusCode.UnprocessableEntity, "?to")]
    [InlineData("?" + Period + "&version=1.2", HttpStatusCode.UnprocessableEntity, "?version")]
    [InlineData("?" + Period + "&format=parquet", HttpStatusCode.UnprocessableEntity, "?format")]
    [InlineData("?" + Period + "&role=king", HttpStatusCode.UnprocessableEntity, "?role")]
    public async Task Bad_input_names_the_field_and_the_fix(string query, HttpStatusCode status, string pointer)
    {
        var http = await ProgramAsync(await host.PartyAsync("Export mistakes", PartyKinds.Customer));
        var response = await http.GetAsync("/api/v1/exports/focus" + query);
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var error = Assert.Single((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray());
        Assert.Equal(pointer, error.GetProperty("pointer").GetString());
        Assert.NotEmpty(error.GetProperty("fix").GetString()!);
    }

    [Fact]
    public async Task The_portals_download_is_for_signed_in_people_with_the_finance_role()
    {
        const string Path = "/downloads/focus?role=customer&version=1.4&" + Period;
        var (customer, _, _) = await TradeAsync();
        var stranger = await host.Program(null).GetAsync(Path);
        Assert.Equal((HttpStatusCode.Redirect, "/sign-in"), (stranger.StatusCode, stranger.Headers.Location!.OriginalString));
        // The same session cookie is worth nothing below /api.
        var owner = host.Browser();
        await host.PersonAsync("owner@export.example", customer.Id);
        await owner.SignInAsync("owner@export.example");
        Assert.Equal(HttpStatusCode.Unauthorized, await owner.OpenAsync(Api));
        Assert.Equal(HttpStatusCode.OK, await owner.OpenAsync(Path));
        Assert.Equal("text/csv", owner.Response.Content.Headers.ContentType!.MediaType);
        Assert.Contains(",Tax,", owner.Text, StringComparison.Ordinal);
        var viewer = host.Browser();
        await host.PersonAsync("viewer@export.example", customer.Id, MemberRole.Viewer);
        await viewer.SignInAsync("viewer@export.example");
        Assert.Equal(HttpStatusCode.Forbidden, await viewer.OpenAsync(Path));
    }
}
