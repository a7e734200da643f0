using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Payouts;

/// <summary>Where a party's payouts go, masked; owners change it.</summary>
public sealed partial class DestinationPanel : LivePage
{
    [Parameter, EditorRequired]
    public Currency Currency { get; set; } = Currency.Cny;

    [Parameter, EditorRequired]
    public bool MayChange { get; set; }

    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private bool Loaded { get; set; }
    private bool Editing { get; set; }
    private PayoutDestinationView? Current { get; set; }
    private FormErrors Errors { get; } = new();
    private string? Holder { get; set; }
    private string? Account { get; set; }
    private string? BankCode { get; set; }
    private string? BankName { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Current = await Actions.RunAsync<IPayouts, PayoutDestinationView?>(p => p.DestinationAsync(Currency, Gone));
        Loaded = true;
    }

    private async Task SaveAsync()
    {
        var asked = new PayoutDestination(Holder ?? "", Account ?? "", BankCode, BankName ?? "");
        var saved = await Actions.RunAsync<IPayouts, Outcome<PayoutDestinationView>>(p => p.SetDestinationAsync(Currency, asked, Gone));
        if (!saved.IsOk)
        {
            Errors.Set(saved.Problem);
            return;
        }
        Errors.Clear();
        Current = saved.Value;
        (Holder, Account, BankCode, BankName, Editing) = (null, null, null, null, false);
        Toasts.Show(Tone.Running, T["Destination.Saved"]);
        await OnChanged.InvokeAsync();
    }
}
