namespace Marketplace.Billing.Rating;

/// <summary>Kinds of prices and rated lines, as the database names them.</summary>
internal static class ChargeKinds
{
    /// <summary>Used, at the contract's price.</summary>
    public const string Usage = "usage";

    /// <summary>Not used, and charged up to the minimum take.</summary>
    public const string Commitment = "commitment";

    /// <summary>Used, and paid ahead.</summary>
    public const string Reserved = "reserved";

    /// <summary>The meter under which a minimum take's lines stand.</summary>
    public const string CommitmentMeter = "commitment";

    private const string ReservedPrefix = "reserved-";

    /// <summary>The meter under which reserved usage stands, so that it never mixes with what is charged.</summary>
    public static string ReservedMeter(string meter) => $"{ReservedPrefix}{meter}";

    /// <summary>Names that no contract's meter may have.</summary>
    public static bool IsOwn(string meter) => meter == CommitmentMeter || meter.StartsWith(ReservedPrefix, StringComparison.Ordinal);
}
