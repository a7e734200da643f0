namespace Marketplace.Scheduling.Model;

/// <summary>The checks of what makes a request a service graph: edges, data, and where a role may run.</summary>
internal static class EdgeValidation
{
    public static void CheckEdges(ProblemList found, PlacementRequest request)
    {
        if (request.Edges.Count == 0)
        {
            return;
        }

        found.Between("edges.count", request.Edges.Count, 0, InputBounds.MaxEdges);
        var names = request.Roles.Select(role => role.Name).ToHashSet(StringComparer.Ordinal);
        var pairs = new HashSet<(string From, string To)>();
        for (var e = 0; e < request.Edges.Count && !found.Full; e++)
        {
            var (edge, at) = (request.Edges[e], $"edges[{e}]");
            found.Known($"{at}.from", edge.From, names, "role");
            found.Known($"{at}.to", edge.To, names, "role");
            if (edge.From == edge.To)
            {
                found.Add("self-edge", $"{at}.to", $"The role '{edge.To}' calls itself.", "Name another role, or leave the edge out.");
            }

            if (!pairs.Add((edge.From, edge.To)))
            {
                found.Add(
                    "duplicate-edge",
                    $"{at}.from",
                    $"There are two edges from '{edge.From}' to '{edge.To}'.",
                    "Add them up to one edge."
                );
            }

            found.Within($"{at}.callsPerSecond", edge.CallsPerSecond, 0, InputBounds.MaxCallsPerSecond);
            found.Within($"{at}.bytesPerCall", edge.BytesPerCall, 0, InputBounds.MaxBytesPerCall);
            if (edge.MaxRoundTripMs is { } bound)
            {
                // Nothing is nearer than one site, so a tighter bound could never be kept.
                found.Within($"{at}.maxRoundTripMs", bound, RoleEdge.SameSiteMs, InputBounds.MaxRoundTripMs);
            }
        }
    }

    public static void CheckRole(ProblemList found, Role role, FieldPath at)
    {
        found.Between(at, "data.count", role.Data.Count, 0, InputBounds.MaxDataSets);
        found.Between(at, "siteIds.count", role.SiteIds.Count, 0, InputBounds.MaxListed);
        found.Between(at, "tiers.count", role.Tiers.Count, 0, InputBounds.MaxListed);
        for (var t = 0; t < role.Tiers.Count && !found.Full; t++)
        {
            found.Defined(at.Of($"tiers[{t}]"), role.Tiers[t]);
        }

        if (role.Data.Count > 0)
        {
            CheckData(found, role, at);
        }
    }

    private static void CheckData(ProblemList found, Role role, FieldPath at)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var d = 0; d < role.Data.Count && !found.Full; d++)
        {
            var (data, path) = (role.Data[d], at.Of($"data[{d}]"));
            if (string.IsNullOrEmpty(data.Name) || !names.Add(data.Name))
            {
                found.Add("duplicate-data", $"{path}.name", $"The name '{data.Name}' is empty or used twice.", "Use unique names.");
            }

            if (string.IsNullOrEmpty(data.SiteId) == string.IsNullOrEmpty(data.Region))
            {
                found.Add("data-place", $"{path}.siteId", "Data is at one site or in one region.", "Name either the site or the region.");
            }

            if (data.StaysInCountry is "")
            {
                found.Add("missing-country", $"{path}.staysInCountry", "The country is empty.", "Leave it out when the data may leave.");
            }

            found.Within($"{path}.gib", data.Gib, 0, InputBounds.MaxGib);
        }
    }

    /// <summary>What can only be said with the supply at hand: data at a site that is not there.</summary>
    public static IReadOnlyList<InputProblem> CheckPlaces(PlacementRequest request, Func<string, bool> isSite)
    {
        List<InputProblem>? problems = null;
        for (var r = 0; r < request.Roles.Count; r++)
        {
            for (var d = 0; d < request.Roles[r].Data.Count; d++)
            {
                if (request.Roles[r].Data[d].SiteId is { Length: > 0 } site && !isSite(site))
                {
                    problems ??= [];
                    problems.Add(
                        new InputProblem(
                            "unknown-id",
                            $"roles[{r}].data[{d}].siteId",
                            $"There is no site '{site}'.",
                            "Correct the id, or name the region the data is in."
                        )
                    );
                }
            }
        }

        return problems ?? (IReadOnlyList<InputProblem>)[];
    }
}
