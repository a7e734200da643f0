using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>Who may resell what, within which markups: requests to answer, grants to change or revoke.</summary>
public sealed partial class ResalePanel
{
    private const decimal Hundred = 100;

    /// <summary>Only this listing; null is all of the center's.</summary>
    [Parameter]
    public string? ListingId { get; set; }

    [Inject]
    private PortalActions Actions { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private IReadOnlyList<AuthorizationView>? Rows { get; set; }
    private IReadOnlyList<ListingView> Listings { get; set; } = [];
    private IReadOnlyDictionary<string, PartyView> Operators { get; set; } = new Dictionary<string, PartyView>(StringComparer.Ordinal);
    private GrantForm Form { get; set; } = new();
    private FormErrors Errors { get; } = new();
    private bool Granting { get; set; }
    private (AuthorizationView Row, AuthorizationState To)? Deciding { get; set; }
    private string? Refusal { get; set; }

    private IReadOnlyList<Choice<string>> ListingChoices => [.. Listings.Select(l => new Choice<string>(l.Id, l.Title))];

    private IReadOnlyList<Choice<string>> OperatorChoices =>
        [
            .. Operators.Values.OrderBy(o => o.Name, StringComparer.Ordinal).Select(o => new Choice<string>(o.Id, o.Name)),
            new(GrantForm.Other, T["Resale.Operator.Other"]),
        ];

    private string DecideTitle =>
        Deciding is not { } asked
            ? ""
            : T[
                asked.To is AuthorizationState.Declined ? "Resale.Decline.Title" : "Resale.Revoke.Title",
                Operators.NameOf(asked.Row.OperatorId),
                asked.Row.Listing.Title
            ];

    private string DecideCost => T[Deciding?.To is AuthorizationState.Declined ? "Resale.Decline.Cost" : "Resale.Revoke.Cost"];

    protected override Task OnInitializedAsync() => LoadAsync();

    /// <summary>Reads again, for a page that follows changes.</summary>
    public async Task LoadAsync()
    {
        var rows = await Actions.RunAsync<IResale, IReadOnlyList<AuthorizationView>>(r => r.ListAsync(CancellationToken.None));
        string[] operators = [.. rows.Select(r => r.OperatorId).Distinct(StringComparer.Ordinal)];
        Operators = await Actions.RunAsync<IParties, IReadOnlyDictionary<string, PartyView>>(p =>
            p.FindManyAsync(operators, CancellationToken.None)
        );
        var listings = await Actions.RunAsync<ISupply, Page<ListingView>>(s =>
            s.ListingsAsync(new ListingQuery { Limit = PageQuery.MaxLimit }, CancellationToken.None)
        );
        Listings = [.. listings.Items.Where(l => l.State != ListingState.Withdrawn && (ListingId is null || l.Id == ListingId))];
        Rows = [.. rows.Where(r => ListingId is null || r.ListingId == ListingId).OrderBy(r => r.State).ThenByDescending(r => r.CreatedAt)];
        StateHasChanged();
    }

    private void OpenGrant()
    {
        Form = new GrantForm { ListingId = Listings[0].Id, KnownOperator = OperatorChoices[0].Value };
        Errors.Clear();
        Granting = true;
    }

    private void Answer(AuthorizationView row)
    {
        Form = new GrantForm
        {
            ListingId = row.ListingId,
            KnownOperator = row.OperatorId,
            IsAnswer = true,
        };
        if (row.State is AuthorizationState.Granted)
            (Form.MinPercent, Form.MaxPercent) = (row.MinMarkup * Hundred, row.MaxMarkup * Hundred);
        Errors.Clear();
        Granting = true;
    }

    private async Task GrantAsync()
    {
        GrantForm form = Form;
        var granted = await Actions.RunAsync<IResale, Outcome<AuthorizationView>>(r =>
            r.GrantAsync(
                form.ListingId,
                form.OperatorId,
                (form.MinPercent ?? 0) / Hundred,
                (form.MaxPercent ?? 0) / Hundred,
                CancellationToken.None
            )
        );
        if (!granted.IsOk)
        {
            Errors.Set(granted.Problem);
            return;
        }
        Granting = false;
        await LoadAsync();
        Toasts.Show(Tone.Running, T["Resale.Granted", Operators.NameOf(granted.Value.OperatorId), granted.Value.Listing.Title]);
    }

    private void Ask(AuthorizationView row, AuthorizationState to) => (Deciding, Refusal) = ((row, to), null);

    private async Task<bool> DecideAsync()
    {
        var (row, to) = Deciding!.Value;
        var decided = await Actions.RunAsync<IResale, Outcome<AuthorizationView>>(r =>
            to is AuthorizationState.Declined
                ? r.DeclineAsync(row.Id, CancellationToken.None)
                : r.RevokeAsync(row.Id, CancellationToken.None)
        );
        Refusal = decided.IsOk ? null : Problems[decided.Problem.Detail].Value;
        if (!decided.IsOk)
        {
            // The dialog stays and shows why.
            StateHasChanged();
            return false;
        }
        await LoadAsync();
        return true;
    }

    /// <summary>What is typed to authorise an operator; markups in percent.</summary>
    private sealed class GrantForm
    {
        public const string Other = "other";

        public string ListingId { get; set; } = "";
        public string KnownOperator { get; set; } = Other;
        public string? OtherOperator { get; set; }
        public decimal? MinPercent { get; set; } = 5;
        public decimal? MaxPercent { get; set; } = 40;

        /// <summary>Answers one request or changes one grant: who and what are given.</summary>
        public bool IsAnswer { get; init; }

        public bool IsOther => KnownOperator == Other;
        public string OperatorId => IsOther ? OtherOperator?.Trim() ?? "" : KnownOperator;
    }
}
