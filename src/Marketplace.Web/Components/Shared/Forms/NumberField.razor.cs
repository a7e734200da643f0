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

    private async Task OnChangeAsync(ChangeEventArgs e)
    {
        await TakeAsync(e);
        Errors?.Read(InputId, taken: _unreadable is null);
    }

    private async Task TakeAsync(ChangeEventArgs e)
    {
        _typed = (e.Value as string)?.Trim();
        _unreadable = null;
        if (string.IsNullOrEmpty(_typed))
        {
            await GiveAsync(null);
            return;
        }

        // Thousands separators of both widths are forgiven.
        var plain = _typed
            .Replace(",", "", StringComparison.Ordinal)
            .Replace("，", "", StringComparison.Ordinal)
            .Replace(" ", "", StringComparison.Ordinal);
        if (
            !decimal.TryParse(
                plain,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var value
            )
        )
        {
            _unreadable = T["Number.NotANumber"];
        }
        else if (decimal.Round(value, Decimals) != value)
        {
            _unreadable = Decimals == 0 ? T["Number.Whole"] : T["Number.Decimals", Decimals];
        }
        else if (value < Min)
        {
            _unreadable = T["Number.AtLeast", Min];
        }
        else if (value > Max)
        {
            _unreadable = T["Number.AtMost", Max];
        }
        else
        {
            await GiveAsync(value);
        }
    }

    private Task GiveAsync(decimal? value)
    {
        _given = value;
        return ChangeAsync(value);
    }
}
