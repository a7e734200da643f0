using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;

namespace Marketplace.Market.Domain;

/// <summary>A recipe an operator sells; its content lives in versions.</summary>
internal sealed class Bundle : IPartyOwned
{
    public required string Id { get; init; }

    /// <summary>The operator.</summary>
    public required string PartyId { get; init; }
    public required int LatestVersion { get; set; }
    public int Revision { get; set; } = 1;
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One version of a bundle. Only a draft changes; the database refuses anything else.</summary>
internal sealed class BundleVersion : IPartyOwned
{
    public required string BundleId { get; init; }
    public required int Version { get; init; }
    public required string PartyId { get; init; }
    public required BundleState State { get; set; }
    public required string Title { get; set; }
    public required string Summary { get; set; }
    public required string Industry { get; set; }

    /// <summary>The recipe as JSON.</summary>
    public required string Recipe { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? PublishedAt { get; set; }
}
