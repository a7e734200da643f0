namespace Marketplace.Scheduling;

/// <summary>The answer to one request: <see cref="Placed"/> or <see cref="Refused"/>, always with its explanation.</summary>
public abstract record Decision(string RequestId, Explanation Explanation)
{
    public bool IsPlaced => this is Placed;
}

/// <summary>Every replica of every role has a node.</summary>
public sealed record Placed(string RequestId, Explanation Explanation) : Decision(RequestId, Explanation)
{
    /// <summary>One entry per role, in the order of the request.</summary>
    public required IReadOnlyList<RolePlacement> Roles { get; init; }

    /// <summary>Price of the whole placement per hour, in 1/1,000,000 of the currency; 0 when placed without offers.</summary>
    public required long PricePerHour { get; init; }

    /// <summary>ISO 4217 code, or null when placed without offers.</summary>
    public string? Currency { get; init; }

    /// <summary>Score of 100, weighted over the roles by their share of the price.</summary>
    public required double Score { get; init; }

    /// <summary>One entry per edge, in the order of the request.</summary>
    public IReadOnlyList<EdgePlacement> Edges { get; init; } = [];

    /// <summary>Price of the traffic of all edges per hour, in micro-units; not part of <see cref="PricePerHour"/>.</summary>
    public decimal TrafficPerHour { get; init; }

    /// <summary>Price of moving the data there once, in micro-units; not part of <see cref="PricePerHour"/>.</summary>
    public decimal DataPrice { get; init; }

    /// <summary>Hours until the slowest role has done the work, else the hours planned; null when unknown.</summary>
    public double? Hours { get; init; }

    /// <summary>
    /// What all of it costs over <see cref="Hours"/>, offers, traffic and data, in micro-units, rounded up; null when the hours are unknown.
    /// </summary>
    public decimal? TotalCost { get; init; }
}

/// <summary>What became of an edge.</summary>
/// <param name="RoundTripMs">Round trip between the sites of its roles in milliseconds, or null when unknown.</param>
/// <param name="TrafficPerHour">Price of its traffic per hour, in micro-units.</param>
public sealed record EdgePlacement(string From, string To, double? RoundTripMs, decimal TrafficPerHour);

/// <summary>Nothing was placed.</summary>
public sealed record Refused(string RequestId, Explanation Explanation) : Decision(RequestId, Explanation)
{
    /// <summary>One of <see cref="RefusalCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>The rule that left nothing, one of <see cref="RuleCodes"/>, or null.</summary>
    public string? Rule { get; init; }

    /// <summary>True when the same supply could not serve the request even if all of it were free.</summary>
    public bool NeverFits { get; init; }
}

/// <summary>Where one role runs and what it costs.</summary>
public sealed record RolePlacement
{
    public required string Role { get; init; }

    public required string Variant { get; init; }

    /// <summary>Position of the variant in <see cref="Model.Role.Variants"/>.</summary>
    public required int VariantIndex { get; init; }

    /// <summary>The offer bought, or null when placed without offers.</summary>
    public string? OfferId { get; init; }

    public string? ListingId { get; init; }

    public required string ClusterId { get; init; }

    public required string SiteId { get; init; }

    /// <summary>The accelerator model, or null for a processor variant.</summary>
    public string? DeviceModel { get; init; }

    /// <summary>Price per card (or processor unit) and hour in micro-units, as on the offer; 0 without offers.</summary>
    public long PricePerCardHour { get; init; }

    /// <summary>What the whole role takes from the offer, in 1/1000 card (or processor unit). Hold this much.</summary>
    public required long CardMilli { get; init; }

    /// <summary>Price of the whole role per hour in micro-units, rounded up.</summary>
    public required long PricePerHour { get; init; }

    /// <summary>
    /// Price of one unit of work in micro-units, moving the data it reads included when it is known over how many hours; null when the
    /// throughput is unknown.
    /// </summary>
    public decimal? PricePerUnit { get; init; }

    /// <summary>Units of work per second of the whole role, or null when unknown.</summary>
    public double? UnitsPerSecond { get; init; }

    public string WorkUnit { get; init; } = "";

    /// <summary>Position of the policy's tier the offer is of; null without a policy.</summary>
    public int? PolicyTier { get; init; }

    /// <summary>One entry per replica.</summary>
    public required IReadOnlyList<ReplicaPlacement> Replicas { get; init; }
}

/// <summary>The node and devices of one replica.</summary>
public sealed record ReplicaPlacement(int Ordinal, string NodeId, IReadOnlyList<DeviceGrant> Devices);

/// <summary>What a replica gets of one device, after rounding up to the vendor's granularity.</summary>
/// <param name="ComputeMilli">Compute in 1/1000 device.</param>
/// <param name="MemoryMib">Device memory in MiB.</param>
public sealed record DeviceGrant(string DeviceId, int ComputeMilli, int MemoryMib);

/// <summary>Why a request was refused.</summary>
public static class RefusalCodes
{
    /// <summary>The request itself is wrong; see <see cref="Explanation.Problems"/>.</summary>
    public const string InvalidRequest = "invalid-request";

    /// <summary>The offers have several currencies and the request names none.</summary>
    public const string CurrencyAmbiguous = "currency-ambiguous";

    /// <summary>A rule removed the last offer; <see cref="Refused.Rule"/> names it.</summary>
    public const string NoOfferMatches = "no-offer-matches";

    /// <summary>Offers match, but none has nodes and devices free for the whole gang.</summary>
    public const string NotEnoughCapacity = "not-enough-capacity";

    /// <summary>It fits, but only above the budget per hour.</summary>
    public const string OverBudget = "over-budget";

    /// <summary>Each role fits alone, but not all of them together.</summary>
    public const string RolesDoNotFitTogether = "roles-do-not-fit-together";

    /// <summary>No joint placement was found within the documented search bound.</summary>
    public const string SearchLimit = "search-limit";

    /// <summary>It would fit but for the round trips that edges tolerate; <see cref="Explanation.LatencyMisses"/> names them.</summary>
    public const string EdgeLatency = "edge-latency";

    /// <summary>Another request of an atomic group was refused, so this one was undone.</summary>
    public const string AtomicRollback = "atomic-rollback";
}

/// <summary>The rules of the funnel.</summary>
public static class RuleCodes
{
    public const string ContractClass = "contract-class";
    public const string Currency = "currency";
    public const string Variant = "variant";
    public const string Offer = "offer";
    public const string Site = "site";
    public const string Cluster = "cluster";
    public const string Region = "region";
    public const string Country = "country";
    public const string Tier = "tier";
    public const string RoundTrip = "round-trip";
    public const string DeviceModel = "device-model";
    public const string Vendor = "vendor";
    public const string Stack = "stack";
    public const string DeviceMemory = "device-memory";
    public const string SupplierAllowed = "supplier-allowed";
    public const string SupplierDenied = "supplier-denied";
    public const string Verification = "verification";
    public const string Price = "price";
    public const string MinimumTake = "minimum-take";
    public const string AvailableCards = "available-cards";
    public const string NodeRules = "node-rules";
    public const string ReplicaSize = "replica-size";
    public const string FreeCapacity = "free-capacity";

    /// <summary>The market of a batch matched the request here, so that more requests of the batch have a place.</summary>
    public const string BatchMarket = "batch-market";
    public const string Together = "together";
    public const string Budget = "budget";

    /// <summary>The site tiers of one role.</summary>
    public const string RoleTier = "role-tier";

    /// <summary>The sites of one role.</summary>
    public const string RoleSite = "role-site";

    /// <summary>The country that data a role reads must not leave.</summary>
    public const string Residency = "residency";

    /// <summary>The work is done within the deadline.</summary>
    public const string Deadline = "deadline";

    /// <summary>The offer is of a tier of the request's policy.</summary>
    public const string Policy = "policy";

    /// <summary>The round trips of the edges.</summary>
    public const string EdgeLatency = "edge-latency";
}
