using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>A number with its unit. Text that is no number, or lies outside the bounds, is said so at once and not passed on.</summary>
public partial class NumberField
{
    private string? _unreadable;
    private string? _typed;
    private decimal? _given;

    /// <summary>After the number: cards, hours, GiB.</summary>
    [Parameter]
    public string? Unit { get; set; }

    /// <summary>Before the number: a currency sign.</summary>
    [Parameter]
    public string? Prefix { get; set; }

    [Parameter]
    public decimal? Min { get; set; }

    [Parameter]
    public decimal? Max { get; set; }

    /// <summary>How many decimals may be given.</summary>
    [Parameter]
    public int Decimals { get; set; }

    private string? Shown => _unreadable is null ? Value?.ToString("0.############", CultureInfo.InvariantCulture) : _typed;

    /// <summary>A number that the form sets itself replaces what could not be read.</summary>
    protected override void OnParametersSet()
    {
        base.OnParametersSet();
        if (Value != _given)
        {
            _given = Value;
            _unreadable = null;
            Errors?.Read(InputId, taken: true);
        }
    }

    // Said before the change is passed on: what follows from it, such as a new price, takes its time, and meanwhile the form may be sent.
    private Task OnChangeAsync(ChangeEventArgs e)
    {
        _typed = (e.Value as string)?.Trim();
        _unreadable = Read(_typed, out decimal? value);
        Errors?.Read(InputId, taken: _unreadable is null);
        if (_unreadable is not null)
            return Task.CompletedTask;
        _given = value;
        return ChangeAsync(value);
    }

    // Null, or what is wrong with the text.
    private string? Read(string? text, out decimal? value)
    {
        value = null;
        if (string.IsNullOrEmpty(text))
            return null;
        // Thousands separators of both widths are forgiven.
        var plain = text.Replace(",", "", StringComparison.Ordinal)
            .Replace("，", "", StringComparison.Ordinal)
            .Replace(" ", "", StringComparison.Ordinal);
        const NumberStyles styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!decimal.TryParse(plain, styles, CultureInfo.InvariantCulture, out var number))
            return T["Number.NotANumber"];
        value = number;
        if (decimal.Round(number, Decimals) != number)
            return Decimals == 0 ? T["Number.Whole"] : T["Number.Decimals", Decimals];
        if (number < Min)
            return T["Number.AtLeast", Min];
        return number > Max ? T["Number.AtMost", Max].Value : null;
    }
}
