using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>The one card of a static page.</summary>
public partial class StaticCard
{
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>One sentence under the title.</summary>
    [Parameter]
    public string? Sub { get; set; }

    /// <summary>560 px instead of 400.</summary>
    [Parameter]
    public bool Wide { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>A last line, such as the way to sign-up.</summary>
    [Parameter]
    public RenderFragment? Foot { get; set; }
}
