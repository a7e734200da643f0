using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>A form: fields, the validator's answers at their fields, and a submit button that is dead while the work runs.</summary>
public partial class SubmitForm
{
    /// <summary>Keep it in the page; fill it from a problem, or clear it.</summary>
    [Parameter, EditorRequired]
    public FormErrors Errors { get; set; } = default!;

    /// <summary>A callback, not a function: what it changes on the page around the form is drawn when it is done.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnSubmit { get; set; }

    /// <summary>The verb on the button.</summary>
    [Parameter, EditorRequired]
    public string SubmitText { get; set; } = "";

    [Parameter]
    public bool SubmitDisabled { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Further buttons after the submit button.</summary>
    [Parameter]
    public RenderFragment? Actions { get; set; }

    /// <summary>Extra class names.</summary>
    [Parameter]
    public string? Class { get; set; }

    private bool Busy { get; set; }

    private async Task SubmitAsync()
    {
        if (Busy)
        {
            return;
        }

        Errors.Clear();
        if (Errors.RefusesUnread())
        {
            return;
        }

        Busy = true;
        try
        {
            await OnSubmit.InvokeAsync();
        }
        finally
        {
            Busy = false;
        }
    }
}
