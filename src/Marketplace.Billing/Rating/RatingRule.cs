using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>A cumulative quantity on demand, in readings.</summary>
/// <param name="Quantity">As metered: what the center is paid for.</param>
/// <param name="Weighted">Each part times the factor of its hour (<see cref="UsageWeight"/>): what the customer's price counts.</param>
internal readonly record struct Metered(decimal Quantity, decimal Weighted)
{
    public static Metered operator +(Metered a, Metered b) => new(a.Quantity + b.Quantity, a.Weighted + b.Weighted);

    public static Metered operator -(Metered a, Metered b) => new(a.Quantity - b.Quantity, a.Weighted - b.Weighted);
}

/// <summary>A cumulative quantity's worth: the exact retail amount and what it comes to in micro-units.</summary>
/// <param name="Exact">Net retail, twelve decimals.</param>
internal readonly record struct Rated(decimal Exact, Share Share)
{
    public static Rated operator +(Rated a, Rated b) => new(a.Exact + b.Exact, a.Share + b.Share);

    public static Rated operator -(Rated a, Rated b) => new(a.Exact - b.Exact, a.Share - b.Share);
}

/// <summary>
/// Rating: cumulative quantity × price version → amount, rounded once, half-even, to twelve decimals and from there to micro-units.
/// A pure function of the cumulative quantity of the whole contract, so a window's charge is the difference to what came before, whatever
/// was lost, repeated or reordered on the way.
/// </summary>
internal static class RatingRule
{
    public const int ExactDecimals = 12;
    private const int MicroDecimals = 6;

    /// <summary>A quantity without hours at another price.</summary>
    public static Rated Rate(decimal quantity, PriceVersion price) => Rate(new Metered(quantity, quantity), price);

    public static Rated Rate(Metered used, PriceVersion price)
    {
        // A difference of decimals may be a negative zero, which is none.
        ArgumentOutOfRangeException.ThrowIfLessThan(used.Quantity, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(used.Weighted, 0);
        decimal priced = price.Plan is { } plan ? Tiers.Apply(plan, used.Weighted, price.QuantityPerUnit) : used.Weighted;
        decimal exact = ExactMath.MultiplyDivide(priced, price.Retail, price.QuantityPerUnit, ExactDecimals);
        long net = Micros(exact, 1);
        long tax = Micros(exact, price.TaxRate);
        return new Rated(exact, Divide(used.Quantity, exact, net, tax, price));
    }

    /// <summary>An amount for which nothing ran, such as a commitment: the operator's, less the network's commission.</summary>
    /// <param name="net">In main units, at most six decimals.</param>
    public static Rated Flat(decimal net, PriceVersion price)
    {
        long micros = Micros(net, 1);
        long network = Micros(net, price.CommissionRate);
        return new Rated(net, new Share(micros, Micros(net, price.TaxRate), 0, checked(micros - network), network));
    }

    /// <summary>
    /// Center wholesale, network commission, operator margin. With one price for every unit the largest remainder decides who gets the
    /// micro-units that do not divide. A margin below zero (a loss leader) is the operator's to pay, and tiers and hours are the operator's
    /// to give: then the center's and the network's parts are exact.
    /// </summary>
    private static Share Divide(decimal quantity, decimal exact, long net, long tax, PriceVersion price)
    {
        decimal commission = price.Retail * price.CommissionRate;
        decimal margin = price.Retail - price.Wholesale - commission;
        if (price.IsLinear && margin >= 0 && price.Retail > 0)
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
