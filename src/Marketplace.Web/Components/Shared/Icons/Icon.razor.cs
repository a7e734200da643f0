using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Icons;

/// <summary>One line icon in the text's colour.</summary>
public partial class Icon
{
    [Parameter, EditorRequired]
    public IconName Name { get; set; }

    /// <summary>13 px instead of 16.</summary>
    [Parameter]
    public bool Small { get; set; }

    /// <summary>Spoken name. Leave empty where a word stands beside the icon.</summary>
    [Parameter]
    public string? Title { get; set; }

    private string Class => Small ? "ic s" : "ic";
}
