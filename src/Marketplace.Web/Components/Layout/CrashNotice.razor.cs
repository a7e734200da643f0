using System.Diagnostics;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>Shown in place of a page that threw. The exception goes to the log under the trace id that the person sees.</summary>
public partial class CrashNotice
{
    [Parameter, EditorRequired]
    public Exception Error { get; set; } = default!;

    [Parameter]
    public EventCallback OnRetry { get; set; }

    [Inject]
    private ILogger<CrashNotice> Log { get; set; } = default!;

    private string? Trace { get; set; }

    protected override void OnInitialized()
    {
        Trace = Activity.Current?.TraceId.ToString() ?? ActivityTraceId.CreateRandom().ToString();
        Log.LogError(Error, "A page failed. Trace {TraceId}", Trace);
    }
}
