using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>Capacity a center offers at wholesale. What is sold and held is counted by the capacity store alone, under the row's lock.</summary>
internal sealed class Listing : IPartyOwned
{
    public const int MilliPerCard = 1000;

    public required string Id { get; init; }

    /// <summary>The center.</summary>
    public required string PartyId { get; init; }
    public required string SiteId { get; init; }
    public required string ClusterId { get; init; }
    public required string Title { get; set; }
    public string? DeviceModel { get; init; }
    public string? DeviceVendor { get; init; }
    public string? DeviceStack { get; init; }
    public int? DeviceMemoryMib { get; init; }
    public required int Cards { get; set; }
    public long SoldMilli { get; init; }
    public long HeldMilli { get; init; }
    public required int MinCards { get; init; }
    public required string Currency { get; init; }
    public required ContractClass[] Classes { get; init; }
    public required decimal Sla { get; init; }
    public required bool AllowShared { get; init; }
    public required ListingState State { get; set; }
    public int Revision { get; set; } = 1;
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Cards needed for what is sold and held, rounded up.</summary>
    public int CommittedCards => CardsUp(SoldMilli + HeldMilli);

    public static int CardsUp(long milli) => checked((int)((milli + MilliPerCard - 1) / MilliPerCard));

    public static int CardsDown(long milli) => checked((int)(Math.Max(0, milli) / MilliPerCard));
}

/// <summary>One version of a listing's price. Rows are only ever added; the database refuses anything else.</summary>
internal sealed class PriceVersion : IPartyOwned
{
    public required string Id { get; init; }
    public required string ListingId { get; init; }
    public required string PartyId { get; init; }
    public required int Version { get; init; }
    public required decimal PricePerCardHour { get; init; }
    public required DateTimeOffset EffectiveFrom { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }

    public PriceVersionView View() => new(Version, Pricing.Plain(PricePerCardHour), EffectiveFrom, RecordedAt);
}
