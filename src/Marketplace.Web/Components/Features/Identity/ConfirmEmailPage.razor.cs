using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.People;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Confirms a mail address by a mailed link.</summary>
public partial class ConfirmEmailPage
{
    [SupplyParameterFromQuery(Name = "token")]
    private string? Token { get; set; }

    private async Task SubmitAsync()
    {
        var done = await AskAsync<EmailConfirmation, Outcome<Done>>(confirmation =>
            confirmation.ConfirmAsync(Token ?? "", Http.RequestAborted)
        );
        if (!done.IsOk)
            Errors.Set(done.Problem);
        else
            Navigation.NavigateTo(
                Http.Features.Get<ActorFeature>()?.SignedIn is null ? "/sign-in?done=confirmed" : "/account?saved=confirmed"
            );
    }
}
