using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// Amounts on the wire are whole numbers of the currency's minor unit. Source: Stripe's documentation of currencies: some have no decimals, some
/// three (whose last digit must be zero), and three are sent with two decimals although they are whole.
/// </summary>
internal static class StripeMoney
{
    private static readonly HashSet<string> NoDecimals = new(StringComparer.Ordinal)
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    };

    private static readonly HashSet<string> ThreeDecimals = new(StringComparer.Ordinal) { "BHD", "JOD", "KWD", "OMR", "TND" };

    /// <summary>How many decimals amounts of a currency have on the wire.</summary>
    public static int Decimals(string currencyCode) =>
        NoDecimals.Contains(currencyCode) ? 0
        : ThreeDecimals.Contains(currencyCode) ? 3
        : 2;

    /// <summary>Micro-units as minor units.</summary>
    /// <exception cref="ArgumentException">The amount has more decimals than can be sent: rounding money here would lose it.</exception>
    public static long ToMinor(long micros, string currencyCode)
    {
        int decimals = Decimals(currencyCode);
        // Three-decimal currencies are charged in steps of ten of their minor unit.
        long step = Power(6 - Math.Min(decimals, 2));
        return micros % step == 0
            ? checked(micros / Power(6 - decimals))
            : throw new ArgumentException($"{micros} micro-units of {currencyCode} cannot be sent: the step is {step}.", nameof(micros));
    }

    /// <summary>Minor units as micro-units.</summary>
    public static long ToMicros(long minor, string currencyCode) => checked(minor * Power(6 - Decimals(currencyCode)));

    public static long ToMinor(Money money) => ToMinor(money.Micros, money.Currency.Code);

    public static Money ToMoney(long minor, Currency currency) => new(ToMicros(minor, currency.Code), currency);

    /// <summary>A currency as the API writes it.</summary>
    public static string Code(Currency currency) => currency.Code.ToLowerInvariant();

    private static long Power(int exponent)
    {
        long power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
