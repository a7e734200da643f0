using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Setup;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Sets up the first network desk by the address the host prints; 404 without its secret, and once there is a desk.</summary>
public partial class SetupPage
{
    [SupplyParameterFromForm(FormName = "setup")]
    private FounderInput Input { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "token")]
    private string? Token { get; set; }

    private bool Good { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new FounderInput();
        // The secret stands in the address: it goes to no other site and into no cache.
        Http.Response.Headers["Referrer-Policy"] = "no-referrer";
        Http.Response.Headers.CacheControl = "no-store";
        Good = Token is { Length: > 0 } token && await AskAsync<FirstDesk, bool>(desk => desk.IsGoodAsync(token, Http.RequestAborted));
        if (!Good)
            Navigation.NotFound();
    }

    private async Task SubmitAsync()
    {
        var visitor = Visitor.Of(Http);
        var made = await AskAsync<FirstDesk, Outcome<SignedUp>>(desk =>
            desk.SetUpAsync(Token ?? "", Input.ToRequest(PartyKinds.Platform), visitor, Http.RequestAborted)
        );
        if (made.IsOk)
            await EnterAsync(made.Value.SessionId);
        else if (made.Problem.Kind == ProblemKind.Gone)
            Navigation.NotFound();
        else
            Errors.Set(made.Problem);
    }
}
