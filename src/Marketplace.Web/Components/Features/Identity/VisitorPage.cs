using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Identity.Endpoints;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>What the static pages share: nobody is signed in yet, so their actions run as the system and check for themselves who asks.</summary>
public abstract class VisitorPage : ComponentBase
{
    [CascadingParameter]
    private protected HttpContext Http { get; set; } = default!;

    [Inject]
    private protected IServiceScopeFactory Scopes { get; set; } = default!;

    [Inject]
    private protected NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private protected IStringLocalizer<AccountText> T { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "returnUrl")]
    private protected string? ReturnUrl { get; set; }

    private protected FormErrors Errors { get; } = new();

    private protected static string Locale => CultureModule.Language;

    private protected Task<TResult> AskAsync<TService, TResult>(Func<TService, Task<TResult>> action)
        where TService : notnull => Scopes.ActAsync(Actor.System, action);

    /// <summary>Signs the browser in and goes on.</summary>
    private protected async Task EnterAsync(string sessionId)
    {
        await SessionCookie.IssueAsync(Http, sessionId);
        Navigation.NavigateTo(PortalSession.Local(ReturnUrl));
    }

    /// <summary>A link to another of these pages that keeps where to go afterwards.</summary>
    private protected string Keep(string path) => ReturnUrl is { Length: > 0 } url ? $"{path}?returnUrl={Uri.EscapeDataString(url)}" : path;
}
