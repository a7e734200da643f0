using System.Collections.Concurrent;
using System.Globalization;
using Marketplace.Web.Components.Shared.Actions;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>ISO 3166-1 countries by their names in the page's language.</summary>
internal static class Countries
{
    private static readonly ConcurrentDictionary<string, IReadOnlyList<Choice<string>>> ByCulture = new(StringComparer.Ordinal);

    public static IReadOnlyList<Choice<string>> All => ByCulture.GetOrAdd(CultureInfo.CurrentUICulture.Name, _ => Read());

    private static IReadOnlyList<Choice<string>> Read() =>
        [
            .. CultureInfo
                .GetCultures(CultureTypes.SpecificCultures)
                .Select(culture => new RegionInfo(culture.Name))
                // Continents and the world have numbers in place of letters.
                .Where(region => region.TwoLetterISORegionName is { Length: 2 } code && code.All(char.IsAsciiLetterUpper))
                .DistinctBy(region => region.TwoLetterISORegionName)
                .Select(region => new Choice<string>(region.TwoLetterISORegionName, region.DisplayName))
                .OrderBy(choice => choice.Text, StringComparer.CurrentCulture),
        ];
}
