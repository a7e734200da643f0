using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Figures;

/// <summary>One figure of the strip: label, number with its unit, one line of context.</summary>
public partial class Figure
{
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>The number as text.</summary>
    [Parameter]
    public string? Value { get; set; }

    /// <summary>The number as a component, for example <see cref="Text.MoneyText"/>.</summary>
    [Parameter]
    public RenderFragment? ValueContent { get; set; }

    /// <summary>Small, after the number.</summary>
    [Parameter]
    public string? Unit { get; set; }

    /// <summary>One line below.</summary>
    [Parameter]
    public string? Note { get; set; }

    /// <summary>The line below as markup, for example a <see cref="Meter"/> or a link.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Paints the number jade, for a word such as "balanced".</summary>
    [Parameter]
    public bool Good { get; set; }
}
