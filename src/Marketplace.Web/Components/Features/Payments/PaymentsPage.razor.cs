using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Payments;

/// <summary>What was paid, with what, and what went back.</summary>
public sealed partial class PaymentsPage : LivePage
{
    private string topUpKey = "";

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private PaymentGrid? Grid { get; set; }
    private PaymentSetup? Setup { get; set; }
    private IReadOnlyList<PaymentMethodView> Methods { get; set; } = [];
    private string? MethodsFailure { get; set; }
    private Currency Currency { get; set; } = Currency.Cny;
    private bool Closed { get; set; }
    private bool MayPay { get; set; }
    private bool TopUpOpen { get; set; }
    private decimal? TopUpAmount { get; set; } = 1_000;
    private string Method { get; set; } = "";
    private string? Failure { get; set; }
    private Money TopUpMoney => Money.From(TopUpAmount ?? 0, Currency);

    private IReadOnlyList<Choice<string>> MethodChoices =>
        Methods.Count == 0 ? [new("", T["Method.None"])] : [.. Methods.Select(m => new Choice<string>(m.Id, $"{m.Brand} •••• {m.Last4}"))];

    protected override async Task OnInitializedAsync()
    {
        Query.Changed += OnQueryChanged;
        var person = await Actions.PersonAsync();
        Closed = !person.Actor.Allows(Permission.MoneyRead);
        if (Closed)
            return;
        MayPay = person.Actor.Allows(Permission.MoneyWrite);
        if (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(person.WorkspaceId, Gone)) is { } party)
            Currency = Currency.Parse(party.Currency);
        Setup = await Actions.RunAsync<IPayments, PaymentSetup>(p => Task.FromResult(p.Setup));
        if (Setup.TakesCards)
            await LoadMethodsAsync();
        if (MayPay && Query.Get("topup") is not null)
            AskTopUp();
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() => _ = InvokeAsync(StateHasChanged);

    private async Task LoadMethodsAsync()
    {
        var methods = await Actions.RunAsync<IPaymentMethods, Outcome<IReadOnlyList<PaymentMethodView>>>(m => m.ListAsync(Gone));
        MethodsFailure = methods.IsOk ? null : ProblemWords.Of(Problems, methods.Problem);
        Methods = methods.IsOk ? methods.Value : [];
        Method = (Methods.FirstOrDefault(m => m.IsDefault) ?? Methods.FirstOrDefault())?.Id ?? "";
        StateHasChanged();
    }

    private void AskTopUp()
    {
        // One key per asking: pressing twice pays once.
        topUpKey = Ids.New(IdPrefix.Order);
        Failure = null;
        TopUpOpen = true;
    }

    private async Task<bool> TopUpAsync()
    {
        if (Setup is { TakesCards: true } && Method.Length == 0)
        {
            Failure = T["Method.First"];
            return false;
        }
        var order = new PaymentOrder { Amount = TopUpMoney, Method = Method.Length > 0 ? Method : null };
        var paid = await Actions.RunAsync<IPayments, Outcome<PaymentView>>(p => p.PayAsync(order, topUpKey, Gone));
        if (!paid.IsOk || paid.Value.State == PaymentState.Failed)
        {
            Failure = paid.IsOk
                ? $"{T["TopUp.Failed"].Value} {Problems[paid.Value.Failure ?? ""].Value}"
                : ProblemWords.Of(Problems, paid.Problem);
            // What failed has failed for good: another try is another payment.
            topUpKey = Ids.New(IdPrefix.Order);
            return false;
        }
        Query.Set(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["topup"] = null,
                ["transfer"] = paid.Value.TransferReference is null ? null : paid.Value.Id,
            }
        );
        if (paid.Value.TransferReference is not null)
        {
            if (Grid is not null)
                await Grid.ReloadAsync();
            return true;
        }
        if (paid.Value is { State: PaymentState.RequiresAction, ActionUrl: { } bank })
        {
            Navigation.NavigateTo(bank.ToString(), forceLoad: true);
            return true;
        }
        Toasts.Show(
            paid.Value.State == PaymentState.Succeeded ? Tone.Running : Tone.Moving,
            T[paid.Value.State == PaymentState.Succeeded ? "TopUp.Done" : "TopUp.UnderWay", MoneyDisplay.Format(paid.Value.Amount)]
        );
        if (Grid is not null)
            await Grid.ReloadAsync();
        return true;
    }
}
