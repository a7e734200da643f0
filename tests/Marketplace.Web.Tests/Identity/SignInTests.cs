using System.Net;
using System.Text.RegularExpressions;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Identity;

/// <summary>Sign-up, sign-in, lockout, reset, sessions: as a browser sees them.</summary>
public sealed partial class SignInTests(PortalHost host) : IClassFixture<PortalHost>
{
    private static int s_people;

    private static string NewEmail() => $"person{Interlocked.Increment(ref s_people)}@signin.example.com";

    private async Task<string> KnownPersonAsync()
    {
        string email = NewEmail();
        var party = await host.PartyAsync("Org of " + email, PartyKinds.Customer);
        await host.PersonAsync(email, party.Id);
        return email;
    }

    private async Task<string> LinkAsync(string recipient, string path)
    {
        var mails = await host.ActAsync<LocalOutbox, IReadOnlyList<MailView>>(Actor.System, outbox => outbox.ReadAsync(default));
        string body = mails.First(m => m.Recipient == recipient && m.Body.Contains(path, StringComparison.Ordinal)).Body;
        return new Uri(LinkPattern().Match(body).Value).PathAndQuery;
    }

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex LinkPattern();

    private async Task SignUpAsync(Browser browser, string email, params (string, string)[] more)
    {
        await browser.OpenAsync("/sign-up");
        await browser.SubmitAsync(
            "sign-up",
            [
                ("Input.Name", "Ada"),
                ("Input.Email", email),
                ("Input.Password", PortalHost.Password),
                ("Input.Organization", "Ada Research"),
                ("Input.Customer", "true"),
                ("Input.Country", "CN"),
                ("Input.Currency", "CNY"),
                .. more,
            ]
        );
    }

    [Fact]
    public async Task Sign_up_makes_person_and_organisation_and_signs_in()
    {
        var browser = host.Browser();
        string email = NewEmail();
        await SignUpAsync(browser, email, ("Input.Operator", "true"));
        Assert.Equal("/", browser.Location);
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
        Assert.Contains(email, browser.Text, StringComparison.Ordinal);
        string kinds = await host.ScalarAsync<string>(
            $"select string_agg(m.role, ',') from identity.membership m join identity.person p on p.id = m.person_id where p.email = '{email}'"
        );
        Assert.Equal("Owner", kinds);

        // The mail's link confirms the address, once.
        string link = await LinkAsync(email, "/confirm-email");
        await browser.OpenAsync(link);
        await browser.SubmitAsync("confirm");
        Assert.Equal("/account?saved=confirmed", browser.Location);
        Assert.True(await host.ScalarAsync<bool>($"select email_confirmed_at is not null from identity.person where email = '{email}'"));
        await browser.OpenAsync(link);
        await browser.SubmitAsync("confirm");
        Assert.Contains("no longer works", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_up_says_what_is_wrong_at_its_field()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await SignUpAsync(browser, email.ToUpperInvariant());
        Assert.Equal(HttpStatusCode.OK, browser.Response.StatusCode);
        Assert.Contains("There is an account with this address already.", browser.Text, StringComparison.Ordinal);

        await SignUpAsync(browser, NewEmail(), ("Input.Password", "short"), ("Input.Organization", " "));
        Assert.Contains("fewer than 10 characters", browser.Text, StringComparison.Ordinal);
        Assert.Contains("organisation's name is missing", browser.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("session=", string.Join(';', browser.SetCookies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password1234")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("1234567890")]
    public async Task Guessable_passwords_are_refused(string password)
    {
        var browser = host.Browser();
        await SignUpAsync(browser, NewEmail(), ("Input.Password", password));
        Assert.Contains("easy to guess", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_address_and_wrong_password_look_the_same()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.SignInAsync(email, "not the password");
        string known = browser.Page.QuerySelector(".note.bad")!.TextContent.Trim();
        await browser.SignInAsync("nobody@nowhere.example.com", "not the password");
        Assert.Equal(known, browser.Page.QuerySelector(".note.bad")!.TextContent.Trim());
    }

    [Fact]
    public async Task Five_wrong_passwords_pause_sign_in_for_fifteen_minutes()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        for (int i = 0; i < 4; i++)
        {
            await browser.SignInAsync(email, "not the password");
            Assert.DoesNotContain("paused until", browser.Text, StringComparison.Ordinal);
        }
        await browser.SignInAsync(email, "not the password");
        Assert.Contains(
            $"paused until {host.Time.GetUtcNow().AddMinutes(15):HH:mm} UTC, 15 minutes",
            browser.Text,
            StringComparison.Ordinal
        );

        // The right password does not help before the time is over, and does after.
        Assert.Equal(HttpStatusCode.OK, await browser.SignInAsync(email));
        Assert.Contains("paused until", browser.Text, StringComparison.Ordinal);
        host.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(HttpStatusCode.Found, await browser.SignInAsync(email));
    }

    [Fact]
    public async Task A_burst_of_guesses_does_not_outrun_the_counter()
    {
        string email = await KnownPersonAsync();
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(_ =>
                    host.ActAsync<Marketplace.Web.Identity.People.SignIn, Marketplace.Web.Identity.People.SignInResult>(
                        Actor.System,
                        signIn => signIn.TryAsync(email, "not the password", new("", ""), default)
                    )
                )
        );
        Assert.Equal(4, results.Count(r => r is Marketplace.Web.Identity.People.SignInResult.Wrong));
        Assert.Equal(8, results.Count(r => r is Marketplace.Web.Identity.People.SignInResult.Locked));
    }

    [Fact]
    public async Task Reset_link_works_once_ends_every_session_and_the_pause()
    {
        string email = await KnownPersonAsync();
        var signedIn = host.Browser();
        await signedIn.SignInAsync(email);
        var browser = host.Browser();
        for (int i = 0; i < 5; i++)
            await browser.SignInAsync(email, "not the password");

        await browser.OpenAsync("/forgot-password");
        await browser.SubmitAsync("forgot", ("Input.Email", email));
        string answer = browser.Text;
        string link = await LinkAsync(email, "/reset-password");
        await browser.OpenAsync(link);
        await browser.SubmitAsync("reset", ("Input.Password", "short"));
        Assert.Contains("fewer than 10 characters", browser.Text, StringComparison.Ordinal);
        await browser.SubmitAsync("reset", ("Input.Password", "another four plain words"));
        Assert.Equal("/sign-in?done=reset", browser.Location);

        Assert.Equal(HttpStatusCode.Found, await browser.SignInAsync(email, "another four plain words"));
        await signedIn.OpenAsync("/account");
        Assert.StartsWith("/sign-in", signedIn.Location, StringComparison.Ordinal);
        await browser.OpenAsync(link);
        Assert.Contains("used before", browser.Text, StringComparison.Ordinal);

        // An unknown address gets the same answer.
        await browser.OpenAsync("/forgot-password");
        await browser.SubmitAsync("forgot", ("Input.Email", "nobody@nowhere.example.com"));
        Assert.Equal(answer, browser.Text);
    }

    [Fact]
    public async Task Reset_link_expires()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.OpenAsync("/forgot-password");
        await browser.SubmitAsync("forgot", ("Input.Email", email));
        string link = await LinkAsync(email, "/reset-password");
        host.Time.Advance(TimeSpan.FromMinutes(61));
        await browser.OpenAsync(link);
        Assert.Contains("used before, or it is older", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_and_passwords_are_not_in_the_database()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.OpenAsync("/forgot-password");
        await browser.SubmitAsync("forgot", ("Input.Email", email));
        string token = (await LinkAsync(email, "/reset-password")).Split("token=")[1];
        Assert.False(
            await host.ScalarAsync<bool>($"select exists (select from identity.outgoing_mail where protected_body like '%{token}%')")
        );
        Assert.False(
            await host.ScalarAsync<bool>(
                $"select exists (select from identity.one_time_token where position(convert_to('{token}', 'UTF8') in hash) > 0)"
            )
        );
        Assert.False(
            await host.ScalarAsync<bool>($"select exists (select from identity.person where password_hash like '%{PortalHost.Password}%')")
        );
    }

    [Theory]
    [InlineData("//evil.example.com")]
    [InlineData("/\\evil.example.com")]
    [InlineData("https://evil.example.com")]
    [InlineData("/%0d%0aSet-Cookie:x=y")]
    public async Task Sign_in_leads_only_into_the_portal(string returnUrl)
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.SignInAsync(
            email,
            path: "/sign-in?returnUrl=" + (returnUrl.Contains('%', StringComparison.Ordinal) ? returnUrl : Uri.EscapeDataString(returnUrl))
        );
        Assert.Equal(HttpStatusCode.Found, browser.Response.StatusCode);
        Assert.Equal("/", browser.Location);
    }

    [Fact]
    public async Task Sign_in_goes_back_to_where_the_person_wanted_to_be()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.SignInAsync(email, path: "/sign-in?returnUrl=%2Faccount%3Fx%3D1");
        Assert.Equal("/account?x=1", browser.Location);
        string cookie = browser.SetCookies.Single(c => c.StartsWith("session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_ended_session_is_refused_on_its_next_request()
    {
        string email = await KnownPersonAsync();
        var (here, there) = (host.Browser(), host.Browser());
        await here.SignInAsync(email);
        await there.SignInAsync(email);
        Assert.Equal(HttpStatusCode.OK, await there.OpenAsync("/account"));
        await here.OpenAsync("/account");
        Assert.Equal(2, here.Page.QuerySelectorAll(".plain-list > li").Length);
        Assert.Contains("Chrome, Linux", here.Text, StringComparison.Ordinal);
        await here.SubmitAsync("end-others");
        await there.OpenAsync("/account");
        Assert.StartsWith("/sign-in", there.Location, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await here.OpenAsync("/account"));
    }

    [Fact]
    public async Task A_session_ends_after_fourteen_idle_days_and_use_moves_the_end()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.SignInAsync(email);
        host.Time.Advance(TimeSpan.FromDays(13));
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
        host.Time.Advance(TimeSpan.FromDays(13));
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
        host.Time.Advance(TimeSpan.FromDays(14));
        await browser.OpenAsync("/account");
        Assert.StartsWith("/sign-in", browser.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changing_the_password_keeps_this_session_and_ends_the_others()
    {
        string email = await KnownPersonAsync();
        var (here, there) = (host.Browser(), host.Browser());
        await here.SignInAsync(email);
        await there.SignInAsync(email);
        await here.OpenAsync("/account");
        await here.SubmitAsync(
            "password",
            ("PasswordData.Current", "wrong one here"),
            ("PasswordData.Password", "another four plain words")
        );
        Assert.Contains("not your current password", here.Text, StringComparison.Ordinal);
        await here.SubmitAsync(
            "password",
            ("PasswordData.Current", PortalHost.Password),
            ("PasswordData.Password", "another four plain words")
        );
        Assert.Equal("/account?saved=password", here.Location);
        Assert.Equal(HttpStatusCode.OK, await here.OpenAsync("/account"));
        await there.OpenAsync("/account");
        Assert.StartsWith("/sign-in", there.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_needs_the_antiforgery_token_and_ends_the_session()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.SignInAsync(email);
        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostAsync("/sign-out", []));
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
        string token = browser.Page.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        Assert.Equal(HttpStatusCode.Found, await browser.PostAsync("/sign-out", new() { ["__RequestVerificationToken"] = token }));
        await browser.OpenAsync("/account");
        Assert.StartsWith("/sign-in", browser.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_portals_cookie_does_not_open_the_api()
    {
        string email = await KnownPersonAsync();
        var browser = host.Browser();
        await browser.SignInAsync(email);
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.OpenAsync("/api/v1/organizations/me"));
    }

    [Fact]
    public async Task Switching_reaches_only_ones_own_organisations()
    {
        string email = await KnownPersonAsync();
        var other = await host.PartyAsync("Second home", PartyKinds.Center);
        var foreign = await host.PartyAsync("Not theirs", PartyKinds.Center);
        await host.PersonAsync(email, other.Id, MemberRole.Viewer);
        var browser = host.Browser();
        await browser.SignInAsync(email);
        Assert.Equal(HttpStatusCode.Found, await browser.OpenAsync($"/workspace/{other.Id}?to=%2Faccount"));
        Assert.Equal("/account", browser.Location);
        Assert.Equal(HttpStatusCode.NotFound, await browser.OpenAsync($"/workspace/{foreign.Id}"));
        string party = await host.ScalarAsync<string>(
            $"select s.party_id from identity.session s join identity.person p on p.id = s.person_id where p.email = '{email}'"
        );
        Assert.Equal(other.Id, party);
    }

    [Fact]
    public async Task Pages_answer_in_chinese()
    {
        var browser = host.Browser();
        await browser.OpenAsync("/culture?set=zh-Hans&returnUrl=/sign-in");
        await browser.SignInAsync("nobody@nowhere.example.com", "not the password");
        Assert.Contains("邮箱或密码不对", browser.Text, StringComparison.Ordinal);
    }
}
