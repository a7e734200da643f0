using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>The prices of one meter of one contract; see <c>billing.price_version</c>.</summary>
/// <param name="Version">1 for what the contract was sold at.</param>
/// <param name="Unit">What is priced, for example <c>card-hour</c>.</param>
/// <param name="QuantityPerUnit">Readings per priced unit: 3,600 card-seconds a card-hour.</param>
/// <param name="Retail">Per unit, before tax.</param>
/// <param name="Wholesale">Per unit, the center's.</param>
/// <param name="CommissionRate">The network's fraction of retail.</param>
/// <param name="TaxRate">Fraction on retail.</param>
internal sealed record PriceVersion(
    int Version,
    string Unit,
    decimal QuantityPerUnit,
    decimal Retail,
    decimal Wholesale,
    decimal CommissionRate,
    decimal TaxRate
);

/// <summary>A cumulative quantity's worth: the exact retail amount and what it comes to in micro-units.</summary>
/// <param name="Exact">Net retail, twelve decimals.</param>
internal readonly record struct Rated(decimal Exact, Share Share);

/// <summary>
/// Rating: cumulative quantity × price version → amount, rounded once, half-even, to twelve decimals and from there to micro-units.
/// A pure function of the cumulative quantity, so the window's charge is the difference to what was booked, whatever was lost,
/// repeated or reordered on the way.
/// </summary>
internal static class RatingRule
{
    public const int ExactDecimals = 12;
    private const int MicroDecimals = 6;

    public static Rated Rate(decimal quantity, PriceVersion price)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        decimal exact = ExactMath.MultiplyDivide(quantity, price.Retail, price.QuantityPerUnit, ExactDecimals);
        long net = Micros(exact, 1);
        long tax = Micros(exact, price.TaxRate);
        return new Rated(exact, Divide(quantity, exact, net, tax, price));
    }

    /// <summary>
    /// Center wholesale, network commission, operator margin. The largest remainder decides who gets the micro-units that do not
    /// divide. A margin below zero (a loss leader) is the operator's to pay, and then the center's and the network's parts are exact.
    /// </summary>
    private static Share Divide(decimal quantity, decimal exact, long net, long tax, PriceVersion price)
    {
        decimal commission = price.Retail * price.CommissionRate;
        decimal margin = price.Retail - price.Wholesale - commission;
        if (margin >= 0 && price.Retail > 0)
        {
            long[] parts = Split.ByLargestRemainder(net, [price.Wholesale, margin, commission]);
            return new Share(net, tax, parts[0], parts[1], parts[2]);
        }
        long center = (long)ExactMath.Quotient(quantity, price.Wholesale, price.QuantityPerUnit, MicroDecimals);
        long network = Micros(exact, price.CommissionRate);
        return new Share(net, tax, center, checked(net - center - network), network);
    }

    private static long Micros(decimal amount, decimal rate) => (long)ExactMath.Quotient(amount, rate, 1, MicroDecimals);
}
