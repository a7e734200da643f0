using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.People;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Sets a new password by a mailed link.</summary>
public partial class ResetPasswordPage
{
    [SupplyParameterFromForm(FormName = "reset")]
    private ResetInput Input { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "token")]
    private string? Token { get; set; }

    private bool Good { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new ResetInput();
        Good =
            Token is { Length: > 0 } token && await AskAsync<PasswordReset, bool>(reset => reset.IsGoodAsync(token, Http.RequestAborted));
    }

    private async Task SubmitAsync()
    {
        var done = await AskAsync<PasswordReset, Outcome<Done>>(reset =>
            reset.ResetAsync(Token ?? "", Input.Password ?? "", Http.RequestAborted)
        );
        if (done.IsOk)
            Navigation.NavigateTo("/sign-in?done=reset");
        else
            Errors.Set(done.Problem);
    }

    private sealed class ResetInput
    {
        public string? Password { get; set; }
    }
}
