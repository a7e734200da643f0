using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Page;

/// <summary>The top of every page: its one h1, one true sentence, and the actions. It also fills the crumbs and the document's title.</summary>
public partial class PageHead
{
    internal const string CrumbsSection = "crumbs";

    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>One true sentence.</summary>
    [Parameter]
    public string? Sub { get; set; }

    /// <summary>The sentence as markup, where it holds numbers or times of its own.</summary>
    [Parameter]
    public RenderFragment? SubContent { get; set; }

    /// <summary>True puts the live dot before the sentence: the page changes by itself.</summary>
    [Parameter]
    public bool Live { get; set; }

    /// <summary>The steps above this page.</summary>
    [Parameter]
    public IReadOnlyList<Crumb>? Crumbs { get; set; }

    /// <summary>A <see cref="Feedback.StatusChip"/> beside the title.</summary>
    [Parameter]
    public RenderFragment? Status { get; set; }

    /// <summary>Buttons, on the right.</summary>
    [Parameter]
    public RenderFragment? Actions { get; set; }
}
