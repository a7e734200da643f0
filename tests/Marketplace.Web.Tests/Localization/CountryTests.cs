using System.Text.RegularExpressions;
using Marketplace.Web.Components.Features.Identity;

namespace Marketplace.Web.Tests.Localization;

/// <summary>Countries are named in the page's language, not in each one's own.</summary>
public sealed partial class CountryTests : PortalContext
{
    [Theory]
    [InlineData("en", "China", "Germany", "Singapore")]
    [InlineData("zh-Hans", "中国", "德国", "新加坡")]
    public void A_country_is_named_in_the_language_of_the_page(string culture, string china, string germany, string singapore)
    {
        Speak(culture);
        var names = Countries.All.ToDictionary(c => c.Value, c => c.Text, StringComparer.Ordinal);
        Assert.Equal((china, germany, singapore), (names["CN"], names["DE"], names["SG"]));
        Assert.InRange(names.Count, 200, 300);
        Assert.All(names.Values, name => Assert.Matches(culture == "en" ? Latin() : Chinese(), name));
    }

    [GeneratedRegex(@"^[\u0020-\u024F’]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Latin();

    [GeneratedRegex(@"^[\u4E00-\u9FFF（）·]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Chinese();
}
