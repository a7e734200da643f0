using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;

namespace Marketplace.Market.Domain;

/// <summary>
/// Capacity taken from a listing: held for a quote, then sold to a contract. Owned by the center whose capacity it is. Written only by
/// the capacity store's set-based statements; the application may not change a grant at all.
/// </summary>
internal sealed class CapacityClaim : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string ListingId { get; init; }
    public required string ClusterId { get; init; }
    public required string Reference { get; init; }

    /// <summary>Position in the hold that made it.</summary>
    public required int Ordinal { get; init; }
    public required ClaimState State { get; init; }
    public required long CardMilli { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ReleasedAt { get; init; }

    public ClaimView View(IEnumerable<GrantedCapacity> grants) =>
        new(
            Id,
            ListingId,
            Reference,
            State,
            CardMilli,
            [.. grants.OrderBy(grant => grant.Ordinal).Select(grant => grant.View())],
            ExpiresAt
        );
}

/// <summary>One device, or one node's processors, of a claim.</summary>
internal sealed class GrantedCapacity : IPartyOwned
{
    public required string ClaimId { get; init; }
    public required int Ordinal { get; init; }
    public required string PartyId { get; init; }
    public required string NodeId { get; init; }

    /// <summary>Empty for processors and memory only.</summary>
    public required string DeviceId { get; init; }
    public required int ComputeMilli { get; init; }
    public required int MemoryMib { get; init; }
    public required int CpuMilli { get; init; }
    public required int HostMemoryMib { get; init; }

    public CapacityGrant View() => new(NodeId, DeviceId.Length == 0 ? null : DeviceId, ComputeMilli, MemoryMib, CpuMilli, HostMemoryMib);
}
