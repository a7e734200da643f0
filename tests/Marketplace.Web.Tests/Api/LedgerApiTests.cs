using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Api;

/// <summary>Accounts, legs, journals, trial balance and seals over REST: to a party its own, to the network desk everybody's.</summary>
public sealed class LedgerApiTests(PortalHost host) : IClassFixture<PortalHost>
{
    private async Task<(PartyView Party, HttpClient Http)> ToppedUpAsync()
    {
        var party = await host.PartyAsync("Payer", PartyKinds.Customer);
        foreach (decimal amount in new[] { 10m, 20m, 30m })
            PortalHost.Must(
                await host.ActAsync<IPayments, Outcome<PaymentView>>(
                    new Actor(party.Id, PartyKinds.Customer, MemberRole.Owner),
                    p => p.TopUpAsync(Money.From(amount, Currency.Cny), $"{party.Id}/{amount}", default)
                )
            );
        return (party, host.Program((await host.KeyAsync(party)).Secret));
    }

    private async Task<HttpClient> DeskAsync() =>
        host.Program((await host.KeyAsync(await host.PartyAsync("Network desk", PartyKinds.Platform))).Secret);

    private static Task<JsonElement> ReadAsync(HttpClient http, string path) =>
        http.GetFromJsonAsync<JsonElement>("/api/v1/ledger/" + path);

    private static decimal Amount(JsonElement leg, string field) =>
        decimal.Parse(leg.GetProperty(field).GetProperty("amount").GetString()!, CultureInfo.InvariantCulture);

    [Fact]
    public async Task An_account_s_legs_carry_the_balance_after_each_from_page_to_page()
    {
        var (party, http) = await ToppedUpAsync();
        string account = $"customer.available:{party.Id}~CNY";
        Assert.Equal(60, Amount(await ReadAsync(http, $"accounts/{account}"), "balance"));
        List<decimal> balances = [];
        string? cursor = null;
        do
        {
            var page = await ReadAsync(http, $"accounts/{account}/legs?limit=1{(cursor is null ? "" : "&cursor=" + cursor)}");
            var leg = Assert.Single(page.GetProperty("items").EnumerateArray());
            Assert.Equal("network", leg.GetProperty("otherAccount").GetString());
            Assert.Equal(JsonValueKind.Null, leg.GetProperty("actor").ValueKind);
            balances.Add(Amount(leg, "balance"));
            cursor = page.GetProperty("nextCursor").GetString();
        } while (cursor is not null);
        Assert.Equal([60m, 30m, 10m], balances);
        foreach (string wrong in new[] { "sort=amount", "cursor=~", "limit=0" })
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"/api/v1/ledger/accounts/{account}/legs?{wrong}")).StatusCode);

        var desk = await ReadAsync(await DeskAsync(), $"accounts/{account}/legs?sort=recordedAt");
        Assert.Equal([10m, 30m, 60m], desk.GetProperty("items").EnumerateArray().Select(l => Amount(l, "balance")));
        Assert.All(desk.GetProperty("items").EnumerateArray(), l => Assert.Equal("bank", l.GetProperty("otherAccount").GetString()));
        Assert.All(desk.GetProperty("items").EnumerateArray(), l => Assert.Equal("Prepaid credit", l.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Another_party_s_account_and_journal_are_not_found()
    {
        var (party, owner) = await ToppedUpAsync();
        var (_, stranger) = await ToppedUpAsync();
        string journal = (await ReadAsync(owner, "journals?limit=1")).GetProperty("items")[0].GetProperty("id").GetString()!;
        foreach (
            string path in new[]
            {
                $"accounts/customer.available:{party.Id}~CNY",
                $"accounts/customer.available:{party.Id}~CNY/legs",
                $"journals/{journal}",
            }
        )
        {
            Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync("/api/v1/ledger/" + path)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync("/api/v1/ledger/" + path)).StatusCode);
        }
        foreach (string account in new[] { "bank~CNY", "nothing", "bank~CNY/legs" })
            Assert.Equal(HttpStatusCode.NotFound, (await owner.GetAsync("/api/v1/ledger/accounts/" + account)).StatusCode);
        Assert.Empty((await ReadAsync(stranger, $"accounts?partyId={party.Id}")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Accounts_are_narrowed_by_class_currency_and_party()
    {
        var (party, _) = await ToppedUpAsync();
        var desk = await DeskAsync();
        async Task<string[]> Codes(string query) =>
            [
                .. (await ReadAsync(desk, "accounts?" + query))
                    .GetProperty("items")
                    .EnumerateArray()
                    .Select(a => a.GetProperty("code").GetString()!),
            ];
        Assert.Equal([$"customer.available:{party.Id}"], await Codes($"partyId={party.Id}&class=liability&currency=CNY&search=available"));
        Assert.Empty(await Codes($"partyId={party.Id}&currency=USD"));
        Assert.Empty(await Codes($"partyId={party.Id}&class=asset"));
        Assert.Contains("bank", await Codes("class=asset&sort=-party"));
    }

    [Fact]
    public async Task The_trial_balance_and_the_seals_are_the_desk_s()
    {
        var (_, customer) = await ToppedUpAsync();
        var desk = await DeskAsync();
        foreach (string path in new[] { "trial-balance", "seals" })
            Assert.Equal(HttpStatusCode.Forbidden, (await customer.GetAsync("/api/v1/ledger/" + path)).StatusCode);
        await host.SealAllAsync();
        await host.RunJobAsync("billing-check-books");
        await host.RunJobAsync("billing-verify-seals");
        var books = await ReadAsync(desk, "trial-balance");
        Assert.True(books.GetProperty("balanced").GetBoolean());
        Assert.All(books.GetProperty("trialBalance").EnumerateArray(), l => Assert.True(l.GetProperty("agrees").GetBoolean()));
        Assert.Equal(Invariants.All, books.GetProperty("invariants").EnumerateArray().Select(i => i.GetProperty("invariant").GetString()!));
        var seals = await ReadAsync(desk, "seals");
        Assert.True(seals.GetProperty("lastVerification").GetProperty("intact").GetBoolean());
        string journal = (await ReadAsync(customer, "journals?limit=1")).GetProperty("items")[0].GetProperty("id").GetString()!;
        var seal = (await ReadAsync(customer, $"journals/{journal}")).GetProperty("seal");
        Assert.InRange(seal.GetProperty("block").GetInt64(), 1, seals.GetProperty("blocks").GetInt64());
    }
}
