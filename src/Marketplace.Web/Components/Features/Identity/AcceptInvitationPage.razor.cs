using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Team;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Joins an organisation by a mailed link.</summary>
public partial class AcceptInvitationPage
{
    [SupplyParameterFromForm(FormName = "accept")]
    private AcceptInput Input { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "token")]
    private string? Token { get; set; }

    private InvitationOffer? Offer { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new AcceptInput();
        Offer = Token is { Length: > 0 } token
            ? await AskAsync<AcceptInvitation, InvitationOffer?>(accept => accept.ReadAsync(token, Http.RequestAborted))
            : null;
    }

    private async Task SubmitAsync()
    {
        var request = new AcceptRequest(Token ?? "", Input.Name ?? "", Input.Password ?? "", Locale);
        var visitor = Visitor.Of(Http);
        var joined = await AskAsync<AcceptInvitation, Outcome<string>>(accept => accept.AcceptAsync(request, visitor, Http.RequestAborted));
        if (joined.IsOk)
            await EnterAsync(joined.Value);
        else
            Errors.Set(joined.Problem);
    }

    private sealed class AcceptInput
    {
        public string? Name { get; set; }
        public string? Password { get; set; }
    }
}
