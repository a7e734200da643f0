using Bunit;
using Marketplace.Web.Components.Layout;

namespace Marketplace.Web.Tests.Layout;

public sealed class RefusedPageTests : PortalContext
{
    [Fact]
    public void Someone_not_signed_in_goes_to_sign_in_and_comes_back()
    {
        SignIn(null);
        Navigation.NavigateTo("/orders?page=2");
        var page = Render<RefusedPage>();
        Assert.EndsWith("/sign-in?returnUrl=%2Forders%3Fpage%3D2", Navigation.Uri, StringComparison.Ordinal);
        Assert.Empty(page.Markup.Trim());
    }
}
