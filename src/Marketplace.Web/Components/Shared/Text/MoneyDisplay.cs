using System.Globalization;
using Marketplace.Platform.Monetary;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>How many decimals an amount of money has.</summary>
public enum MoneyDigits
{
    /// <summary>Two: totals and balances.</summary>
    Amount = 2,

    /// <summary>Four: unit prices.</summary>
    UnitPrice = 4,

    /// <summary>Six: the ledger, to the micro-unit.</summary>
    Ledger = 6,
}

/// <summary>Money as text. An amount never stands without its currency.</summary>
public static class MoneyDisplay
{
    /// <summary>For example <c>¥26,830.89</c>, <c>−$5.00</c>, <c>CHF 12.00</c>. Rounds half away from zero.</summary>
    /// <param name="amount">In units of the currency.</param>
    /// <param name="currency">ISO 4217 code.</param>
    /// <param name="signed">True writes <c>+</c> before a positive amount.</param>
    public static string Format(decimal amount, string currency, MoneyDigits digits = MoneyDigits.Amount, bool signed = false)
    {
        var decimals = (int)digits;
        var rounded = Math.Round(amount, decimals, MidpointRounding.AwayFromZero);
        var number = Math.Abs(rounded).ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var sign =
            rounded < 0 ? "\u2212"
            : signed && rounded > 0 ? "+"
            : "";
        return sign + Symbol(currency) + number;
    }

    /// <summary>The same from the ledger's type.</summary>
    public static string Format(Money money, MoneyDigits digits = MoneyDigits.Amount, bool signed = false) =>
        Format(money.Amount, money.Currency.Code, digits, signed);

    private static string Symbol(string currency) =>
        currency switch
        {
            "CNY" => "¥",
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            _ => currency + "\u00a0",
        };
}
