using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>
/// Joins the links and data of a request with those of its recipe: what names the same thing replaces, everything else is added. Pure.
/// </summary>
internal static class RecipeGraph
{
    /// <summary>Where a request says links.</summary>
    public const string Links = "/links";

    /// <summary>Where a request says data.</summary>
    public const string Data = "/data";

    public static Outcome<Recipe> Join(WorkloadRequest request, Recipe recipe)
    {
        if (request.Links.Count == 0 && request.Data.Count == 0)
            return recipe;
        List<FieldError> errors = [.. WrongLinks(request, recipe), .. WrongData(request, recipe)];
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        return recipe with
        {
            Links = [.. recipe.Links.Where(link => !request.Links.Any(asked => Same(asked, link))), .. request.Links],
            Roles = [.. recipe.Roles.Select(role => role with { Data = DataOf(request, recipe, role) })],
        };
    }

    /// <summary>Where the request says a link, as a JSON pointer; where it may say another bound than the bundle when it does not.</summary>
    public static string PointerOf(WorkloadRequest request, string from, string to)
    {
        for (int i = 0; i < request.Links.Count; i++)
        {
            if (request.Links[i].From == from && request.Links[i].To == to)
                return $"/links/{i}";
        }
        return Links;
    }

    /// <summary>Where the request says some data of a role, as a JSON pointer; where it may say so when only the bundle does.</summary>
    public static string PointerOf(WorkloadRequest request, Recipe recipe, RecipeRole role, string data)
    {
        for (int i = 0; i < request.Data.Count; i++)
        {
            if (request.Data[i].Name == data && ReaderOf(request.Data[i], recipe) == role.Name)
                return $"/data/{i}";
        }
        return Data;
    }

    private static bool Same(BundleLink one, BundleLink other) => one.From == other.From && one.To == other.To;

    private static IReadOnlyList<BundleData> DataOf(WorkloadRequest request, Recipe recipe, RecipeRole role)
    {
        var asked = request.Data.Where(data => ReaderOf(data, recipe) == role.Name).ToList();
        return
        [
            .. role.Data.Where(data => asked.TrueForAll(a => a.Name != data.Name)),
            .. asked.Select(a => new BundleData(a.Name, a.Site, a.Region, a.Gib, a.StaysInCountry)),
        ];
    }

    private static string? ReaderOf(DataRequest data, Recipe recipe) =>
        data.Role ?? (recipe.Roles.Count == 1 ? recipe.Roles[0].Name : null);

    private static IEnumerable<FieldError> WrongLinks(WorkloadRequest request, Recipe recipe)
    {
        for (int i = 0; i < request.Links.Count; i++)
        {
            if (Unknown(request.Links[i].From, recipe) is { } caller)
                yield return caller with
                {
                    Pointer = $"/links/{i}/from",
                };
            if (Unknown(request.Links[i].To, recipe) is { } callee)
                yield return callee with
                {
                    Pointer = $"/links/{i}/to",
                };
        }
    }

    private static IEnumerable<FieldError> WrongData(WorkloadRequest request, Recipe recipe)
    {
        var seen = new HashSet<(string?, string)>();
        for (int i = 0; i < request.Data.Count; i++)
        {
            string? role = ReaderOf(request.Data[i], recipe);
            if (role is null)
                yield return new FieldError($"/data/{i}/role", "It is not said which role reads this data.", UseOneOf(recipe));
            else if (Unknown(role, recipe) is { } unknown)
                yield return unknown with
                {
                    Pointer = $"/data/{i}/role",
                };
            else if (!seen.Add((role, request.Data[i].Name)))
                yield return new FieldError(
                    $"/data/{i}/name",
                    $"The role '{role}' reads '{request.Data[i].Name}' twice.",
                    "Give each data set of a role its own name."
                );
        }
    }

    private static FieldError? Unknown(string role, Recipe recipe) =>
        recipe.Roles.Any(r => r.Name == role) ? null : new FieldError("", $"There is no role '{role}'.", UseOneOf(recipe));

    private static string UseOneOf(Recipe recipe) => $"Use one of: {string.Join(", ", recipe.Roles.Select(r => r.Name))}.";
}
