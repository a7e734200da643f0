using System.Collections.Concurrent;
using System.Globalization;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Localization;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>ISO 3166-1 countries by their names in the page's language.</summary>
internal static class Countries
{
    private static readonly ConcurrentDictionary<string, IReadOnlyList<Choice<string>>> ByCulture = new(StringComparer.Ordinal);

    public static IReadOnlyList<Choice<string>> All => ByCulture.GetOrAdd(CultureInfo.CurrentUICulture.Name, _ => Read());

    /// <summary>A country's name by its code; the code itself where it is not a country's.</summary>
    public static string NameOrCode(string code) => All.FirstOrDefault(country => country.Value == code)?.Text ?? code;

    private static IReadOnlyList<Choice<string>> Read() =>
        [
            .. CultureInfo
                .GetCultures(CultureTypes.SpecificCultures)
                .Select(culture => new RegionInfo(culture.Name))
                // Continents and the world have numbers in place of letters.
                .Where(region => region.TwoLetterISORegionName is { Length: 2 } code && code.All(char.IsAsciiLetterUpper))
                .Select(region => region.TwoLetterISORegionName)
                .Distinct(StringComparer.Ordinal)
                .Select(code => new Choice<string>(code, NameOf(code)))
                .OrderBy(choice => choice.Text, StringComparer.CurrentCulture),
        ];

    // A region's display name is in the language of the culture it was made from, whatever the page speaks: it is made from the page's.
    private static string NameOf(string code) => new RegionInfo($"{CultureModule.Language}-{code}").NativeName;
}
