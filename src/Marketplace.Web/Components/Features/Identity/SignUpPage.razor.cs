using Marketplace.Market;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>A person and their organisation, in one step.</summary>
public partial class SignUpPage
{
    private static readonly IReadOnlyList<Choice<string>> Currencies =
    [
        .. Currency.All.Select(c => new Choice<string>(c.Code, $"{c.Code} {c.Symbol}")),
    ];

    [Inject]
    private IOptions<MarketOptions> Market { get; set; } = default!;

    [SupplyParameterFromForm(FormName = "sign-up")]
    private SignUpInput Input { get; set; } = default!;

    protected override void OnInitialized() =>
        Input ??= new SignUpInput { Customer = true, Country = CultureModule.IsChinese ? "CN" : null };

    private async Task SubmitAsync()
    {
        var request = new SignUpRequest(
            Input.Name ?? "",
            Input.Email ?? "",
            Input.Password ?? "",
            Input.Organization ?? "",
            Input.Kinds,
            Input.Country ?? "CN",
            Input.Currency ?? "CNY",
            Locale
        );
        var visitor = Visitor.Of(Http);
        var made = await AskAsync<SignUp, Outcome<SignedUp>>(signUp => signUp.RegisterAsync(request, visitor, Http.RequestAborted));
        if (made.IsOk)
            await EnterAsync(made.Value.SessionId);
        else
            Errors.Set(made.Problem);
    }

    private sealed class SignUpInput
    {
        public string? Name { get; set; }
        public string? Email { get; set; }
        public string? Password { get; set; }
        public string? Organization { get; set; }
        public bool Customer { get; set; }
        public bool Center { get; set; }
        public bool Operator { get; set; }
        public string? Country { get; set; }
        public string? Currency { get; set; }

        public PartyKinds Kinds =>
            (Customer ? PartyKinds.Customer : PartyKinds.None)
            | (Center ? PartyKinds.Center : PartyKinds.None)
            | (Operator ? PartyKinds.Operator : PartyKinds.None);
    }
}
