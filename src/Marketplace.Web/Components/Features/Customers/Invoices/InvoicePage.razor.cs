using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Features.Customers.Invoices;

/// <summary>One invoice as it is printed, for its customer and for the desk, which credits and writes off here.</summary>
public sealed partial class InvoicePage : LivePage
{
    private enum Dialog
    {
        None,
        Credit,
        WriteOff,
    }

    private string? shown;
    private string key = "";

    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private bool Loaded { get; set; }
    private bool IsDesk { get; set; }
    private InvoiceView? Invoice { get; set; }
    private string CustomerName { get; set; } = "";
    private Dialog Asked { get; set; }
    private string? Failure { get; set; }
    private string? Reason { get; set; }
    private int Line { get; set; }
    private decimal? Amount { get; set; }
    private string ListHref => IsDesk ? "/admin/invoices" : "/invoices";

    protected override async Task OnParametersSetAsync()
    {
        if (shown == Id)
            return;
        shown = Id;
        IsDesk = (await Actions.PersonAsync()).Actor.Is(PartyKinds.Platform);
        await LoadAsync();
        Follow(LoadAsync, "ledger");
    }

    private async Task LoadAsync()
    {
        Invoice = await Actions.RunAsync<IInvoices, InvoiceView?>(i => i.FindAsync(Id, Gone));
        // A draft has not printed its customer's name yet.
        if (Invoice is { Buyer: null } draft)
            CustomerName =
                (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(draft.CustomerId, Gone)))?.Name ?? draft.CustomerName;
        Loaded = true;
        StateHasChanged();
    }

    // One key per opening of the dialog: sending it twice credits once.
    private void Ask(Dialog dialog) =>
        (Asked, Failure, Reason, Line, Amount, key) = (dialog, null, null, 0, null, Ids.New(IdPrefix.Operation));

    private void Close(bool open)
    {
        if (!open)
            Asked = Dialog.None;
    }

    private async Task<bool> CreditAsync()
    {
        var request = new CreditNoteRequest(Reason ?? "", Line == 0 ? null : [Line], Amount);
        return await DoneAsync(await Actions.RunAsync<ICreditNotes, Outcome<CreditNoteView>>(n => n.IssueAsync(Id, request, key, Gone)));
    }

    private async Task<bool> WriteOffAsync() =>
        await DoneAsync(await Actions.RunAsync<IInvoices, Outcome<InvoiceView>>(i => i.WriteOffAsync(Id, Reason ?? "", Gone)));

    private async Task<bool> DoneAsync<T>(Outcome<T> outcome)
    {
        if (!outcome.IsOk)
        {
            Failure = outcome.Problem.Errors is [{ } error, ..]
                ? $"{Problems[error.Message]} {Problems[error.Fix]}"
                : Problems[outcome.Problem.Detail].Value;
            return false;
        }
        Asked = Dialog.None;
        await LoadAsync();
        return true;
    }

    private IReadOnlyList<Choice<int>> LineChoices(InvoiceView invoice) =>
        [new(0, T["Credit.AllLines"]), .. invoice.Lines.Select(l => new Choice<int>(l.Line, $"{l.Line}. {l.Description}"))];

    private IEnumerable<(string Label, Money Amount)> Sums(InvoiceView invoice)
    {
        yield return (T["Net"], invoice.Net);
        yield return (T["Tax"], invoice.Tax);
        if (!invoice.Rounding.IsZero)
            yield return (T["Rounding"], invoice.Rounding);
        yield return (T["Total"], invoice.Total);
        if (!invoice.Credited.IsZero)
            yield return (T["Credited"], -invoice.Credited);
        if (!invoice.WrittenOff.IsZero)
            yield return (T["WrittenOff"], invoice.WrittenOff);
        if (invoice.Number is not null)
            yield return (T["Paid"], invoice.Paid);
        if (invoice.Number is not null && !invoice.Open.IsZero)
            yield return (T["Open"], invoice.Open);
    }

    // Less than a minor unit is shown for what it is: the rounding, and the sums it brings to a minor unit.
    private static MoneyDigits DigitsOf(Money amount) => amount.RoundToExponent() == amount ? MoneyDigits.Amount : MoneyDigits.Ledger;

    private string UnitOf(string unit)
    {
        LocalizedString known = T[$"Unit.{unit}"];
        return known.ResourceNotFound ? unit : known.Value;
    }

    private async Task PrintAsync() => await Browser.InvokeVoidAsync("print");
}
