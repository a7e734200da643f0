using Marketplace.Platform.Monetary;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>An amount of money with its currency.</summary>
public partial class MoneyText
{
    /// <summary>The amount. Give this, or <see cref="Amount"/> with <see cref="Currency"/>.</summary>
    [Parameter]
    public Money? Value { get; set; }

    /// <summary>In units of the currency.</summary>
    [Parameter]
    public decimal? Amount { get; set; }

    /// <summary>ISO 4217 code of <see cref="Amount"/>.</summary>
    [Parameter]
    public string? Currency { get; set; }

    [Parameter]
    public MoneyDigits Digits { get; set; } = MoneyDigits.Amount;

    /// <summary>Writes a plus before a positive amount.</summary>
    [Parameter]
    public bool Signed { get; set; }

    /// <summary>Extra class names.</summary>
    [Parameter]
    public string? Class { get; set; }

    private (decimal Amount, string Currency) Shown =>
        Value is { } money ? (money.Amount, money.Currency.Code)
        : Amount is { } amount && Currency is { } currency ? (amount, currency)
        : throw new InvalidOperationException($"{nameof(MoneyText)} needs {nameof(Value)}, or {nameof(Amount)} and {nameof(Currency)}.");
}
