using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;

namespace Marketplace.Market.Domain;

/// <summary>A center's leave for an operator to resell one listing, within markup limits.</summary>
internal sealed class ResaleAuthorization : ITradeShared
{
    public required string Id { get; init; }
    public required string ListingId { get; init; }
    public required string CenterId { get; init; }
    public required string OperatorId { get; init; }

    /// <summary>The operator is the one who buys from the center.</summary>
    public required string CustomerId { get; init; }
    public required decimal MinMarkup { get; set; }
    public required decimal MaxMarkup { get; set; }
    public required AuthorizationState State { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DecidedAt { get; set; }
    public int Revision { get; set; } = 1;

    public AuthorizationView View(ListingView listing) =>
        new(Id, ListingId, CenterId, OperatorId, Pricing.Plain(MinMarkup), Pricing.Plain(MaxMarkup), State, listing, CreatedAt)
        {
            Revision = Revision,
        };
}
