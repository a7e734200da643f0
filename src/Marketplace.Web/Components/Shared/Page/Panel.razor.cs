using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Page;

/// <summary>A titled surface. Never put one inside another.</summary>
public partial class Panel
{
    [Parameter]
    public string? Title { get; set; }

    /// <summary>A faint remark after the title.</summary>
    [Parameter]
    public string? Sub { get; set; }

    /// <summary>Markup between title and remark, for example a status chip.</summary>
    [Parameter]
    public RenderFragment? Head { get; set; }

    /// <summary>Small buttons or segments on the right of the header.</summary>
    [Parameter]
    public RenderFragment? Actions { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Parameter]
    public RenderFragment? Foot { get; set; }

    /// <summary>No inner padding: for tables, logs and maps that run to the edge.</summary>
    [Parameter]
    public bool Flush { get; set; }

    /// <summary>Extra class names.</summary>
    [Parameter]
    public string? Class { get; set; }

    private string HeadingId { get; } = ElementIds.Next("panel");
}
