using Marketplace.Billing.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Payments;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Invoices;

/// <summary>Pays what is open of an invoice: with a saved card where cards are taken, else by bank transfer.</summary>
public sealed partial class PayInvoice : LivePage
{
    private string key = "";

    [Parameter, EditorRequired]
    public InvoiceView Invoice { get; set; } = default!;

    [Parameter]
    public EventCallback OnPaid { get; set; }

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private bool Allowed { get; set; }
    private PaymentSetup Setup { get; set; } = new("", TakesCards: false, IsTest: false, PublishableKey: null);
    private bool Open { get; set; }
    private IReadOnlyList<PaymentMethodView> Methods { get; set; } = [];
    private string Method { get; set; } = "";
    private string? Failure { get; set; }
    private bool MayPay => Allowed && Invoice is { State: InvoiceState.Final, Open.IsZero: false };

    private IReadOnlyList<Choice<string>> MethodChoices => [.. Methods.Select(m => new Choice<string>(m.Id, $"{m.Brand} •••• {m.Last4}"))];

    protected override async Task OnInitializedAsync()
    {
        Setup = await Actions.RunAsync<IPayments, PaymentSetup>(p => Task.FromResult(p.Setup));
        Allowed = (await Actions.PersonAsync()).Actor.Allows(Permission.MoneyWrite);
    }

    private async Task AskAsync()
    {
        // One key per asking: pressing twice pays once.
        (key, Failure) = (Ids.New(IdPrefix.Operation), null);
        Open = true;
        if (!Setup.TakesCards)
            return;
        var methods = await Actions.RunAsync<IPaymentMethods, Outcome<IReadOnlyList<PaymentMethodView>>>(m => m.ListAsync(Gone));
        Methods = methods.IsOk ? methods.Value : [];
        Failure = methods.IsOk ? null : ProblemWords.Of(Problems, methods.Problem);
        Method = (Methods.FirstOrDefault(m => m.IsDefault) ?? Methods.FirstOrDefault())?.Id ?? "";
    }

    private async Task<bool> PayAsync()
    {
        if (Setup.TakesCards && Method.Length == 0)
        {
            Failure = T["Pay.NoMethod"];
            return false;
        }
        var order = new PaymentOrder { InvoiceId = Invoice.Id, Method = Method.Length > 0 ? Method : null };
        var paid = await Actions.RunAsync<IPayments, Outcome<PaymentView>>(p => p.PayAsync(order, key, Gone));
        if (!paid.IsOk || paid.Value.State == PaymentState.Failed)
        {
            Failure = paid.IsOk
                ? $"{T["Pay.Failed"].Value} {Problems[paid.Value.Failure ?? ""].Value}"
                : ProblemWords.Of(Problems, paid.Problem);
            // What failed has failed for good: another try is another payment.
            key = Ids.New(IdPrefix.Operation);
            return false;
        }
        if (paid.Value is { State: PaymentState.RequiresAction, ActionUrl: { } bank })
        {
            Navigation.NavigateTo(bank.ToString(), forceLoad: true);
            return true;
        }
        if (paid.Value.TransferReference is not null)
        {
            Navigation.NavigateTo($"/payments?transfer={paid.Value.Id}");
            return true;
        }
        bool done = paid.Value.State == PaymentState.Succeeded;
        Toasts.Show(done ? Tone.Running : Tone.Moving, T[done ? "Pay.Done" : "Pay.UnderWay", MoneyDisplay.Format(paid.Value.Amount)]);
        await OnPaid.InvokeAsync();
        return true;
    }
}
