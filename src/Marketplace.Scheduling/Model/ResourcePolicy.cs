namespace Marketplace.Scheduling.Model;

/// <summary>
/// Whose capacity is used first. An offer is of the first tier it belongs to; offers of no tier are not used. A later tier is only used when
/// the tiers before it cannot hold the request. Inside a tier <see cref="Offer.Precedence"/> counts as without a policy.
/// </summary>
/// <param name="Tiers">The tiers, the first to be used first; 1 to <see cref="InputBounds.MaxPolicyTiers"/>.</param>
public sealed record ResourcePolicy(IReadOnlyList<PolicyTier> Tiers)
{
    /// <summary>Precedences one tier takes: those an offer may have.</summary>
    internal const int Span = 256;
}

/// <summary>The offers that satisfy all of these; an empty list means "any", so an empty tier holds every offer.</summary>
public sealed record PolicyTier
{
    /// <summary>Center or operator ids.</summary>
    public IReadOnlyList<string> Suppliers { get; init; } = [];

    public IReadOnlyList<string> ClusterIds { get; init; } = [];

    public IReadOnlyList<SiteTier> SiteTiers { get; init; } = [];
}
