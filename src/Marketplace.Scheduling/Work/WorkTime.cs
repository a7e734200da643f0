using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Work;

/// <summary>How long the work of a request takes.</summary>
internal static class WorkTime
{
    private const double SecondsPerHour = 3600;

    /// <summary>Whether a role does the request's work: one of its variants is measured in that unit.</summary>
    public static bool Works(PlacementRequest request, Role role) =>
        request.Work is { } work && role.Variants.Any(variant => Measures(variant, work));

    /// <summary>Hours the role takes for all of the work on a variant: units / (units per second · 3600); null when unknown.</summary>
    public static double? HoursOf(PlacementRequest request, Role role, int variant) =>
        request.Work is { } work && Measures(role.Variants[variant], work)
            ? work.Units / (Prices.UnitsPerSecond(role, variant)!.Value * SecondsPerHour)
            : null;

    /// <summary>Whether a variant is fast enough for the deadline. One of unknown speed is not, where others are measured.</summary>
    public static bool InTime(PlacementRequest request, Role role, int variant) =>
        request.DeadlineHours is not { } deadline || !Works(request, role) || HoursOf(request, role, variant) <= deadline;

    /// <summary>Units per second a role needs for the deadline.</summary>
    public static double SpeedNeeded(PlacementRequest request) => request.Work!.Units / (request.DeadlineHours!.Value * SecondsPerHour);

    private static bool Measures(Variant variant, WorkAmount work) => variant.Throughput is not null && variant.WorkUnit == work.Unit;
}
