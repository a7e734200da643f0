using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Shared.Feedback;

/// <summary>One line of a log.</summary>
/// <param name="Source">Who said it, for example a rank or a pod.</param>
public sealed record LogLine(DateTimeOffset? At, string? Source, string Text, bool Warning = false);

/// <summary>A log that follows its end unless the reader has scrolled up. Keep the list bounded; the component draws all of it.</summary>
public partial class LogView
{
    private int _drawn;

    [Parameter, EditorRequired]
    public IReadOnlyList<LogLine> Lines { get; set; } = [];

    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>In px.</summary>
    [Parameter]
    public int? Height { get; set; }

    [Parameter]
    public string? EmptyText { get; set; }

    /// <summary>False leaves the scroll position alone.</summary>
    [Parameter]
    public bool Follow { get; set; } = true;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    private ElementReference Element { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Follow && Lines.Count != _drawn)
        {
            _drawn = Lines.Count;
            await Browser.InvokeVoidAsync("portal.follow", Element);
        }
    }
}
