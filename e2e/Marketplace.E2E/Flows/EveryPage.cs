using Marketplace.E2E.Hosting;
using Marketplace.E2E.Pages;

namespace Marketplace.E2E.Flows;

/// <summary>Every entry of every party's rail, as it stands: one heading, real content, no error, nothing grave from axe; on a desk and on a phone.</summary>
[Collection(SellerFlows.Name)]
public sealed class EveryPage(RunningPortal portal) : Flow(portal)
{
    [BrowserTheory]
    [InlineData("customer@demo.example", "/explore")]
    [InlineData("center@demo.example", "/center/clusters")]
    [InlineData("operator@demo.example", "/operator/sources")]
    [InlineData("desk@demo.example", "/admin/health")]
    public Task Each_page_of_a_party_is_sound(string email, string mustExist) =>
        PlayAsync(
            async () =>
            {
                Visitor visitor = await SignedInAsync(email);
                var paths = await visitor.NavigationAsync();
                Assert.Contains(mustExist, paths);
                foreach (string path in paths)
                {
                    await visitor.OpenAsync(path);
                    await visitor.PageIsSoundAsync();
                }
            },
            $"{nameof(Each_page_of_a_party_is_sound)}.{email}"
        );

    [BrowserTheory]
    [InlineData("customer@demo.example", "zh-CN")]
    [InlineData("center@demo.example", "en-US")]
    [InlineData("operator@demo.example", "zh-CN")]
    [InlineData("desk@demo.example", "en-US")]
    public Task Each_page_fits_a_phone(string email, string locale) =>
        PlayAsync(
            async () =>
            {
                Visitor desk = await SignedInAsync(email);
                var paths = await desk.NavigationAsync();
                Visitor visitor = await SignedInAsync(email, width: 390, locale);
                foreach (string path in paths)
                {
                    await visitor.OpenAsync(path);
                    await visitor.NothingScrollsSidewaysAsync();
                    visitor.NothingWentWrong();
                }
            },
            $"{nameof(Each_page_fits_a_phone)}.{email}"
        );
}
