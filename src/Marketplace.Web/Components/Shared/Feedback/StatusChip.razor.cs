using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Feedback;

/// <summary>A state as a word with a shape and a colour.</summary>
public partial class StatusChip
{
    [Parameter, EditorRequired]
    public Tone Tone { get; set; }

    /// <summary>The word, in the person's language.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>No pill behind it: for tables that hold many.</summary>
    [Parameter]
    public bool Plain { get; set; }

    /// <summary>Screen readers announce changes. For the one state a page is about.</summary>
    [Parameter]
    public bool Live { get; set; }

    private string Class => ToneClass + (Plain ? " plain" : "");

    private string ToneClass =>
        Tone switch
        {
            Tone.Running => "run",
            Tone.Waiting => "wait",
            Tone.Moving => "move",
            Tone.Ended => "end",
            Tone.Failed => "bad",
            Tone.Own => "own",
            _ => "none",
        };
}
