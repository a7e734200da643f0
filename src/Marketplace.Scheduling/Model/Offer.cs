namespace Marketplace.Scheduling.Model;

/// <summary>What is for sale on top of a cluster's nodes, at a price.</summary>
public sealed record Offer
{
    public required string Id { get; init; }

    public required string ListingId { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>Who sells it to the buyer.</summary>
    public required string OperatorId { get; init; }

    /// <summary>The accelerator model sold, or null when the offer sells processor units without accelerators.</summary>
    public string? DeviceModel { get; init; }

    /// <summary>
    /// Price in 1/1,000,000 of the currency for one card (or one processor unit) and one hour. A share pays the larger of
    /// its compute and its memory fraction, in 1/1000 card.
    /// </summary>
    public required long PricePerCardHour { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Whole cards (or processor units) still for sale.</summary>
    public required int AvailableCards { get; init; }

    /// <summary>What sold shares leave of one more card, in 1/1000 card (0 to 999).</summary>
    public int AvailableRemainderMilli { get; init; }

    public required IReadOnlyCollection<ContractClass> Classes { get; init; }

    /// <summary>0 = claimed only, 1 = inspected, 2 = measured by a probe, 3 = measured continuously.</summary>
    public int VerificationLevel { get; init; }

    /// <summary>Delivered / promised over time in 1/1000, or null while there is no history.</summary>
    public int? ReliabilityMilli { get; init; }

    /// <summary>Smallest number of cards one role must take.</summary>
    public int MinCards { get; init; }

    /// <summary>0 to 255. Lower goes first whatever the score: own capacity 0, bought capacity 1.</summary>
    public int Precedence { get; init; }

    /// <summary>For processor offers: 1/1000 cores in one unit.</summary>
    public int UnitCpuMilli { get; init; } = 1000;

    /// <summary>For processor offers: MiB of memory in one unit.</summary>
    public int UnitMemoryMib { get; init; } = 4096;
}
