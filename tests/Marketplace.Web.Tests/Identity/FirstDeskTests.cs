using System.Net;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Hosting;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Setup;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Tests.Identity;

/// <summary>The first network desk of an empty installation. Each test has a host of its own: a desk is there once and for all.</summary>
public sealed class FirstDeskTests
{
    private static readonly HostSettings Here = new(HostRoles.Web, "127.0.0.1", 8080, Demo: false, Path.GetTempPath());
    private static readonly Visitor Somebody = new("test", "127.0.0.1");

    private static async Task<PortalHost> OpenAsync(params (string Key, string? Value)[] settings)
    {
        var host = new SetupHost(settings);
        await host.InitializeAsync();
        return host;
    }

    /// <summary>What the host does at its start.</summary>
    private static async Task<(string Address, DateTimeOffset ExpiresAt)?> StartAsync(PortalHost host, HostSettings? settings = null)
    {
        await FirstStart.EnsureAsync(host.Services, settings ?? Here, default);
        return await FirstStart.OfferAsync(host.Services, settings ?? Here, default);
    }

    private static async Task<string> AddressAsync(PortalHost host) =>
        new Uri((await StartAsync(host) ?? throw new InvalidOperationException("No address was offered.")).Address).PathAndQuery;

    private static string SecretOf(string address) =>
        Uri.UnescapeDataString(address[(address.IndexOf('=', StringComparison.Ordinal) + 1)..]);

    private static SignUpRequest Request(string email = "owner@desk.example") =>
        new("Ada", email, PortalHost.Password, "The Desk", PartyKinds.Platform, "CN", "CNY", "en");

    private static Task<Outcome<SignedUp>> SetUpAsync(PortalHost host, string secret, SignUpRequest request) =>
        host.ActAsync<FirstDesk, Outcome<SignedUp>>(Actor.System, desk => desk.SetUpAsync(secret, request, Somebody, default));

    private static Task<HttpStatusCode> FillInAsync(Browser browser, params (string, string)[] more) =>
        browser.SubmitAsync(
            "setup",
            [
                ("Input.Organization", "The Desk"),
                ("Input.Name", "Ada"),
                ("Input.Email", "owner@desk.example"),
                ("Input.Password", PortalHost.Password),
                ("Input.Country", "CN"),
                ("Input.Currency", "CNY"),
                .. more,
            ]
        );

    private static async Task<IReadOnlyList<PartyView>> DesksAsync(PortalHost host) =>
        (
            await host.ActAsync<IParties, Outcome<Page<PartyView>>>(
                Actor.System,
                p => p.ListAsync(new PartyQuery { Kind = PartyKinds.Platform }, default)
            )
        )
            .Value
            .Items;

    [Fact]
    public async Task The_printed_address_makes_its_visitor_the_owner_of_the_desk_once()
    {
        await using var host = await OpenAsync();
        string address = await AddressAsync(host);
        var browser = host.Browser();
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync(address));
        Assert.Contains("no-store", browser.Response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        // A field that will not do says so and leaves the address usable.
        await FillInAsync(browser, ("Input.Password", "short"));
        Assert.Contains("10", browser.Text, StringComparison.Ordinal);
        Assert.Empty(await DesksAsync(host));

        await browser.OpenAsync(address);
        await FillInAsync(browser);
        Assert.Equal("/", browser.Location);
        var desk = Assert.Single(await DesksAsync(host));
        Assert.Equal(("The Desk", PartyState.Approved, PartyKinds.Platform), (desk.Name, desk.State, desk.Kinds));
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
        Assert.Contains("owner@desk.example", browser.Text, StringComparison.Ordinal);
        Assert.Equal("Owner", await host.ScalarAsync<string>($"select role from identity.membership where party_id = '{desk.Id}'"));

        Assert.Equal(HttpStatusCode.NotFound, await host.Browser().OpenAsync(address));
        Assert.Null(await StartAsync(host));
        Assert.Equal(0, await host.ScalarAsync<long>("select count(*) from identity.desk_token"));
    }

    [Fact]
    public async Task What_was_done_stands_in_the_audit_trail_without_the_secret()
    {
        await using var host = await OpenAsync();
        string secret = SecretOf(await AddressAsync(host));
        PortalHost.Must(await SetUpAsync(host, secret, Request()));
        var trail = (
            await host.ActAsync<AuditDesk, Outcome<Page<AuditEventView>>>(
                Actor.System,
                a => a.ListAsync(new AuditQuery { Limit = 50 }, default)
            )
        )
            .Value
            .Items;
        var done = trail.Single(e => e.Action == "party.desk-set-up");
        Assert.Equal(("Ada", AuditActor.Person, "owner@desk.example"), (done.ActorName, done.ActorKind, done.Detail));
        Assert.StartsWith("127.0.0.1", done.Origin, StringComparison.Ordinal);
        Assert.Single(trail, e => e.Action == "party.desk-offered");
        Assert.DoesNotContain(trail, e => $"{e}".Contains(secret, StringComparison.Ordinal));
        Assert.Equal(
            0,
            await host.ScalarAsync<long>($"select count(*) from identity.desk_token where encode(hash, 'escape') like '%{secret}%'")
        );
    }

    [Theory]
    [InlineData("/setup")]
    [InlineData("/setup?token=")]
    [InlineData("/setup?token=wrong")]
    public async Task Without_the_secret_there_is_no_such_page(string path)
    {
        await using var host = await OpenAsync();
        await AddressAsync(host);
        Assert.Equal(HttpStatusCode.NotFound, await host.Browser().OpenAsync(path));
        var refused = await SetUpAsync(host, "wrong", Request());
        Assert.Equal("link-expired", refused.Problem!.Code);
        Assert.Empty(await DesksAsync(host));
    }

    [Fact]
    public async Task An_address_ends_with_its_time_and_with_the_next_one()
    {
        await using var host = await OpenAsync();
        string first = await AddressAsync(host);
        // Another replica, or the next start: the address it prints is the one that counts.
        string second = await AddressAsync(host);
        Assert.Equal(HttpStatusCode.NotFound, await host.Browser().OpenAsync(first));
        Assert.Equal(HttpStatusCode.OK, await host.Browser().OpenAsync(second));
        Assert.Equal("link-expired", (await SetUpAsync(host, SecretOf(first), Request())).Problem!.Code);

        host.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(HttpStatusCode.NotFound, await host.Browser().OpenAsync(second));
        Assert.Equal("link-expired", (await SetUpAsync(host, SecretOf(second), Request())).Problem!.Code);
        Assert.Empty(await DesksAsync(host));
        Assert.Equal(HttpStatusCode.OK, await host.Browser().OpenAsync(await AddressAsync(host)));
    }

    [Fact]
    public async Task Two_at_once_make_one_desk()
    {
        await using var host = await OpenAsync();
        string secret = SecretOf(await AddressAsync(host));
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => Task.Run(() => SetUpAsync(host, secret, Request($"owner{i}@desk.example"))))
        );
        Assert.Single(answers, a => a.IsOk);
        Assert.All(answers.Where(a => !a.IsOk), a => Assert.Equal("link-expired", a.Problem!.Code));
        Assert.Single(await DesksAsync(host));
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from identity.person"));
    }

    [Fact]
    public async Task A_second_desk_is_refused_even_with_a_secret_that_is_still_there()
    {
        await using var host = await OpenAsync();
        string address = await AddressAsync(host);
        await host.PartyAsync("Desk by other means", PartyKinds.Platform);
        Assert.Equal(HttpStatusCode.NotFound, await host.Browser().OpenAsync(address));
        Assert.Equal("link-expired", (await SetUpAsync(host, SecretOf(address), Request())).Problem!.Code);
        Assert.Single(await DesksAsync(host));
    }

    [Fact]
    public async Task An_address_that_somebody_has_is_not_taken_over()
    {
        await using var host = await OpenAsync();
        var customer = await host.PartyAsync("Early bird", PartyKinds.Customer);
        await host.PersonAsync("owner@desk.example", customer.Id);
        var refused = await SetUpAsync(host, SecretOf(await AddressAsync(host)), Request());
        Assert.Equal("/email", Assert.Single(refused.Problem!.Errors).Pointer);
        Assert.Empty(await DesksAsync(host));
    }

    [Fact]
    public async Task Guesses_are_slowed_down()
    {
        await using var host = await OpenAsync(("Identity:AnonymousAttemptsPerMinute", "3"));
        string address = await AddressAsync(host);
        var stranger = host.Browser();
        for (int i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.NotFound, await stranger.OpenAsync($"/setup?token=guess{i}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await stranger.OpenAsync(address));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await stranger.OpenAsync(address));
    }

    [Fact]
    public async Task The_page_speaks_chinese()
    {
        await using var host = await OpenAsync();
        var browser = host.Browser();
        await browser.OpenAsync("/culture?set=zh-Hans");
        await browser.OpenAsync(await AddressAsync(host));
        Assert.Contains("设置网络运营台", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_desk_needs_no_browser_and_is_made_once()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, PortalHost.Password + "\n");
        try
        {
            await using var host = await OpenAsync(
                ("Setup:Desk:Email", "ops@desk.example"),
                ("Setup:Desk:PasswordFile", file),
                ("Setup:Desk:Organization", "Ops")
            );
            // Replicas start together.
            var offers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartAsync(host))));
            Assert.All(offers, Assert.Null);
            Assert.Equal("Ops", Assert.Single(await DesksAsync(host)).Name);
            var browser = host.Browser();
            await browser.SignInAsync("ops@desk.example");
            Assert.Equal("/", browser.Location);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_configured_password_that_will_not_do_stops_the_start_and_names_its_key()
    {
        await using var host = await OpenAsync(("Setup:Desk:Email", "ops@desk.example"), ("Setup:Desk:Password", "1234567890"));
        var error = await Assert.ThrowsAsync<OptionsException>(() => StartAsync(host));
        Assert.Contains("Setup:Desk:Password", error.Message, StringComparison.Ordinal);
        Assert.Empty(await DesksAsync(host));
    }

    [Fact]
    public async Task A_worker_and_the_demo_network_print_no_address()
    {
        await using var host = await OpenAsync();
        Assert.Null(await StartAsync(host, Here with { Roles = HostRoles.Worker }));
        Assert.Null(await StartAsync(host, Here with { Demo = true }));
        Assert.NotNull(await StartAsync(host));
    }

    [Theory]
    [InlineData("Setup:LinkTime", "Setup:LinkTime", "00:00:00")]
    [InlineData("Setup:Desk:Email", "Setup:Desk:Password", "a long enough one")]
    [InlineData("Setup:Desk:Email", "Setup:Desk:Email", "nobody", "Setup:Desk:Password", "a long enough one")]
    [InlineData("Setup:Desk:Password", "Setup:Desk:Email", "ops@desk.example")]
    [InlineData("Setup:Desk:PasswordFile", "Setup:Desk:Email", "ops@desk.example", "Setup:Desk:PasswordFile", "/no/such/file")]
    [InlineData(
        "Setup:Desk:PasswordFile",
        "Setup:Desk:Email",
        "ops@desk.example",
        "Setup:Desk:PasswordFile",
        "/etc/hostname",
        "Setup:Desk:Password",
        "a long enough one"
    )]
    [InlineData(
        "Setup:Desk:Country",
        "Setup:Desk:Email",
        "ops@desk.example",
        "Setup:Desk:Password",
        "a long enough one",
        "Setup:Desk:Country",
        "China"
    )]
    [InlineData(
        "Setup:Desk:Currency",
        "Setup:Desk:Email",
        "ops@desk.example",
        "Setup:Desk:Password",
        "a long enough one",
        "Setup:Desk:Currency",
        "XXX"
    )]
    public void A_wrong_option_is_refused_by_its_key(string key, params string[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Chunk(2).Select(s => KeyValuePair.Create(s[0], (string?)s[1])))
            .Build();
        var options = new SetupOptions();
        configuration.GetSection("Setup").Bind(options);
        var result = new SetupOptionsValidator().Validate(null, options);
        Assert.True(result.Failed);
        Assert.Contains(key, result.FailureMessage, StringComparison.Ordinal);
    }

    private sealed class SetupHost((string Key, string? Value)[] settings) : PortalHost
    {
        protected override IEnumerable<KeyValuePair<string, string?>> Settings => settings.Select(s => KeyValuePair.Create(s.Key, s.Value));
    }
}
