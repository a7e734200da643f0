using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Contracts;

/// <summary>What a contract's usage is rated with.</summary>
/// <param name="CommissionRate">The network's fraction of retail.</param>
/// <param name="TaxRate">Fraction on retail.</param>
/// <param name="Plan">null where every card-hour costs the same.</param>
public sealed record ContractPrice(
    decimal RetailPerCardHour,
    decimal WholesalePerCardHour,
    decimal CommissionRate,
    decimal TaxRate,
    PricePlan? Plan
);

/// <summary>What bought hours come to when they are used exactly as bought, from the same rule that rates the usage.</summary>
/// <param name="UsageNet">Before tax, in micro-units.</param>
/// <param name="CommitmentNet">What the minimum take adds before tax.</param>
/// <param name="Hold">Enough for every way the hours can be used: whenever they start, and before a volume tier is reached. With tax.</param>
public sealed record PriceEstimate(long UsageNet, long CommitmentNet, long Tax, long Hold)
{
    private const decimal SecondsPerHour = 3600;

    public long Net => checked(UsageNet + CommitmentNet);
    public long Total => checked(Net + Tax);

    /// <param name="cards">Cards, or parts of one.</param>
    /// <param name="from">When they start.</param>
    /// <param name="hours">How long all of them run.</param>
    public static PriceEstimate Of(ContractPrice price, decimal cards, DateTimeOffset from, decimal hours)
    {
        ArgumentNullException.ThrowIfNull(price);
        PriceVersion version = Version(price);
        decimal seconds = hours * SecondsPerHour;
        DateTimeOffset to = from.AddTicks(checked((long)decimal.Round(seconds * TimeSpan.TicksPerSecond)));
        decimal quantity = decimal.Round(cards * seconds, RatingRule.ExactDecimals, MidpointRounding.ToEven);
        Rated usage = RatingRule.Rate(new Metered(quantity, UsageWeight.Of(version.Hours, quantity, from, to)), version);
        Rated commitment = default;
        long least = 0;
        foreach (CommitmentPeriod period in price.Plan?.Minimum is { } minimum ? MinimumRule.Periods(minimum, from, to) : [])
        {
            // Hours that run through several months are spread evenly, and so is what they cost by this plan's weight of each.
            Rated used = UsageOf(period, from, to, quantity, version);
            commitment += MinimumRule.Shortfall(period, used.Share.Net, version);
            least = checked(least + RatingRule.Flat(period.Least, version).Share.Net);
        }
        long tax = checked(usage.Share.Tax + commitment.Share.Tax);
        var estimate = new PriceEstimate(usage.Share.Net, commitment.Share.Net, tax, Hold: 0);
        return estimate with { Hold = Math.Max(estimate.Total, Most(version, quantity, least)) };
    }

    /// <summary>What one hour of all cards costs by the hour it falls into, at the first tier.</summary>
    internal static PriceVersion Version(ContractPrice price) =>
        new PriceVersion(
            1,
            "card-hour",
            SecondsPerHour,
            price.RetailPerCardHour,
            price.WholesalePerCardHour,
            price.CommissionRate,
            price.TaxRate
        ).Under(price.Plan);

    // The part of a period is what is rated at its end less what was rated at its start.
    private static Rated UsageOf(CommitmentPeriod period, DateTimeOffset from, DateTimeOffset to, decimal quantity, PriceVersion version)
    {
        Rated Through(DateTimeOffset at)
        {
            decimal part = ExactMath.MultiplyDivide(quantity, (at - from).Ticks, (to - from).Ticks, RatingRule.ExactDecimals);
            return RatingRule.Rate(new Metered(part, UsageWeight.Of(version.Hours, part, from, at)), version);
        }
        return Through(period.To) - Through(period.From);
    }

    private static long Most(PriceVersion version, decimal quantity, long least)
    {
        decimal weighted = quantity * Math.Max(1, version.Hours?.Highest ?? 1);
        decimal most;
        if (version.Plan is { TierMode: TierMode.Volume } plan)
        {
            decimal priced = Tiers.Highest(plan, weighted, version.QuantityPerUnit);
            decimal exact = ExactMath.MultiplyDivide(priced, version.Retail, version.QuantityPerUnit, RatingRule.ExactDecimals);
            decimal net = decimal.Ceiling(exact * Money.MicrosPerUnit);
            most = net + decimal.Ceiling(net * version.TaxRate);
        }
        else
        {
            Share share = RatingRule.Rate(new Metered(quantity, weighted), version).Share;
            most = checked(share.Net + share.Tax);
        }
        if (version.Plan?.Minimum is not { } minimum)
            return (long)most;
        // Usage and what it leaves open are rounded each by itself. Months may each fall short by all of their minimum.
        decimal committed = least + decimal.Ceiling(least * version.TaxRate) + 1;
        return checked((long)(minimum.Period == MinimumPeriod.Contract ? Math.Max(most, committed) : most + committed));
    }
}
