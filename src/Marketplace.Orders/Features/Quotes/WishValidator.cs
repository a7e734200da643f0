using System.Globalization;
using FluentValidation;
using FluentValidation.Results;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>What a customer may ask about the amount of work, deadlines, the order of use, links and data; the bounds are the scheduler's.</summary>
internal sealed class WishValidator : AbstractValidator<WorkloadRequest>
{
    /// <summary>One second.</summary>
    private const decimal LeastDeadlineHours = 1 / 3600m;

    public WishValidator()
    {
        RuleFor(r => r).Custom((request, context) => CheckWork(request, new Found(context)));
        RuleFor(r => r).Custom((request, context) => CheckPolicy(request.Policy, new Found(context)));
        RuleFor(r => r).Custom((request, context) => CheckLinks(request.Links, new Found(context)));
        RuleFor(r => r).Custom((request, context) => CheckData(request.Data, new Found(context)));
    }

    private static void CheckWork(WorkloadRequest request, Found found)
    {
        found.Need(
            request.WorkUnits is null || (request.WorkUnits > 0 && (double)request.WorkUnits <= InputBounds.MaxWorkUnits),
            "WorkUnits",
            "The amount of work must be above 0.",
            "Say how many units are to be done, or remove it."
        );
        found.Need(
            request.WorkUnits is null || request.Work is not null || request.BundleId is not null,
            "Work",
            "An amount of work needs to say of which work.",
            "Name the work, for example llama2-70b."
        );
        found.Need(
            request.DeadlineHours is null || request.WorkUnits is not null,
            "WorkUnits",
            "A deadline needs to know the amount of work.",
            "State the amount of work, or remove the deadline."
        );
        found.Need(
            request.DeadlineHours is null
                || (request.DeadlineHours >= LeastDeadlineHours && (double)request.DeadlineHours <= InputBounds.MaxHours),
            "DeadlineHours",
            "The deadline is out of range.",
            "Give the hours from the start in which the work must be done."
        );
    }

    private static void CheckPolicy(PolicyRequest? policy, Found found)
    {
        if (policy is null)
            return;
        found.Need(
            policy.Tiers.Count is >= 1 and <= InputBounds.MaxPolicyTiers,
            "Policy.Tiers",
            $"A policy needs 1 to {InputBounds.MaxPolicyTiers} tiers.",
            "List what is used first, then what is used after it."
        );
        int? all = null;
        for (int i = 0; i < policy.Tiers.Count; i++)
        {
            string at = $"Policy.Tiers[{i}]";
            if (!found.Need(policy.Tiers[i] is not null, at, "This tier is empty.", "Remove it, or say what belongs to it."))
                continue;
            PolicyTierRequest tier = policy.Tiers[i];
            Listed(tier.Suppliers, $"{at}.Suppliers", found);
            Listed(tier.Clusters, $"{at}.Clusters", found);
            for (int t = 0; t < tier.SiteTiers.Count; t++)
                found.Need(
                    Enum.IsDefined(tier.SiteTiers[t]),
                    $"{at}.SiteTiers[{t}]",
                    "This site tier does not exist.",
                    "Use one of cloud, edge and terminal."
                );
            found.Need(
                all is null,
                at,
                "An earlier tier holds every offer already, so this one is never used.",
                "Put the tier without bounds last."
            );
            if (tier is { Suppliers.Count: 0, Clusters.Count: 0, SiteTiers.Count: 0 })
                all ??= i;
        }
    }

    private static void Listed(IReadOnlyList<string> ids, string at, Found found)
    {
        found.Need(
            ids.Count <= InputBounds.MaxListed,
            at,
            $"At most {InputBounds.MaxListed} ids.",
            "Send fewer ids, or leave the list empty for any."
        );
        for (int i = 0; i < ids.Count; i++)
            found.Need(!string.IsNullOrWhiteSpace(ids[i]), $"{at}[{i}]", "This id is empty.", "Remove it, or name one.");
    }

    private static void CheckLinks(IReadOnlyList<BundleLink> links, Found found)
    {
        found.Need(links.Count <= InputBounds.MaxEdges, "Links", $"At most {InputBounds.MaxEdges} links.", "Send fewer links.");
        var pairs = new HashSet<(string From, string To)>();
        for (int i = 0; i < links.Count; i++)
        {
            string at = $"Links[{i}]";
            if (!found.Need(links[i] is not null, at, "This link is empty.", "Remove it, or name the two roles."))
                continue;
            BundleLink link = links[i];
            found.Need(link.From != link.To, $"{at}.To", "A role does not call itself.", "Name another role, or remove the link.");
            found.Need(pairs.Add((link.From, link.To)), $"{at}.From", "These two roles have a link already.", "Add them up to one link.");
            Within(link.CallsPerSecond, 0, InputBounds.MaxCallsPerSecond, $"{at}.CallsPerSecond", found);
            Within(link.BytesPerCall, 0, InputBounds.MaxBytesPerCall, $"{at}.BytesPerCall", found);
            // Nothing is nearer than one site, so a tighter bound could never be kept.
            Within(
                link.MaxRoundTripMs ?? RoleEdge.SameSiteMs,
                RoleEdge.SameSiteMs,
                InputBounds.MaxRoundTripMs,
                $"{at}.MaxRoundTripMs",
                found
            );
        }
    }

    private static void CheckData(IReadOnlyList<DataRequest> all, Found found)
    {
        found.Need(all.Count <= InputBounds.MaxDataSets, "Data", $"At most {InputBounds.MaxDataSets} data sets.", "Send fewer data sets.");
        for (int i = 0; i < all.Count; i++)
        {
            string at = $"Data[{i}]";
            if (!found.Need(all[i] is not null, at, "This data set is empty.", "Remove it, or name it."))
                continue;
            DataRequest data = all[i];
            found.Need(
                data.Name.Length is >= 1 and <= 120,
                $"{at}.Name",
                "The data has no name.",
                "Give a name of at most 120 characters."
            );
            found.Need(
                string.IsNullOrEmpty(data.Site) != string.IsNullOrEmpty(data.Region),
                $"{at}.Region",
                "Data is at one site or in one region.",
                "Name either the site or the region."
            );
            Within(data.Gib, 0, InputBounds.MaxGib, $"{at}.Gib", found);
            found.Need(
                data.StaysInCountry is null or { Length: 2 },
                $"{at}.StaysInCountry",
                "This is not a country code.",
                "Use two letters such as CN, or leave it out when the data may leave."
            );
        }
    }

    private static void Within(double value, double least, double most, string at, Found found) =>
        found.Need(
            value >= least && value <= most,
            at,
            "This figure is out of range.",
            string.Create(CultureInfo.InvariantCulture, $"Give {least} to {most}.")
        );

    private readonly struct Found(ValidationContext<WorkloadRequest> context)
    {
        public bool Need(bool holds, string path, string message, string fix)
        {
            if (!holds)
                context.AddFailure(new ValidationFailure(path, message) { CustomState = fix });
            return holds;
        }
    }
}
