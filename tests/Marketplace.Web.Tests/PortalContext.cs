using System.Globalization;
using System.Security.Claims;
using Bunit;
using Marketplace.Testing;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Radzen;

namespace Marketplace.Web.Tests;

/// <summary>What a component finds on a circuit: texts, a clock that stands still, toasts, the URL, and a browser that agrees to everything.</summary>
public abstract class PortalContext : BunitContext
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly (CultureInfo Culture, CultureInfo Texts) _before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);

    // The bound of a failure on a busy machine, never the measure.
    static PortalContext() => DefaultWaitTimeout = TimeSpan.FromSeconds(30);

    protected PortalContext()
    {
        Speak("en");
        JSInterop.Mode = JSRuntimeMode.Loose;
        JSInterop.Setup<string>("portal.timeZone").SetResult("Asia/Shanghai");
        Services.AddTexts();
        Services.AddLogging();
        Services.AddRadzenComponents();
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddScoped<LocalClock>();
        Services.AddScoped<Toasts>();
        Services.AddScoped<QueryState>();
    }

    protected ManualTimeProvider Time { get; } = new(Noon);

    protected NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    /// <summary>False plays the moment before the circuit is connected.</summary>
    protected bool Connected { get; set; } = true;

    // Not in the constructor: telling the renderer closes the list of services.
    public override IRenderedComponent<TComponent> Render<TComponent>(
        Action<ComponentParameterCollectionBuilder<TComponent>>? parameterBuilder = null
    )
    {
        SetRendererInfo(new RendererInfo(Connected ? "Server" : "Static", Connected));
        return base.Render(parameterBuilder);
    }

    /// <summary>Null is nobody. bUnit's own way needs a package that the feed lacks.</summary>
    protected void SignIn(string? name)
    {
        var identity = name is null ? new ClaimsIdentity() : new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "test");
        Enter(new ClaimsPrincipal(identity));
    }

    protected void Enter(ClaimsPrincipal person)
    {
        Services.AddSingleton<AuthenticationStateProvider>(new KnownPerson(person));
        Services.AddCascadingAuthenticationState();
    }

    private sealed class KnownPerson(ClaimsPrincipal person) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(person));
    }

    /// <summary>Switches the language of everything rendered from here on.</summary>
    protected static void Speak(string culture)
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
    }

    protected override void Dispose(bool disposing)
    {
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = _before;
        base.Dispose(disposing);
    }
}
