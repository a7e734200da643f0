using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>Checks what makes a recipe a service graph: links between its roles, their data, and the tiers they may run on. Pure.</summary>
internal static class GraphRules
{
    public static void Check(Findings found, BundleRecipe recipe)
    {
        found.Need(
            recipe.Links.Count <= InputBounds.MaxEdges,
            "/recipe/links",
            "There are too many links.",
            $"Use at most {InputBounds.MaxEdges}."
        );
        for (int i = 0; i < recipe.Links.Count; i++)
            CheckLink(found, recipe, i);
        for (int i = 0; i < recipe.Roles.Count; i++)
            CheckRole(found, recipe.Roles[i], $"/recipe/roles/{i}");
    }

    private static void CheckLink(Findings found, BundleRecipe recipe, int index)
    {
        BundleLink link = recipe.Links[index];
        string at = $"/recipe/links/{index}";
        string names = string.Join(", ", recipe.Roles.Select(r => r.Name));
        found.Need(IsRole(link.From), $"{at}/from", $"There is no role '{link.From}'.", $"Use one of: {names}.");
        found.Need(IsRole(link.To), $"{at}/to", $"There is no role '{link.To}'.", $"Use one of: {names}.");
        found.Need(link.From != link.To, $"{at}/to", $"The role '{link.To}' calls itself.", "Name another role, or remove the link.");
        found.Need(
            recipe.Links.Take(index).All(other => (other.From, other.To) != (link.From, link.To)),
            $"{at}/from",
            $"There are two links from '{link.From}' to '{link.To}'.",
            "Add them up to one link."
        );
        found.Need(
            link.CallsPerSecond is >= 0 and <= InputBounds.MaxCallsPerSecond,
            $"{at}/callsPerSecond",
            "The calls per second are out of range.",
            $"Give 0 to {InputBounds.MaxCallsPerSecond:0}."
        );
        found.Need(
            link.BytesPerCall is >= 0 and <= InputBounds.MaxBytesPerCall,
            $"{at}/bytesPerCall",
            "The bytes of a call are out of range.",
            $"Give 0 to {InputBounds.MaxBytesPerCall:0}."
        );
        found.Need(
            link.MaxRoundTripMs is null or (>= RoleEdge.SameSiteMs and <= InputBounds.MaxRoundTripMs),
            $"{at}/maxRoundTripMs",
            "The round trip is out of range.",
            $"Give {RoleEdge.SameSiteMs} to {InputBounds.MaxRoundTripMs} ms, or leave it out. Nothing is nearer than one site."
        );

        bool IsRole(string name) => recipe.Roles.Any(r => r.Name == name);
    }

    private static void CheckRole(Findings found, BundleRole role, string at)
    {
        for (int i = 0; i < role.Tiers.Count; i++)
            found.Need(
                Enum.IsDefined(role.Tiers[i]),
                $"{at}/tiers/{i}",
                "The tier is unknown.",
                $"Use one of: {string.Join(", ", Enum.GetNames<SiteTier>())}."
            );
        found.Need(
            role.Data.Count <= InputBounds.MaxDataSets,
            $"{at}/data",
            "There are too many data sets.",
            $"Use at most {InputBounds.MaxDataSets}."
        );
        for (int i = 0; i < role.Data.Count; i++)
            CheckData(found, role.Data, i, $"{at}/data/{i}");
    }

    private static void CheckData(Findings found, IReadOnlyList<BundleData> all, int index, string at)
    {
        BundleData data = all[index];
        found.Need(data.Name.Length is >= 1 and <= 120, $"{at}/name", "The data has no name.", "Give a name of at most 120 characters.");
        found.Need(
            all.Take(index).All(other => other.Name != data.Name),
            $"{at}/name",
            $"'{data.Name}' is there twice.",
            "Give each data set of the role its own name."
        );
        found.Need(
            string.IsNullOrEmpty(data.Site) != string.IsNullOrEmpty(data.Region),
            $"{at}/region",
            "Data is at one site or in one region.",
            "Name either the site or the region."
        );
        found.Need(
            data.Gib is >= 0 and <= InputBounds.MaxGib,
            $"{at}/gib",
            "The amount of data is out of range.",
            $"Give 0 to {InputBounds.MaxGib:0} GiB."
        );
        found.Need(
            data.StaysInCountry is null or { Length: 2 },
            $"{at}/staysInCountry",
            "This is not a country code.",
            "Use two letters such as CN, or leave it out when the data may leave."
        );
    }
}
