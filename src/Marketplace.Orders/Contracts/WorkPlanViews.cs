using Marketplace.Platform.Monetary;

namespace Marketplace.Orders.Contracts;

/// <summary>How long the amount of work takes on what was chosen, and what it costs.</summary>
/// <param name="Units">The amount asked for, in units of <paramref name="Work"/>.</param>
/// <param name="Work">Key of the work, or the bundle's unit of work.</param>
/// <param name="HoursNeeded">Until the slowest role has done it; null when nobody measured the chosen chip.</param>
/// <param name="DeadlineHours">In which it had to be done; null when there was no deadline.</param>
/// <param name="Covered">Whether the hours bought suffice; null when the hours needed are unknown.</param>
/// <param name="Cost">
/// Of all the work over the hours needed, before tax: offers, traffic and moving data; rounded up. Null when the hours are unknown.
/// </param>
public sealed record WorkPlanView(decimal Units, string Work, double? HoursNeeded, decimal? DeadlineHours, bool? Covered, Money? Cost);

/// <summary>A link between two roles, as it was placed.</summary>
/// <param name="RoundTripMs">Reached between the two sites, in milliseconds; null when nobody measured it.</param>
/// <param name="MaxRoundTripMs">The bound, or null.</param>
/// <param name="TrafficPerHour">What its traffic between regions costs; reported, not charged.</param>
public sealed record LinkView(
    string From,
    string To,
    string FromSite,
    string ToSite,
    double? RoundTripMs,
    double? MaxRoundTripMs,
    Money TrafficPerHour
);
