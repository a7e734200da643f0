using Marketplace.Web.Components.Features.Costs;
using Marketplace.Web.Components.Features.Customers.Invoices;
using Marketplace.Web.Components.Features.Exports;
using Marketplace.Web.Components.Features.Payouts;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Identity;
using Marketplace.Web.Localization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Radzen;

namespace Marketplace.Web.Components;

/// <summary>The Blazor portal: pages, shell, culture and theme.</summary>
public static class PortalModule
{
    /// <summary>Registers what the portal's pages need. The default navigation source knows the signed-in person and no figures.</summary>
    public static void AddPortal(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddRadzenComponents();
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddPortalLocalization();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddScoped<INavigationSource, ClaimsNavigationSource>();
        services.AddScoped<ISearchSource, RunSearch>().AddScoped<ISearchSource, OfferSearchSource>();
        services.AddScoped<LocalClock>();
        services.AddScoped<Toasts>();
        services.AddScoped<QueryState>();
        services.AddAuthorization();
    }

    /// <summary>The request pipeline in its one right order.</summary>
    public static void UsePortal(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            app.UseExceptionHandler("/error", createScopeForErrors: true);
        }

        // The API answers with problem documents of its own; pages get a page.
        app.UseWhen(
            context => !context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal),
            pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true)
        );

        // After the line above, so that the re-executed request is routed again.
        app.UseRouting();
        app.UseRequestLocalization();
        app.UseIdentity();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    /// <summary>Static assets, pages, downloads, and the endpoint that switches the language.</summary>
    public static void MapPortal(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapCulture();
        app.MapFocusDownloads();
        app.MapPayoutDownloads();
        app.MapDocumentDownloads();
        app.MapCostDownloads();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }
}
