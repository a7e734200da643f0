using Marketplace.Platform.Outcomes;

namespace Marketplace.Market.Contracts;

/// <summary>One device (or, with null device, CPU and memory only) taken on one node.</summary>
public sealed record CapacityGrant(string NodeId, string? DeviceId, int ComputeMilli, int MemoryMib, int CpuMilli, int HostMemoryMib);

/// <summary>A device of a node, or with a null device the node's processors and memory.</summary>
public sealed record CapacityPlace(string NodeId, string? DeviceId);

/// <param name="CardMilli">Thousandths of a card taken from the listing, over all grants.</param>
public sealed record CapacityRequest(string ListingId, long CardMilli, IReadOnlyList<CapacityGrant> Grants);

/// <summary>Capacity sold at once, without a hold before it.</summary>
/// <param name="Reference">A new id, such as a contract's, that nobody else claims under.</param>
/// <param name="Requests">Taken together or not at all.</param>
public sealed record CapacitySale(string Reference, IReadOnlyList<CapacityRequest> Requests);

public enum ClaimState
{
    /// <summary>A quote holds it until its time runs out.</summary>
    Held,

    /// <summary>A contract has it.</summary>
    Sold,
    Released,
}

public sealed record ClaimView(
    string Id,
    string ListingId,
    string Reference,
    ClaimState State,
    long CardMilli,
    IReadOnlyList<CapacityGrant> Grants,
    DateTimeOffset? ExpiresAt
);

/// <summary>
/// The oversell guard. A claim takes capacity from a listing under a database CHECK (sold + held ≤ cards) and from devices under
/// per-device limits; two claims on the same capacity cannot both commit. Call inside the caller's transaction, money before capacity.
/// </summary>
public interface ICapacity
{
    /// <summary>Takes all requests or none.</summary>
    /// <param name="reference">Who holds it, for example a quote id. One active claim set per reference.</param>
    /// <returns><c>capacity-taken</c> conflict when somebody was faster: plan again.</returns>
    Task<Outcome<IReadOnlyList<ClaimView>>> HoldAsync(
        string reference,
        IReadOnlyList<CapacityRequest> requests,
        DateTimeOffset until,
        CancellationToken ct
    );

    /// <summary>Held → Sold under a new reference (a contract id). Expired claims are refused with <c>hold-expired</c>.</summary>
    Task<Outcome<Done>> SellAsync(string reference, string soldTo, CancellationToken ct);

    /// <summary>
    /// Sells to many references at once: one lock of everything they touch, one check, one write. All or nothing is taken.
    /// </summary>
    /// <returns>
    /// One entry per sale, in order: null where it can be taken, else the problem; each is judged on what the good ones before it leave.
    /// With any problem nothing was taken.
    /// </returns>
    Task<IReadOnlyList<Problem?>> SellManyAsync(IReadOnlyList<CapacitySale> sales, CancellationToken ct);

    /// <summary>
    /// Gives a sold claim other places in its cluster, in one step: what it leaves is free, what it enters is taken under the same guard as a
    /// sale. The listing, the amount of cards and the price stay. Grants that stay may be on machines that take no new work.
    /// </summary>
    /// <returns><c>capacity-taken</c> conflict when a new place is not free; <c>not-sold</c> when the reference has not exactly one sold claim.</returns>
    Task<Outcome<Done>> ExchangeAsync(string reference, IReadOnlyList<CapacityGrant> grants, CancellationToken ct);

    /// <summary>Who has sold capacity of a cluster on such places: references in ordinal order. No owner check.</summary>
    Task<IReadOnlyList<string>> SoldOnAsync(string clusterId, Func<CapacityPlace, bool> which, CancellationToken ct);

    /// <summary>Held or Sold → Released; releasing twice is fine.</summary>
    Task ReleaseAsync(string reference, CancellationToken ct);

    Task<IReadOnlyList<ClaimView>> FindAsync(string reference, CancellationToken ct);

    /// <summary>Active claims of a cluster, for the center's fleet view.</summary>
    Task<IReadOnlyList<ClaimView>> ActiveOfClusterAsync(string clusterId, CancellationToken ct);
}

/// <summary>Frees what quotes no longer hold. The worker calls it every few seconds; a hold and a snapshot do it for what they touch.</summary>
public interface IClaimExpiry
{
    /// <summary>Releases every held claim whose time has run out.</summary>
    /// <returns>How many were released.</returns>
    Task<int> ExpireAsync(CancellationToken ct);
}
