using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Shared.Forms;

/// <summary>Draws its content once the component library's style and script are there. Only fields in this folder use it.</summary>
public partial class LibraryReady
{
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    private bool Ready { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await Browser.InvokeVoidAsync(
                "portal.library",
                Assets["_content/Radzen.Blazor/css/material-base.css"],
                Assets["_content/Radzen.Blazor/Radzen.Blazor.min.js"]
            );
            Ready = true;
            StateHasChanged();
        }
    }
}
