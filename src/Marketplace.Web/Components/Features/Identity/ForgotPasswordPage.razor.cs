using Marketplace.Web.Identity.People;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Asks for a reset link. It answers the same whether the address is known or not.</summary>
public partial class ForgotPasswordPage
{
    [SupplyParameterFromForm(FormName = "forgot")]
    private ForgotInput Input { get; set; } = default!;

    private bool Sent { get; set; }

    protected override void OnInitialized() => Input ??= new ForgotInput();

    private async Task SubmitAsync()
    {
        await AskAsync<PasswordReset, bool>(async reset =>
        {
            await reset.AskAsync(Input.Email ?? "", Http.RequestAborted);
            return true;
        });
        Sent = true;
    }

    private sealed class ForgotInput
    {
        public string? Email { get; set; }
    }
}
