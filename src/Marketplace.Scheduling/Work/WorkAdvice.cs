using System.Globalization;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Work;

/// <summary>What might meet a deadline; the caller proves each change before it is offered.</summary>
internal static class WorkAdvice
{
    /// <summary>Later deadlines tried at most: one search each.</summary>
    private const int MostDeadlines = 16;

    /// <summary>More replicas of one role, then the next later hours at which some variant would be done.</summary>
    public static IEnumerable<FitChange> OfDeadline(PlacementRequest request)
    {
        if (request is not { DeadlineHours: { } deadline, Work: not null })
        {
            yield break;
        }

        for (var r = 0; r < request.Roles.Count; r++)
        {
            if (Enough(request, r) is { } replicas)
            {
                var text = replicas.ToString(CultureInfo.InvariantCulture);
                yield return new FitChange(
                    ChangeCodes.MoreReplicasInTime,
                    Args(("role", request.Roles[r].Name), ("replicas", text)),
                    request with
                    {
                        Roles = [.. request.Roles.Select((role, at) => at == r ? role with { Replicas = replicas } : role)],
                    }
                );
            }
        }

        var later = request
            .Roles.SelectMany(role => role.Variants.Select((_, variant) => WorkTime.HoursOf(request, role, variant)))
            .Where(hours => hours > deadline && hours <= InputBounds.MaxHours)
            .Select(hours => hours!.Value)
            .Distinct()
            .Order()
            .Take(MostDeadlines);
        foreach (var hours in later)
        {
            yield return new FitChange(
                ChangeCodes.LaterDeadline,
                Args(("hours", hours.ToString(CultureInfo.InvariantCulture))),
                request with
                {
                    DeadlineHours = hours,
                }
            );
        }
    }

    /// <summary>The fewest replicas of a role with which some variant is fast enough, or null when they already are or never would be.</summary>
    private static int? Enough(PlacementRequest request, int at)
    {
        var role = request.Roles[at];
        int? fewest = null;
        for (var variant = 0; variant < role.Variants.Count; variant++)
        {
            if (WorkTime.HoursOf(request, role, variant) is not { } hours)
            {
                continue;
            }

            // Twice the replicas take half the time; the division rounds, so one more may be needed.
            var replicas = Math.Ceiling(role.Replicas * (hours / request.DeadlineHours!.Value));
            if (replicas <= role.Replicas || replicas >= InputBounds.MaxReplicas)
            {
                continue;
            }

            var enough = (int)replicas;
            enough += WorkTime.InTime(request, role with { Replicas = enough }, variant) ? 0 : 1;
            fewest = fewest is null || enough < fewest ? enough : fewest;
        }

        return fewest;
    }

    private static Dictionary<string, string> Args(params (string Name, string Value)[] args) =>
        args.ToDictionary(arg => arg.Name, arg => arg.Value, StringComparer.Ordinal);
}
