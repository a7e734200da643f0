namespace Marketplace.Platform.Monetary;

/// <summary>An ISO 4217 currency the marketplace settles in.</summary>
public sealed record Currency
{
    public static readonly Currency Cny = new("CNY", "¥", 2);
    public static readonly Currency Usd = new("USD", "$", 2);
    public static readonly Currency Eur = new("EUR", "€", 2);

    private Currency(string code, string symbol, int exponent) => (Code, Symbol, Exponent) = (code, symbol, exponent);

    /// <summary>Every currency that can be used, in display order.</summary>
    public static IReadOnlyList<Currency> All { get; } = [Cny, Usd, Eur];

    /// <summary>Three-letter ISO 4217 code.</summary>
    public string Code { get; }

    public string Symbol { get; }

    /// <summary>ISO 4217 minor-unit exponent: the number of decimals on an invoice.</summary>
    public int Exponent { get; }

    /// <summary>Finds a currency by its code.</summary>
    /// <exception cref="ArgumentException">The code is not one of <see cref="All"/>.</exception>
    public static Currency Parse(string code) =>
        TryParse(code) ?? throw new ArgumentException($"'{code}' is not a supported currency. Use one of CNY, USD, EUR.", nameof(code));

    public static Currency? TryParse(string? code) => All.FirstOrDefault(c => string.Equals(c.Code, code, StringComparison.Ordinal));

    public override string ToString() => Code;
}
