using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Feedback;

/// <summary>What failed, what still holds, one way out, and the trace id to hand over.</summary>
public partial class ErrorState
{
    [Parameter, EditorRequired]
    public string What { get; set; } = "";

    /// <summary>What is unharmed: money, capacity, the running workload.</summary>
    [Parameter]
    public string? Holds { get; set; }

    [Parameter]
    public string? TraceId { get; set; }

    /// <summary>Shows "Try again".</summary>
    [Parameter]
    public EventCallback OnRetry { get; set; }

    /// <summary>Another way out, such as a link.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }
}
