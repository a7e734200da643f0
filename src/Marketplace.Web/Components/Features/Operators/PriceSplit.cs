using Marketplace.Market.Contracts;

namespace Marketplace.Web.Components.Features.Operators;

/// <summary>How one card-hour's price comes about, exactly as a charge divides it. Main units of the currency.</summary>
/// <param name="Wholesale">To the center.</param>
/// <param name="Operator">What the operator keeps: retail less wholesale and commission; may be negative.</param>
/// <param name="Commission">To the network, a share of retail.</param>
/// <param name="Tax">On retail, passed on.</param>
public sealed record PriceSplit(decimal Wholesale, decimal Operator, decimal Commission, decimal Tax)
{
    /// <summary>Before tax: what price lists show.</summary>
    public decimal Retail => Wholesale + Operator + Commission;

    /// <summary>What the customer pays.</summary>
    public decimal Total => Retail + Tax;

    /// <summary>The operator's share of retail, a fraction.</summary>
    public decimal Margin => Retail == 0 ? 0 : Operator / Retail;

    /// <param name="markup">Fraction on wholesale: 0.25 is 25 %.</param>
    public static PriceSplit Of(decimal wholesale, decimal markup, TradeRates rates)
    {
        ArgumentNullException.ThrowIfNull(rates);
        decimal retail = wholesale * (1 + markup);
        decimal commission = retail * rates.CommissionRate;
        return new PriceSplit(wholesale, retail - wholesale - commission, commission, retail * rates.TaxRate);
    }
}
