namespace Marketplace.Market.Contracts;

/// <summary>
/// The chips that were measured for a kind of work and have a card free, each at its lowest price: which does the work for least, and what that
/// saves against two habits, renting the cheapest card-hour and renting the fastest chip.
/// </summary>
/// <param name="Currency">ISO 4217 code of all prices.</param>
/// <param name="Chips">Least price of work first; empty when none is on sale.</param>
public sealed record ChipComparison(WorkView Work, string Currency, IReadOnlyList<ChipPrice> Chips)
{
    /// <summary>Model with the least price of work; null without chips, as are all below.</summary>
    public string? Best { get; init; }

    /// <summary>Model with the cheapest card-hour.</summary>
    public string? CheapestHour { get; init; }

    /// <summary>Model with the most work per second.</summary>
    public string? Fastest { get; init; }

    /// <summary>Part of the cost that <see cref="Best"/> saves against the cheapest card-hour, 0 to 1.</summary>
    public double? SavingAgainstCheapestHour { get; init; }

    /// <summary>Part of the cost that <see cref="Best"/> saves against the fastest chip, 0 to 1.</summary>
    public double? SavingAgainstFastest { get; init; }
}

/// <param name="OfferId">The cheapest offer of this chip.</param>
/// <param name="PricePerCardHour">Retail.</param>
/// <param name="UnitsPerSecond">Measured throughput of one card.</param>
/// <param name="PricePerWork">Price for <see cref="WorkView.PerUnits"/> units of the work.</param>
/// <param name="BestSaves">Part of the cost that the best chip saves against this one, 0 to 1; 0 for the best itself.</param>
public sealed record ChipPrice(
    string DeviceModel,
    string OfferId,
    decimal PricePerCardHour,
    double UnitsPerSecond,
    decimal PricePerWork,
    double BestSaves
);
