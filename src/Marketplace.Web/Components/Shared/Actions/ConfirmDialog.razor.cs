using Marketplace.Web.Components.Shared.Forms;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Shared.Actions;

/// <summary>
/// Asks before something that cannot be undone or that costs money, and says what it costs or returns. A native modal dialog: the focus
/// stays inside, Escape keeps everything as it is, and the focus starts on the harmless button.
/// </summary>
public partial class ConfirmDialog
{
    private bool _shown;

    [Parameter]
    public bool Open { get; set; }

    [Parameter]
    public EventCallback<bool> OpenChanged { get; set; }

    /// <summary>The question, for example "Stop this run?".</summary>
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>What the action costs or returns, in one sentence.</summary>
    [Parameter, EditorRequired]
    public string? Cost { get; set; }

    /// <summary>The verb on the button.</summary>
    [Parameter, EditorRequired]
    public string ConfirmText { get; set; } = "";

    /// <summary>The word on the harmless button. Default: "Keep".</summary>
    [Parameter]
    public string? CancelText { get; set; }

    [Parameter]
    public bool Destructive { get; set; } = true;

    /// <summary>The person has to type this word first, for actions that hit many.</summary>
    [Parameter]
    public string? TypeToConfirm { get; set; }

    /// <summary>Why the last attempt failed. The dialog stays open.</summary>
    [Parameter]
    public string? Failure { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>Does the work. The dialog closes when it returns true and stays when it returns false.</summary>
    [Parameter, EditorRequired]
    public Func<Task<bool>> OnConfirm { get; set; } = default!;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    private ElementReference Element { get; set; }

    private FormErrors Errors { get; } = new();

    private string? Typed { get; set; }

    private bool Busy { get; set; }

    private string TitleId { get; } = ElementIds.Next("confirm-title");

    private string TextId { get; } = ElementIds.Next("confirm-text");

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Open && !_shown)
        {
            _shown = true;
            await Browser.InvokeVoidAsync("portal.openDialog", Element);
        }
        else if (!Open)
        {
            _shown = false;
        }
    }

    private async Task ConfirmAsync()
    {
        // A field in the dialog says itself what is wrong with it.
        if (Errors.RefusesUnread())
            return;
        Busy = true;
        try
        {
            if (await OnConfirm())
            {
                await CloseAsync();
            }
            else
            {
                // The page knows why and hands it down as Failure: it has to be drawn again for that.
                await OpenChanged.InvokeAsync(true);
            }
        }
        finally
        {
            Busy = false;
        }
    }

    private Task CancelAsync() => Busy ? Task.CompletedTask : CloseAsync();

    private async Task CloseAsync()
    {
        if (!Open)
        {
            return;
        }

        Typed = null;
        Open = false;
        await OpenChanged.InvokeAsync(false);
    }
}
