using Marketplace.Market;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>A person and their organisation, in one step.</summary>
public partial class SignUpPage
{
    [Inject]
    private IOptions<MarketOptions> Market { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "sign-up")]
    private SignUpInput Input { get; set; } = default!;

    protected override void OnInitialized() => Input ??= new SignUpInput { Customer = true };

    private async Task SubmitAsync()
    {
        var visitor = Visitor.Of(Http);
        var made = await AskAsync<SignUp, Outcome<SignedUp>>(signUp =>
            signUp.RegisterAsync(Input.ToRequest(Input.Kinds), visitor, Http.RequestAborted)
        );
        if (made.IsOk)
            await EnterAsync(made.Value.SessionId);
        else
            Errors.Set(made.Problem);
    }

    private sealed class SignUpInput : FounderInput
    {
        public bool Customer { get; set; }
        public bool Center { get; set; }
        public bool Operator { get; set; }

        public PartyKinds Kinds =>
            (Customer ? PartyKinds.Customer : PartyKinds.None)
            | (Center ? PartyKinds.Center : PartyKinds.None)
            | (Operator ? PartyKinds.Operator : PartyKinds.None);
    }
}
