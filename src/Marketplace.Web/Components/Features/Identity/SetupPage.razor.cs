using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Identity.Setup;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Sets up the first network desk by the address the host prints; 404 without its secret, and once there is a desk.</summary>
public partial class SetupPage
{
    private static readonly IReadOnlyList<Choice<string>> Currencies =
    [
        .. Currency.All.Select(c => new Choice<string>(c.Code, $"{c.Code} {c.Symbol}")),
    ];

    [SupplyParameterFromForm(FormName = "setup")]
    private SetupInput Input { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "token")]
    private string? Token { get; set; }

    private bool Good { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new SetupInput { Country = CultureModule.IsChinese ? "CN" : null };
        // The secret stands in the address: it goes to no other site and into no cache.
        Http.Response.Headers["Referrer-Policy"] = "no-referrer";
        Http.Response.Headers.CacheControl = "no-store";
        Good = Token is { Length: > 0 } token && await AskAsync<FirstDesk, bool>(desk => desk.IsGoodAsync(token, Http.RequestAborted));
        if (!Good)
            Navigation.NotFound();
    }

    private async Task SubmitAsync()
    {
        var request = new SignUpRequest(
            Input.Name ?? "",
            Input.Email ?? "",
            Input.Password ?? "",
            Input.Organization ?? "",
            PartyKinds.Platform,
            Input.Country ?? "CN",
            Input.Currency ?? "CNY",
            Locale
        );
        var visitor = Visitor.Of(Http);
        var made = await AskAsync<FirstDesk, Outcome<SignedUp>>(desk =>
            desk.SetUpAsync(Token ?? "", request, visitor, Http.RequestAborted)
        );
        if (made.IsOk)
            await EnterAsync(made.Value.SessionId);
        else if (made.Problem.Kind == ProblemKind.Gone)
            Navigation.NotFound();
        else
            Errors.Set(made.Problem);
    }

    private sealed class SetupInput
    {
        public string? Organization { get; set; }
        public string? Name { get; set; }
        public string? Email { get; set; }
        public string? Password { get; set; }
        public string? Country { get; set; }
        public string? Currency { get; set; }
    }
}
