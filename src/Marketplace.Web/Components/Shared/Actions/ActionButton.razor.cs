using Marketplace.Web.Components.Shared.Icons;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Actions;

/// <summary>How much a button asks for attention. One primary button a panel at most.</summary>
public enum ButtonKind
{
    Plain,
    Primary,
    Danger,
    Quiet,
}

/// <summary>A verb. It is dead until the circuit is connected, and while its own work runs, so no click is lost or doubled.</summary>
public partial class ActionButton
{
    private bool _running;

    [Parameter]
    public string? Text { get; set; }

    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Parameter]
    public ButtonKind Kind { get; set; }

    [Parameter]
    public IconName? IconName { get; set; }

    [Parameter]
    public bool Small { get; set; }

    [Parameter]
    public bool Large { get; set; }

    /// <summary>Submits the form around it.</summary>
    [Parameter]
    public bool Submit { get; set; }

    [Parameter]
    public bool Disabled { get; set; }

    /// <summary>Work that runs elsewhere, for example the form's own submit.</summary>
    [Parameter]
    public bool Busy { get; set; }

    /// <summary>A tooltip: what the action costs or returns.</summary>
    [Parameter]
    public string? Hint { get; set; }

    [Parameter]
    public EventCallback OnClick { get; set; }

    [Parameter(CaptureUnmatchedValues = true)]
    public IReadOnlyDictionary<string, object>? Rest { get; set; }

    private bool IsDisabled => Disabled || Busy || _running || !RendererInfo.IsInteractive;

    private string? KindClass =>
        Kind switch
        {
            ButtonKind.Primary => "primary",
            ButtonKind.Danger => "danger",
            ButtonKind.Quiet => "quiet",
            _ => null,
        };

    private async Task ClickAsync()
    {
        if (_running || !OnClick.HasDelegate)
        {
            return;
        }

        _running = true;
        try
        {
            await OnClick.InvokeAsync();
        }
        finally
        {
            _running = false;
        }
    }
}
