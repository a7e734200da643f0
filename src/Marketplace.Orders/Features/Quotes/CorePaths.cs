using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>
/// Where in a request something stands that the scheduler core names by its own path: <c>edges[1].maxRoundTripMs</c> is
/// <c>/links/0/maxRoundTripMs</c> when the request asks for that link, and <c>/links</c> when the bundle does.
/// </summary>
internal static partial class CorePaths
{
    public static string Pointer(string path, WorkloadRequest request, Recipe recipe)
    {
        if (Edge().Match(path) is { Success: true } edge && At(recipe.Links, edge, "edge") is { } link)
            return Under(RecipeGraph.PointerOf(request, link.From, link.To), RecipeGraph.Links, edge);
        if (
            Data().Match(path) is { Success: true } data
            && At(recipe.Roles, data, "role") is { } role
            && At(role.Data, data, "data") is { } set
        )
            return Under(RecipeGraph.PointerOf(request, recipe, role, set.Name), RecipeGraph.Data, data);
        return path switch
        {
            "work" or "work.units" => "/workUnits",
            "work.unit" => "/work",
            _ => Validation.Pointer(path.Replace(".clusterIds", ".clusters", StringComparison.Ordinal)),
        };
    }

    // A bundle's own link or data has no place of its own in the request.
    private static string Under(string pointer, string all, Match path) =>
        pointer == all || path.Groups["field"] is not { Success: true, Value: var field } ? pointer
        : field == "siteId" ? pointer + "/site"
        : $"{pointer}/{field}";

    private static T? At<T>(IReadOnlyList<T> all, Match path, string group)
        where T : class => all.ElementAtOrDefault(int.Parse(path.Groups[group].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^edges\[(?<edge>\d{1,9})\](\.(?<field>\w+))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Edge();

    [GeneratedRegex(@"^roles\[(?<role>\d{1,9})\]\.data\[(?<data>\d{1,9})\](\.(?<field>\w+))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Data();
}
