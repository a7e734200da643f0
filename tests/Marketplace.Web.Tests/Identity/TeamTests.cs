using System.Net;
using System.Text.RegularExpressions;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.Team;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Identity;

/// <summary>Members, roles and invitations.</summary>
public sealed partial class TeamTests(PortalHost host) : IClassFixture<PortalHost>
{
    private static int s_count;

    private static string NewEmail() => $"person{Interlocked.Increment(ref s_count)}@team.example.com";

    private static Actor As(PartyView party, MemberRole role = MemberRole.Owner) =>
        new(party.Id, party.Kinds, role) { Name = "Olga Owner" };

    private Task<PartyView> PartyAsync() => host.PartyAsync($"Team {Interlocked.Increment(ref s_count)}", PartyKinds.Customer);

    private Task<Outcome<InvitationView>> InviteAsync(Actor actor, string email, MemberRole role = MemberRole.Member) =>
        host.ActAsync<Invitations, Outcome<InvitationView>>(
            actor,
            invitations => invitations.InviteAsync(new InviteMember(email, role), default)
        );

    private Task<Outcome<IReadOnlyList<MemberView>>> MembersAsync(Actor actor) =>
        host.ActAsync<Members, Outcome<IReadOnlyList<MemberView>>>(actor, members => members.ListAsync(default));

    private async Task<string> LinkAsync(string recipient)
    {
        var mails = await host.ActAsync<LocalOutbox, IReadOnlyList<MailView>>(Actor.System, outbox => outbox.ReadAsync(default));
        return new Uri(LinkPattern().Match(mails.First(m => m.Recipient == recipient).Body).Value).PathAndQuery;
    }

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex LinkPattern();

    [Fact]
    public async Task A_new_person_joins_by_the_mailed_link_once()
    {
        var party = await PartyAsync();
        string email = NewEmail();
        PortalHost.Must(await InviteAsync(As(party), email, MemberRole.Finance));
        string link = await LinkAsync(email);
        var browser = host.Browser();
        await browser.OpenAsync(link);
        Assert.Contains($"Join {party.Name}", browser.Text, StringComparison.Ordinal);
        await browser.SubmitAsync("accept", ("Input.Name", "New Person"), ("Input.Password", PortalHost.Password));
        Assert.Equal(HttpStatusCode.Found, browser.Response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
        var member = Assert.Single(PortalHost.Must(await MembersAsync(As(party))));
        Assert.Equal((email, MemberRole.Finance, true), (member.Email, member.Role, member.EmailConfirmed));

        await browser.OpenAsync(link);
        Assert.Contains("no longer works", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_with_an_account_proves_it_with_the_password()
    {
        var (home, party) = (await PartyAsync(), await PartyAsync());
        string email = NewEmail();
        await host.PersonAsync(email, home.Id);
        PortalHost.Must(await InviteAsync(As(party), email));
        var browser = host.Browser();
        await browser.OpenAsync(await LinkAsync(email));
        await browser.SubmitAsync("accept", ("Input.Password", "not the password"));
        Assert.Contains("password is wrong", browser.Text, StringComparison.Ordinal);
        Assert.Empty(PortalHost.Must(await MembersAsync(As(party))));
        await browser.SubmitAsync("accept", ("Input.Password", PortalHost.Password));
        Assert.Equal(HttpStatusCode.Found, browser.Response.StatusCode);
        Assert.Single(PortalHost.Must(await MembersAsync(As(party))));
    }

    [Fact]
    public async Task Withdrawn_replaced_and_expired_links_do_not_work()
    {
        var party = await PartyAsync();
        string email = NewEmail();
        PortalHost.Must(await InviteAsync(As(party), email));
        string replaced = await LinkAsync(email);
        var second = PortalHost.Must(await InviteAsync(As(party), email));
        string withdrawn = await LinkAsync(email);
        Assert.NotEqual(replaced, withdrawn);
        var browser = host.Browser();
        await browser.OpenAsync(replaced);
        Assert.Contains("no longer works", browser.Text, StringComparison.Ordinal);
        PortalHost.Must(
            await host.ActAsync<Invitations, Outcome<Done>>(As(party), invitations => invitations.WithdrawAsync(second.Id, default))
        );
        await browser.OpenAsync(withdrawn);
        Assert.Contains("no longer works", browser.Text, StringComparison.Ordinal);

        PortalHost.Must(await InviteAsync(As(party), email));
        string expired = await LinkAsync(email);
        await browser.OpenAsync(expired);
        Assert.Contains("Join", browser.Text, StringComparison.Ordinal);
        host.Time.Advance(TimeSpan.FromDays(7));
        await browser.OpenAsync(expired);
        Assert.Contains("no longer works", browser.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_gives_more_than_they_have()
    {
        var party = await PartyAsync();
        Assert.Equal("forbidden", (await InviteAsync(As(party, MemberRole.Member), NewEmail())).Problem?.Code);
        Assert.Equal("forbidden", (await InviteAsync(As(party, MemberRole.Admin), NewEmail(), MemberRole.Owner)).Problem?.Code);
        PortalHost.Must(await InviteAsync(As(party, MemberRole.Admin), NewEmail(), MemberRole.Admin));
    }

    [Fact]
    public async Task One_owner_always_stays()
    {
        var party = await PartyAsync();
        await host.PersonAsync(NewEmail(), party.Id);
        await host.PersonAsync(NewEmail(), party.Id);
        var owners = PortalHost.Must(await MembersAsync(As(party)));
        // Both are demoted at once: one of the two must lose.
        var results = await Task.WhenAll(
            owners.Select(owner =>
                host.ActAsync<Members, Outcome<MemberView>>(
                    As(party),
                    members => members.ChangeRoleAsync(owner.Id, MemberRole.Viewer, default)
                )
            )
        );
        Assert.Equal(1, results.Count(r => r.IsOk));
        Assert.Equal("last-owner", results.Single(r => !r.IsOk).Problem!.Code);
        var last = PortalHost.Must(await MembersAsync(As(party))).Single(m => m.Role == MemberRole.Owner);
        var removed = await host.ActAsync<Members, Outcome<Done>>(As(party), members => members.RemoveAsync(last.Id, default));
        Assert.Equal("last-owner", removed.Problem?.Code);
        var byAdmin = await host.ActAsync<Members, Outcome<Done>>(
            As(party, MemberRole.Admin),
            members => members.RemoveAsync(last.Id, default)
        );
        Assert.Equal("forbidden", byAdmin.Problem?.Code);
    }

    [Fact]
    public async Task A_removed_member_is_out_with_the_next_request()
    {
        var party = await PartyAsync();
        string email = NewEmail();
        await host.PersonAsync(NewEmail(), party.Id);
        await host.PersonAsync(email, party.Id, MemberRole.Admin);
        var browser = host.Browser();
        await browser.SignInAsync(email);
        var member = PortalHost.Must(await MembersAsync(As(party))).Single(m => m.Email == email);
        PortalHost.Must(await host.ActAsync<Members, Outcome<Done>>(As(party), members => members.RemoveAsync(member.Id, default)));
        Assert.Equal(HttpStatusCode.NotFound, await browser.OpenAsync($"/workspace/{party.Id}"));
        Assert.Equal(HttpStatusCode.OK, await browser.OpenAsync("/account"));
    }
}
