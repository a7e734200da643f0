using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components;

/// <summary>Routing, once the person's time zone is known: no page then shows a time twice.</summary>
public partial class Routes
{
    [Inject]
    private LocalClock Clock { get; set; } = default!;

    private bool Ready { get; set; }

    protected override async Task OnInitializedAsync()
    {
        if (RendererInfo.IsInteractive)
        {
            await Clock.LearnZoneAsync();
        }

        Ready = true;
    }
}
