using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Icons;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Dev;

/// <summary>All shared components with sample values, in Development only. For pictures and for page authors.</summary>
public partial class GalleryPage
{
    private static readonly IReadOnlyList<Crumb> Crumbs = [new("Development", "/")];

    private static readonly IReadOnlyList<Choice<string>> Views =
    [
        new("matrix", "Matrix", IconName.Grid),
        new("map", "Map", IconName.Map),
        new("list", "List", IconName.List),
    ];

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    private bool Asking { get; set; }

    private DateTimeOffset Now => Clock.UtcNow;

    protected override void OnInitialized()
    {
        if (!Environment.IsDevelopment())
        {
            Navigation.NotFound();
        }
    }

    private void AskToStop() => Asking = true;

    private void ShowToast() => Toasts.Show(Tone.Running, "Sample order placed. Nothing was bought.");

    private Task<bool> StopAsync()
    {
        Toasts.Show(Tone.Ended, "Sample run stopped. Nothing was running.");
        return Task.FromResult(true);
    }
}
