using Bunit;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Identity;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Features;

/// <summary>The page where keys for programs are made: the secret is shown once, and it is the one that opens the API.</summary>
public sealed class ApiAccessPageTests : PageContext, IClassFixture<PortalHost>
{
    public ApiAccessPageTests(PortalHost host)
        : base(host) => Services.AddSingleton<TimeProvider>(host.Time);

    [Fact]
    public async Task The_secret_of_a_new_key_stands_on_the_page_once_and_opens_the_api()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        Navigation.NavigateTo("/api-access");
        var page = Render<ApiAccessPage>();
        await page.WaitForAssertionAsync(() =>
            page.FindAll("button").Single(b => b.TextContent.Contains("New API key", StringComparison.Ordinal))
        );
        await PressAsync(page, () => page.FindAll("button").Single(b => b.TextContent.Contains("New API key", StringComparison.Ordinal)));
        await page.InvokeAsync(() => page.Find("form input[type=text]").Change("Night batch"));
        await page.InvokeAsync(() => page.FindAll("form input[type=checkbox]")[0].Change(true));
        await page.InvokeAsync(() => page.Find("form").Submit());
        await page.WaitForAssertionAsync(() => Assert.Contains("mk_", page.Find("pre").TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("form"));

        using var client = Host.Program(page.Find("pre").TextContent.Trim());
        using var answer = await client.GetAsync(new Uri("/api/v1/organizations/me", UriKind.Relative));
        Assert.Contains(party, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await PressAsync(
            page,
            () => page.FindAll("button").First(b => b.TextContent.Contains("I have copied it", StringComparison.Ordinal))
        );
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("pre")));
    }
}
