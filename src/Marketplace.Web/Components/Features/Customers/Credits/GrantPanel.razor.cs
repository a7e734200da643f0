using Marketplace.Billing.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Customers.Credits;

/// <summary>Promotional credit, what is left of each grant and until when, and the place to redeem a voucher.</summary>
public sealed partial class GrantPanel : LivePage
{
    private string key = "";

    [Parameter, EditorRequired]
    public Currency Currency { get; set; } = Currency.Cny;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private IReadOnlyList<GrantView> Grants { get; set; } = [];
    private FormErrors Errors { get; } = new();
    private string? Code { get; set; }

    // What is used first stands first.
    private List<GrantView> Open =>
        [.. Grants.Where(g => !g.Remaining.IsZero).OrderBy(g => g.ExpiresAt ?? DateTimeOffset.MaxValue).ThenBy(g => g.GrantedAt)];

    private Money Expired => Grants.Aggregate(Money.Zero(Currency), (sum, g) => sum + g.Expired);

    protected override async Task OnInitializedAsync()
    {
        key = Ids.New(IdPrefix.Operation);
        await LoadAsync();
        Follow(LoadAsync, $"party:{(await Actions.PersonAsync()).WorkspaceId}");
    }

    private async Task LoadAsync() =>
        Grants = await Actions.RunAsync<IVouchers, IReadOnlyList<GrantView>>(v => v.GrantsAsync(Currency, Gone));

    private async Task RedeemAsync()
    {
        var redeemed = await Actions.RunAsync<IVouchers, Outcome<RedemptionView>>(v => v.RedeemAsync(Code ?? "", key, Gone));
        if (!redeemed.IsOk)
        {
            Errors.Set(redeemed.Problem);
            return;
        }
        Errors.Clear();
        (Code, key) = (null, Ids.New(IdPrefix.Operation));
        Toasts.Show(Tone.Running, T["Done", MoneyDisplay.Format(redeemed.Value.Amount)]);
        await LoadAsync();
    }
}
