using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>A moment on the person's clock, with UTC on hover.</summary>
public sealed partial class TimeText : IDisposable
{
    private bool _listening;

    /// <summary>Null shows a dash.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset? Value { get; set; }

    [Parameter]
    public TimeStyle Style { get; set; } = TimeStyle.DateTime;

    /// <summary>"6 s ago" instead; it keeps itself up to date.</summary>
    [Parameter]
    public bool Relative { get; set; }

    /// <summary>Extra class names.</summary>
    [Parameter]
    public string? Class { get; set; }

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    protected override void OnParametersSet()
    {
        if (Relative && !_listening)
        {
            _listening = true;
            Clock.Ticked += Refresh;
        }
    }

    public void Dispose()
    {
        if (_listening)
        {
            Clock.Ticked -= Refresh;
        }
    }

    private void Refresh() => _ = InvokeAsync(StateHasChanged);

    private string Shown(DateTimeOffset moment) =>
        Relative ? Times.Relative(moment, Clock.UtcNow, T) : Times.Format(Clock.ToLocal(moment), Style);
}
