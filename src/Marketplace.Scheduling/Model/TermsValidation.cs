namespace Marketplace.Scheduling.Model;

/// <summary>The checks of work, deadline, plan and policy.</summary>
internal static class TermsValidation
{
    /// <summary>An hour has this many seconds; less than one is no plan.</summary>
    private const double LeastHours = 1 / 3600.0;

    public static void Check(ProblemList found, PlacementRequest request)
    {
        if (request.Work is { } work)
        {
            CheckWork(found, request, work);
        }
        else if (request.DeadlineHours is not null)
        {
            found.Add("missing-work", "work", "A deadline needs to know the work.", "State the work, or leave the deadline out.");
        }

        if (request.DeadlineHours is { } deadline)
        {
            found.Within("deadlineHours", deadline, LeastHours, InputBounds.MaxHours);
        }

        if (request.Hours is { } hours)
        {
            found.Within("hours", hours, LeastHours, InputBounds.MaxHours);
            if (request.Work is not null)
            {
                found.Add("hours-and-work", "hours", "The work says how long it takes.", "State either the hours or the work.");
            }
        }

        if (request.Policy is { } policy)
        {
            CheckPolicy(found, policy);
        }
    }

    private static void CheckWork(ProblemList found, PlacementRequest request, WorkAmount work)
    {
        found.Finite("work.units", work.Units, 0);
        if (work.Units is 0 or > InputBounds.MaxWorkUnits)
        {
            found.Within("work.units", work.Units, double.Epsilon, InputBounds.MaxWorkUnits);
        }

        var units = request
            .Roles.SelectMany(role => role.Variants)
            .Where(variant => variant.Throughput is not null)
            .Select(variant => variant.WorkUnit)
            .Distinct()
            .ToList();
        if (!units.Contains(work.Unit))
        {
            found.Add(
                "unknown-unit",
                "work.unit",
                $"No variant measures '{work.Unit}'.",
                units.Count == 0 ? "Give a variant a throughput." : $"Use one of {string.Join(", ", units.Take(5))}."
            );
        }
    }

    private static void CheckPolicy(ProblemList found, ResourcePolicy policy)
    {
        found.Between("policy.tiers.count", policy.Tiers.Count, 1, InputBounds.MaxPolicyTiers);
        var all = -1;
        for (var t = 0; t < policy.Tiers.Count && !found.Full; t++)
        {
            var (tier, at) = (policy.Tiers[t], $"policy.tiers[{t}]");
            found.Between($"{at}.suppliers.count", tier.Suppliers.Count, 0, InputBounds.MaxListed);
            found.Between($"{at}.clusterIds.count", tier.ClusterIds.Count, 0, InputBounds.MaxListed);
            for (var s = 0; s < tier.SiteTiers.Count && !found.Full; s++)
            {
                found.Defined($"{at}.siteTiers[{s}]", tier.SiteTiers[s]);
            }

            if (all >= 0)
            {
                found.Add("unreachable-tier", at, $"Tier {all} holds every offer already.", "Put the tier without bounds last.");
            }

            all = tier is { Suppliers.Count: 0, ClusterIds.Count: 0, SiteTiers.Count: 0 } ? t : all;
        }
    }
}
