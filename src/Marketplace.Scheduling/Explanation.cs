using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling;

/// <summary>
/// Why a decision came out as it did, as data (codes and arguments, for translation) and in English
/// (<see cref="ToEnglish"/>).
/// </summary>
public sealed record Explanation
{
    private readonly Lazy<Explanation>? later;

    public Explanation() { }

    /// <summary>
    /// One that is worked out when somebody first reads it: deciding is many times faster than explaining, and most explanations of quotes
    /// that are compared are never read. Until then it keeps the snapshot alive. Safe for several threads.
    /// </summary>
    internal Explanation(Func<Explanation> explain) => later = new Lazy<Explanation>(explain);

    /// <summary>The rules in the order they ran, the most selective first.</summary>
    public IReadOnlyList<FunnelStep> Funnel
    {
        get => later is null ? field : later.Value.Funnel;
        init;
    } = [];

    /// <summary>The best candidates, best first; the first one won when the request was placed.</summary>
    public IReadOnlyList<CandidateScore> Candidates
    {
        get => later is null ? field : later.Value.Candidates;
        init;
    } = [];

    /// <summary>What came nearest without fitting, or null.</summary>
    public ClosestMiss? ClosestMiss
    {
        get => later is null ? field : later.Value.ClosestMiss;
        init;
    }

    /// <summary>
    /// When <see cref="RefusalCodes.EdgeLatency"/>: bounds that cannot all hold at once, whatever the other edges tolerate. Without any one of
    /// them the rest of them could.
    /// </summary>
    public IReadOnlyList<LatencyMiss> LatencyMisses
    {
        get => later is null ? field : later.Value.LatencyMisses;
        init;
    } = [];

    /// <summary>Single changes of the request that each make it fit on this supply; the mildest first. Empty when none does.</summary>
    public IReadOnlyList<FitChange> WouldFitIf { get; init; } = [];

    /// <summary>What is wrong with the request, when it was not even tried.</summary>
    public IReadOnlyList<InputProblem> Problems { get; init; } = [];

    /// <summary>How many placements were tried.</summary>
    public int PlacementsTried
    {
        get => later is null ? field : later.Value.PlacementsTried;
        init;
    }

    /// <summary>The whole explanation as plain English sentences.</summary>
    public string ToEnglish() => ExplanationText.Render(this);
}

/// <summary>One rule of the funnel.</summary>
/// <param name="Role">The role it ran for.</param>
/// <param name="Rule">One of <see cref="RuleCodes"/>.</param>
/// <param name="Args">Arguments of the sentence, for example <c>wanted</c>.</param>
/// <param name="OffersBefore">Offers (or nodes, when placing on one cluster) before the rule.</param>
/// <param name="OffersAfter">Offers (or nodes) after it.</param>
/// <param name="CardsBefore">Cards those offers still sell (or free whole cards of the nodes) before it.</param>
/// <param name="CardsAfter">The same after it.</param>
public sealed record FunnelStep(
    string Role,
    string Rule,
    IReadOnlyDictionary<string, string> Args,
    int OffersBefore,
    int OffersAfter,
    long CardsBefore,
    long CardsAfter
)
{
    /// <summary>The rule as an English sentence without counts, for example "keep data in CN".</summary>
    public string ToEnglish() => ExplanationText.Rule(Rule, Args);
}

/// <summary>How one candidate scored. Every part is on a fixed scale, so scores of different requests compare.</summary>
/// <param name="OfferId">The offer, or null when placed without offers.</param>
/// <param name="Parts">Points per part; they add up to <paramref name="Total"/>.</param>
/// <param name="Total">Points of 100.</param>
public sealed record CandidateScore(
    string Role,
    string? OfferId,
    string Variant,
    string ClusterId,
    IReadOnlyList<ScorePart> Parts,
    double Total,
    long PricePerHour,
    decimal? PricePerUnit
);

/// <summary>One part of a score.</summary>
/// <param name="Code">price, speed, locality, reliability or fragmentation.</param>
/// <param name="Points">Points reached.</param>
/// <param name="OutOf">Points possible (the weight).</param>
public sealed record ScorePart(string Code, double Points, double OutOf);

/// <summary>The supply that came nearest without fitting.</summary>
/// <param name="Rule">The rule it failed.</param>
/// <param name="ReplicasWanted">Replicas the role needs.</param>
/// <param name="ReplicasPossible">Replicas it could hold.</param>
/// <param name="CardsWanted">Whole or shared cards the role needs.</param>
/// <param name="CardsPossible">Cards it could give.</param>
public sealed record ClosestMiss(
    string Role,
    string? OfferId,
    string ClusterId,
    string Rule,
    int ReplicasWanted,
    int ReplicasPossible,
    long CardsWanted,
    long CardsPossible
);

/// <summary>A bound on the round trip of an edge that keeps the request from fitting.</summary>
/// <param name="MaxRoundTripMs">The bound, in milliseconds.</param>
/// <param name="FitsFromMs">The least bound with which the request fits when nothing else changes; null when none was found.</param>
public sealed record LatencyMiss(string From, string To, double MaxRoundTripMs, double? FitsFromMs);

/// <summary>A change that makes the request fit.</summary>
/// <param name="Code">One of <see cref="ChangeCodes"/>.</param>
/// <param name="Args">Arguments of the sentence.</param>
/// <param name="Request">The changed request; deciding it on the same supply places it.</param>
public sealed record FitChange(string Code, IReadOnlyDictionary<string, string> Args, PlacementRequest Request)
{
    public string ToEnglish() => ExplanationText.Change(this);
}

/// <summary>The changes <see cref="FitChange"/> can name.</summary>
public static class ChangeCodes
{
    /// <summary>Name <c>currency</c>, because the offers have several.</summary>
    public const string ChooseCurrency = "choose-currency";

    /// <summary>Drop the constraint in argument <c>rule</c>.</summary>
    public const string DropConstraint = "drop-constraint";

    /// <summary>Lower the least verification level to <c>level</c>.</summary>
    public const string LowerVerification = "lower-verification";

    /// <summary>Lower the least device memory to <c>memoryMib</c>.</summary>
    public const string LowerDeviceMemory = "lower-device-memory";

    /// <summary>Raise the highest price per card and hour to <c>micros</c>.</summary>
    public const string RaisePrice = "raise-price";

    /// <summary>Raise the budget per hour to <c>micros</c>.</summary>
    public const string RaiseBudget = "raise-budget";

    /// <summary>Keep the gang together only on level <c>level</c>.</summary>
    public const string LoosenTogether = "loosen-together";

    /// <summary>Buy as <c>class</c>.</summary>
    public const string ChangeContractClass = "change-contract-class";

    /// <summary>Ask for <c>replicas</c> replicas of role <c>role</c>.</summary>
    public const string FewerReplicas = "fewer-replicas";

    /// <summary>Ask for <c>replicas</c> replicas of role <c>role</c> (the minimum take of an offer).</summary>
    public const string MoreReplicas = "more-replicas";

    /// <summary>Let the edge from <c>from</c> to <c>to</c> take <c>ms</c> milliseconds instead of <c>was</c>.</summary>
    public const string RaiseRoundTrip = "raise-round-trip";

    /// <summary>Let several edges take longer: <c>edges</c> names each with its new bound. No single one is enough.</summary>
    public const string RaiseRoundTrips = "raise-round-trips";

    /// <summary>Finish within <c>hours</c> hours.</summary>
    public const string LaterDeadline = "later-deadline";

    /// <summary>Ask for <c>replicas</c> replicas of role <c>role</c>, which are fast enough.</summary>
    public const string MoreReplicasInTime = "more-replicas-in-time";

    /// <summary>Drop all optional constraints at once; no single one is enough.</summary>
    public const string DropAllConstraints = "drop-all-constraints";
}
