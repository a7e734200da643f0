namespace Marketplace.Scheduling.Market;

/// <summary>One order of a batch: so many cards of one offer, all of them or none.</summary>
/// <param name="Cards">How many cards it needs, at least 1.</param>
/// <param name="Candidates">The offers it would take, each at most once. Those with a utility of 0 or less are never taken.</param>
public sealed record MarketOrder(int Cards, IReadOnlyList<MarketCandidate> Candidates);

/// <summary>An offer that an order would take.</summary>
/// <param name="Offer">Its place in the list of offers.</param>
/// <param name="UtilityMicros">What all the order's cards are worth there, less what they cost there, in micro-units of one currency.</param>
public readonly record struct MarketCandidate(int Offer, long UtilityMicros);
