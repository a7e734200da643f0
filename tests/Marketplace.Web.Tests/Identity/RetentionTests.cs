using Marketplace.Platform.Parties;
using Marketplace.Web.Identity;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Identity;

/// <summary>What has expired goes, what counts stays.</summary>
public sealed class RetentionTests(PortalHost host) : IClassFixture<PortalHost>
{
    [Fact]
    public async Task Old_sessions_go_and_open_ones_stay()
    {
        var party = await host.PartyAsync("Retention", PartyKinds.Customer);
        await host.PersonAsync("keep@retention.example.com", party.Id);
        var (old, open) = (host.Browser(), host.Browser());
        await old.SignInAsync("keep@retention.example.com");
        host.Time.Advance(TimeSpan.FromDays(14) + IdentityRetention.Keep + TimeSpan.FromMinutes(1));
        await open.SignInAsync("keep@retention.example.com");
        Assert.Equal(2, await host.ScalarAsync<long>("select count(*) from identity.session"));
        Assert.True(await host.ActAsync<IdentityRetention, int>(Actor.System, retention => retention.SweepAsync(default)) >= 1);
        Assert.Equal(1, await host.ScalarAsync<long>("select count(*) from identity.session"));
        Assert.Equal(System.Net.HttpStatusCode.OK, await open.OpenAsync("/account"));
    }
}
