using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Api;

/// <summary>Budgets and projects over REST, and the mail an alert becomes.</summary>
public sealed class BudgetApiTests(PortalHost host) : IClassFixture<PortalHost>
{
    private static readonly object Month = new
    {
        name = "Compute",
        scope = "organization",
        kind = "month",
        amount = 100,
        currency = "CNY",
        thresholds = new[] { 0.9 },
    };

    private async Task<HttpClient> CustomerAsync() =>
        host.Program((await host.KeyAsync(await host.PartyAsync("Buyer", PartyKinds.Customer))).Secret);

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(HttpClient http, string path, object? body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/" + path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    private static string Text(JsonElement body, string field) => body.GetProperty(field).ToString();

    [Fact]
    public async Task A_budget_is_made_once_changed_in_versions_and_ended_for_good()
    {
        var http = await CustomerAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(http, "budgets", Month, key: null)).Status);
        var made = await PostAsync(http, "budgets", Month, "b-1");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        string id = Text(made.Body, "id");
        Assert.Equal(id, Text((await PostAsync(http, "budgets", Month, "b-1")).Body, "id"));
        Assert.Equal("100.000000", Text(made.Body.GetProperty("standing").GetProperty("left"), "amount"));
        Assert.Equal("month", Text(made.Body, "kind"));
        var list = await http.GetFromJsonAsync<JsonElement>("/api/v1/budgets?state=active");
        Assert.Equal([id], list.GetProperty("items").EnumerateArray().Select(b => Text(b, "id")));
        var changed = await PostAsync(http, $"budgets/{id}:change", new { version = 1, amount = 120 }, "c-1");
        Assert.Equal((HttpStatusCode.OK, "2"), (changed.Status, Text(changed.Body, "version")));
        var stale = await PostAsync(http, $"budgets/{id}:change", new { version = 1, amount = 130 }, "c-2");
        Assert.Equal((HttpStatusCode.Conflict, "budget-changed"), (stale.Status, Text(stale.Body, "code")));
        Assert.Equal("ended", Text((await PostAsync(http, $"budgets/{id}:end", null, null)).Body, "state"));
        var again = await PostAsync(http, $"budgets/{id}:end", null, null);
        Assert.Equal((HttpStatusCode.Conflict, "budget-ended"), (again.Status, Text(again.Body, "code")));
        var stranger = await CustomerAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/api/v1/budgets/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/api/v1/budgets/{id}/alerts")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, $"budgets/{id}:end", null, null)).Status);
    }

    [Fact]
    public async Task A_wrong_budget_says_which_field_and_what_to_do()
    {
        var http = await CustomerAsync();
        var (status, body) = await PostAsync(
            http,
            "budgets",
            new
            {
                name = "",
                scope = "project",
                kind = "hourlyRate",
                amount = 0,
                currency = "GBP",
                hardStop = true,
                thresholds = new[] { 50 },
            },
            "w-1"
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var errors = body.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(
            ["/amount", "/currency", "/hardStop", "/name", "/scopeId", "/thresholds"],
            errors.Select(e => Text(e, "pointer")).Order(StringComparer.Ordinal)
        );
        Assert.All(errors, e => Assert.NotEmpty(Text(e, "fix")));
        var member = await PostAsync(
            http,
            "budgets",
            new
            {
                name = "x",
                scope = "member",
                scopeId = "usr_nobody",
                kind = "month",
                amount = 1,
                currency = "CNY",
            },
            "w-2"
        );
        Assert.Equal("/scopeId", Text(member.Body.GetProperty("errors")[0], "pointer"));
    }

    [Fact]
    public async Task A_member_s_budget_knows_people_and_keys_of_the_organisation_by_name()
    {
        var party = await host.PartyAsync("Team", PartyKinds.Customer);
        string person = await host.PersonAsync($"{party.Id}@people.example", party.Id);
        var key = await host.KeyAsync(party);
        var http = host.Program(key.Secret);
        foreach (var (id, name) in new[] { (person, "Somebody"), (key.Credential.Id, key.Credential.Name) })
        {
            var made = await PostAsync(
                http,
                "budgets",
                new
                {
                    name = "x",
                    scope = "member",
                    scopeId = id,
                    kind = "month",
                    amount = 1,
                    currency = "CNY",
                },
                id
            );
            Assert.Equal((HttpStatusCode.Created, name), (made.Status, Text(made.Body, "scopeName")));
        }
    }

    [Fact]
    public async Task Projects_are_made_renamed_archived_and_restored()
    {
        var http = await CustomerAsync();
        var made = await PostAsync(http, "projects", new { name = "Vision" }, "p-1");
        Assert.Equal((HttpStatusCode.Created, "active"), (made.Status, Text(made.Body, "state")));
        string id = Text(made.Body, "id");
        var twin = await PostAsync(http, "projects", new { name = "vision" }, "p-2");
        Assert.Equal((HttpStatusCode.Conflict, "/name"), (twin.Status, Text(twin.Body.GetProperty("errors")[0], "pointer")));
        Assert.Equal("Sight", Text((await PostAsync(http, $"projects/{id}:rename", new { name = "Sight" }, "p-3")).Body, "name"));
        Assert.Equal("archived", Text((await PostAsync(http, $"projects/{id}:archive", null, null)).Body, "state"));
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(http, $"projects/{id}:archive", null, null)).Status);
        Assert.Equal("active", Text((await PostAsync(http, $"projects/{id}:restore", null, null)).Body, "state"));
        var stranger = await CustomerAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/api/v1/projects/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, $"projects/{id}:rename", new { name = "x" }, "p-4")).Status);
    }

    [Fact]
    public async Task An_alert_is_mailed_to_each_owner_in_their_language_and_to_nobody_else()
    {
        var party = await host.PartyAsync("Alarmed", PartyKinds.Customer);
        await host.PersonAsync($"owner.{party.Id}@people.example", party.Id);
        await host.PersonAsync($"member.{party.Id}@people.example", party.Id, MemberRole.Member);
        await host.SpendAsync(party.Id, cardHours: 9);
        var budget = await host.BudgetAsync(party.Id, BudgetKind.Total, 100);
        var alerts = await host.ActAsync<IBudgets, Page<BudgetAlertView>>(
            Actor.System,
            b => b.AlertsAsync(new BudgetAlertQuery { BudgetId = budget.Id }, default)
        );
        var reached = alerts.Items.First(a => a.Kind == BudgetAlertKind.Reached);
        Assert.Equal(0.8m, reached.Threshold);
        var mails = await host.ActAsync<IServiceProvider, IReadOnlyList<MailView>>(
            Actor.System,
            async services =>
            {
                await ActivatorUtilities.CreateInstance<OnBudgetAlerted>(services).HandleAsync(new(party.Id, reached.Id), default);
                await services.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
                return await services.GetRequiredService<LocalOutbox>().ReadAsync(default);
            }
        );
        var mail = Assert.Single(mails, m => m.Recipient.Contains(party.Id, StringComparison.Ordinal));
        Assert.StartsWith("owner.", mail.Recipient, StringComparison.Ordinal);
        Assert.Equal("80 % of the budget Compute is used", mail.Subject);
        Assert.Contains("90.00 CNY of the 100.00 CNY", mail.Body, StringComparison.Ordinal);
        Assert.Contains($"/costs/budgets/{budget.Id}", mail.Body, StringComparison.Ordinal);
    }
}
