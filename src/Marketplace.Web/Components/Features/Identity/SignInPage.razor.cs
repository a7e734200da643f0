using System.Globalization;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.Endpoints;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Address and password.</summary>
public partial class SignInPage
{
    [SupplyParameterFromForm(FormName = "sign-in")]
    private SignInInput Input { get; set; } = default!;

    /// <summary>Set by the pages that lead here after their work is done.</summary>
    [SupplyParameterFromQuery(Name = "done")]
    private string? DoneCode { get; set; }

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private string? Failure { get; set; }

    private string? Done => DoneCode is "reset" or "confirmed" ? T["SignIn.Done." + DoneCode].Value : null;

    protected override void OnInitialized()
    {
        Input ??= new SignInInput();
        if (HttpMethods.IsGet(Http.Request.Method) && Http.Features.Get<ActorFeature>()?.SignedIn is { Actor: not null })
            Navigation.NavigateTo(PortalSession.Local(ReturnUrl));
    }

    private async Task SubmitAsync()
    {
        var visitor = Visitor.Of(Http);
        switch (
            await AskAsync<SignIn, SignInResult>(signIn =>
                signIn.TryAsync(Input.Email ?? "", Input.Password ?? "", visitor, Http.RequestAborted)
            )
        )
        {
            case SignInResult.Ok ok:
                await EnterAsync(ok.SessionId);
                break;
            case SignInResult.Wrong wrong:
                Failure = wrong.AttemptsLeft <= 2 ? T["SignIn.Wrong.Left", wrong.AttemptsLeft] : T["SignIn.Wrong"];
                break;
            case SignInResult.Locked locked:
                Failure = T[
                    "SignIn.Locked",
                    locked.Until.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture),
                    Math.Ceiling((locked.Until - Time.GetUtcNow()).TotalMinutes)
                ];
                break;
        }
    }

    private sealed class SignInInput
    {
        public string? Email { get; set; }
        public string? Password { get; set; }
    }
}
