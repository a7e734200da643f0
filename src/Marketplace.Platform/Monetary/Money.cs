using System.Globalization;

namespace Marketplace.Platform.Monetary;

/// <summary>
/// An amount in micro-units (10⁻⁶ of the currency's main unit), the ledger's scale. Arithmetic is checked and never mixes currencies.
/// </summary>
public readonly record struct Money : IComparable<Money>
{
    public const long MicrosPerUnit = 1_000_000;

    public Money(long micros, Currency currency)
    {
        ArgumentNullException.ThrowIfNull(currency);
        (Micros, Currency) = (micros, currency);
    }

    public long Micros { get; }

    public Currency Currency { get; }

    /// <summary>The amount in main units, exact.</summary>
    public decimal Amount => (decimal)Micros / MicrosPerUnit;

    public bool IsZero => Micros == 0;
    public bool IsNegative => Micros < 0;

    public static Money Zero(Currency currency) => new(0, currency);

    /// <summary>Rounds an exact amount half-even to a micro-unit.</summary>
    /// <exception cref="OverflowException">The amount does not fit in 64-bit micro-units.</exception>
    public static Money From(decimal amount, Currency currency) =>
        new(checked((long)decimal.Round(amount * MicrosPerUnit, 0, MidpointRounding.ToEven)), currency);

    public static Money operator +(Money a, Money b) => new(checked(a.Micros + Same(a, b).Micros), a.Currency);

    public static Money operator -(Money a, Money b) => new(checked(a.Micros - Same(a, b).Micros), a.Currency);

    public static Money operator -(Money a) => new(checked(-a.Micros), a.Currency);

    public static bool operator <(Money a, Money b) => a.CompareTo(b) < 0;

    public static bool operator >(Money a, Money b) => a.CompareTo(b) > 0;

    public static bool operator <=(Money a, Money b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Money a, Money b) => a.CompareTo(b) >= 0;

    public int CompareTo(Money other) => Micros.CompareTo(Same(this, other).Micros);

    /// <summary>Rounds half-even to the currency's ISO exponent, as an invoice shows it.</summary>
    public Money RoundToExponent() => From(decimal.Round(Amount, Currency.Exponent, MidpointRounding.ToEven), Currency);

    /// <summary>The API's form: a plain decimal string with six decimals.</summary>
    public string ToDecimalString() => Amount.ToString("0.000000", CultureInfo.InvariantCulture);

    public override string ToString() => $"{Amount.ToString("0.00####", CultureInfo.InvariantCulture)} {Currency?.Code}";

    private static Money Same(Money a, Money b) =>
        Equals(a.Currency, b.Currency) ? b : throw new InvalidOperationException($"Cannot combine {a.Currency} with {b.Currency}.");
}
