using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Figures;

/// <summary>A share of something. Turns amber from <see cref="WarnAt"/>, red from 1.</summary>
public partial class Meter
{
    /// <summary>0 to 1; more than 1 fills the bar.</summary>
    [Parameter, EditorRequired]
    public double Value { get; set; }

    /// <summary>What it measures, for screen readers.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>From this share on the bar is amber. Null: never.</summary>
    [Parameter]
    public double? WarnAt { get; set; }

    /// <summary>5 px instead of 8.</summary>
    [Parameter]
    public bool Thin { get; set; }

    private double Share => Math.Clamp(Value, 0, 1);

    private string? Class =>
        WarnAt is null ? null
        : Value >= 1 ? "x"
        : Value >= WarnAt ? "h"
        : null;
}
