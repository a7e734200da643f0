using Bunit;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Audit;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Features;

/// <summary>The audit trail's page: whose events, in which words, by which filters.</summary>
public sealed class AuditPageTests : PageContext, IClassFixture<PortalHost>
{
    // The filter by days asks the page's clock, and the events carry the host's.
    public AuditPageTests(PortalHost host)
        : base(host) => Services.AddSingleton<TimeProvider>(host.Time);

    private static IEnumerable<string> Cells(IRenderedComponent<AuditPage> page, int column) =>
        page.FindAll($"tbody tr td:nth-child({column})").Select(td => td.TextContent);

    private async Task<PartyView> WithKeysAsync(string partyId)
    {
        var party = (await Host.ActAsync<IParties, PartyView?>(Actor.System, p => p.FindAsync(partyId, default)))!;
        await Host.KeyAsync(party);
        Host.Time.Advance(TimeSpan.FromDays(2));
        await Host.KeyAsync(party);
        return party;
    }

    [Fact]
    public async Task A_party_reads_its_own_events_in_words_the_newest_first()
    {
        string mine = await SignInAsync(PartyKinds.Customer);
        await WithKeysAsync(mine);
        await WithKeysAsync((await Host.PartyAsync("Others", PartyKinds.Customer)).Id);
        Navigation.NavigateTo("/audit");
        var page = Render<AuditPage>();
        await page.WaitForAssertionAsync(() => Assert.Equal(2, page.FindAll("tbody tr").Count));
        Assert.All(Cells(page, 3), what => Assert.DoesNotContain("credential.", what, StringComparison.Ordinal));
        Assert.All(Cells(page, 2), who => Assert.Contains("Owner", who, StringComparison.Ordinal));
        // A party does not read which party it is.
        Assert.DoesNotContain("Pages Customer", string.Concat(Cells(page, 2)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_desk_reads_everybody_s_with_their_organisation_s_name()
    {
        string other = (await Host.PartyAsync("Far Away Robots", PartyKinds.Customer)).Id;
        await WithKeysAsync(other);
        await SignInAsync(PartyKinds.Platform);
        Navigation.NavigateTo("/admin/audit?kind=credential&size=200");
        var page = Render<AuditPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("Far Away Robots", string.Concat(Cells(page, 2)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Filters_stand_in_the_url_and_narrow_the_list()
    {
        string mine = await SignInAsync(PartyKinds.Customer);
        await WithKeysAsync(mine);
        Navigation.NavigateTo("/audit?days=1");
        var page = Render<AuditPage>();
        await page.WaitForAssertionAsync(() => Assert.Single(page.FindAll("tbody tr")));
        Navigation.NavigateTo("/audit?days=7");
        await page.WaitForAssertionAsync(() => Assert.Equal(2, page.FindAll("tbody tr").Count));
        Navigation.NavigateTo("/audit?kind=quote");
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("tbody tr")));
        Navigation.NavigateTo("/audit?kind=credential&outcome=Refused");
        await page.WaitForAssertionAsync(() => Assert.Contains("Nothing matches these filters.", page.Markup, StringComparison.Ordinal));
        Navigation.NavigateTo("/audit?kind=credential&outcome=Done");
        await page.WaitForAssertionAsync(() => Assert.Equal(2, page.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task Whoever_may_not_read_it_is_told_so()
    {
        await SignInAsync(PartyKinds.Customer, MemberRole.Viewer);
        Navigation.NavigateTo("/audit");
        var page = Render<AuditPage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("[role=alert], .error-state, .error")));
        Assert.Empty(page.FindAll("tbody tr"));
    }
}
