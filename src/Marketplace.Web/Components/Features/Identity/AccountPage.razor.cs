using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Localization;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>A person's own name, password and sessions. They belong to the person, so no organisation is needed to see them.</summary>
public partial class AccountPage
{
    [SupplyParameterFromForm(FormName = "profile")]
    private ProfileInput ProfileData { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "password")]
    private PasswordInput PasswordData { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "saved")]
    private string? SavedCode { get; set; }

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private SignedIn Me { get; set; } = default!;

    private FormErrors PasswordErrors { get; } = new();

    private IReadOnlyList<SessionView> Sessions { get; set; } = [];

    private string? Saved =>
        SavedCode is "profile" or "password" or "sessions" or "mail" or "confirmed" ? T["Account.Saved." + SavedCode].Value : null;

    private IReadOnlyList<Choice<string>> Languages => [new("en", "English"), new("zh-Hans", "简体中文")];

    private IReadOnlyList<Choice<string>> Themes =>
        [new("system", T["Theme.system"]), new("light", T["Theme.light"]), new("dark", T["Theme.dark"])];

    protected override async Task OnInitializedAsync()
    {
        Me = Http.Features.Get<ActorFeature>()?.SignedIn ?? throw new SessionEndedException();
        ProfileData ??= new ProfileInput
        {
            Name = Me.Name,
            Locale = Me.Locale,
            Theme = Me.Theme,
        };
        PasswordData ??= new PasswordInput();
        Sessions = await AskAsync<SessionDesk, IReadOnlyList<SessionView>>(desk =>
            desk.ListAsync(Me.PersonId, Me.SessionId, Http.RequestAborted)
        );
    }

    private async Task SaveProfileAsync()
    {
        string locale = ProfileData.Locale ?? "";
        string theme = ProfileData.Theme ?? "";
        var done = await AskAsync<Profile, Outcome<Done>>(profile =>
            profile.ChangeAsync(Me.PersonId, ProfileData.Name ?? "", locale, theme, Http.RequestAborted)
        );
        if (!done.IsOk)
        {
            Errors.Set(done.Problem);
            return;
        }
        Remember(
            CookieRequestCultureProvider.DefaultCookieName,
            CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(locale)),
            httpOnly: true
        );
        // theme.js reads this one; without it the system decides.
        if (theme == "system")
            Http.Response.Cookies.Delete("theme");
        else
            Remember("theme", theme, httpOnly: false);
        Navigation.NavigateTo("/account?saved=profile");
    }

    private async Task ChangePasswordAsync()
    {
        var done = await AskAsync<PasswordReset, Outcome<Done>>(reset =>
            reset.ChangeAsync(Me.PersonId, Me.SessionId, PasswordData.Current ?? "", PasswordData.Password ?? "", Http.RequestAborted)
        );
        if (done.IsOk)
            Navigation.NavigateTo("/account?saved=password");
        else
            PasswordErrors.Set(done.Problem);
    }

    private async Task ConfirmAgainAsync()
    {
        await AskAsync<EmailConfirmation, Outcome<Done>>(confirmation => confirmation.AskAgainAsync(Me.PersonId, Http.RequestAborted));
        Navigation.NavigateTo("/account?saved=mail");
    }

    private async Task EndAsync(SessionView session)
    {
        await AskAsync<SessionDesk, Outcome<Done>>(desk => desk.EndAsync(Me.PersonId, session.Id, Http.RequestAborted));
        if (session.Current)
            await Http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        Navigation.NavigateTo(session.Current ? "/sign-in" : "/account?saved=sessions");
    }

    private async Task EndOthersAsync()
    {
        await AskAsync<SessionDesk, int>(desk => desk.EndAllAsync(Me.PersonId, Me.SessionId, Http.RequestAborted));
        Navigation.NavigateTo("/account?saved=sessions");
    }

    private void Remember(string name, string value, bool httpOnly) =>
        Http.Response.Cookies.Append(
            name,
            value,
            new CookieOptions
            {
                Expires = Time.GetUtcNow().AddYears(1),
                IsEssential = true,
                SameSite = SameSiteMode.Lax,
                HttpOnly = httpOnly,
                Secure = Http.Request.IsHttps,
            }
        );

    private sealed class ProfileInput
    {
        public string? Name { get; set; }
        public string? Locale { get; set; }
        public string? Theme { get; set; }
    }

    private sealed class PasswordInput
    {
        public string? Current { get; set; }
        public string? Password { get; set; }
    }
}
