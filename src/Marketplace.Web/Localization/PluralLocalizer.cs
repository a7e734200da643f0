using System.Globalization;
using Marketplace.Platform.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Localization;

/// <summary>Resources as the framework reads them, filled by <see cref="Plural"/>.</summary>
internal sealed class PluralLocalizerFactory(ResourceManagerStringLocalizerFactory resources) : IStringLocalizerFactory
{
    public IStringLocalizer Create(Type resourceSource) => new PluralLocalizer(resources.Create(resourceSource));

    public IStringLocalizer Create(string baseName, string location) => new PluralLocalizer(resources.Create(baseName, location));
}

internal sealed class PluralLocalizer(IStringLocalizer resources) : IStringLocalizer
{
    public LocalizedString this[string name] => resources[name];

    public LocalizedString this[string name, params object[] arguments]
    {
        get
        {
            LocalizedString found = resources[name];
            return new LocalizedString(
                name,
                Plural.Format(CultureInfo.CurrentCulture, found.Value, arguments),
                found.ResourceNotFound,
                found.SearchedLocation
            );
        }
    }

    public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) => resources.GetAllStrings(includeParentCultures);
}
