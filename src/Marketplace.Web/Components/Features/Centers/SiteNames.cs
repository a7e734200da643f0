using Marketplace.Market.Contracts;
using Marketplace.Web.Localization;

namespace Marketplace.Web.Components.Features.Centers;

/// <summary>A site's name in the person's language.</summary>
internal static class SiteNames
{
    public static string Of(SiteView site) => CultureModule.IsChinese && site.NameZh.Length > 0 ? site.NameZh : site.Name;
}
