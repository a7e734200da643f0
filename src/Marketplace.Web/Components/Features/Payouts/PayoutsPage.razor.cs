using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Centers.Earnings;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Payouts;

/// <summary>What a center or an operator has to come, when, where to, and what came.</summary>
public sealed partial class PayoutsPage : LivePage
{
    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<PayoutView>? Grid { get; set; }
    private PayoutBalance? Balance { get; set; }
    private Currency Currency { get; set; } = Currency.Cny;
    private bool Closed { get; set; }
    private bool IsOwner { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];

    private string Country { get; set; } = "";

    // Another key reads the destination anew: what the account's panel does may change it.
    private int DestinationKey { get; set; }
    private string ReturnPath => IsOperator ? "/operator/payouts" : "/center/payouts";

    private bool IsOperator => Navigation.ToBaseRelativePath(Navigation.Uri).StartsWith("operator/", StringComparison.Ordinal);
    private string Role => IsOperator ? "operator" : "center";
    private string StatementPath => IsOperator ? "/operator/revenue/statement" : "/center/statement";

    protected override async Task OnInitializedAsync()
    {
        Filters =
        [
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<PayoutState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
        ];
        var person = await Actions.PersonAsync();
        Closed = !person.Actor.Allows(Permission.MoneyRead);
        if (Closed)
            return;
        IsOwner = person.Actor.Role == MemberRole.Owner;
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        Country = (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(person.WorkspaceId, Gone)))?.Country ?? "";
        await LoadAsync();
        Follow(LoadAsync, $"party:{person.WorkspaceId}");
    }

    private async Task LoadAsync()
    {
        var read = await Actions.RunAsync<IPayouts, Outcome<PayoutBalance>>(p => p.BalanceAsync(Role, Currency, Gone));
        Closed = !read.IsOk;
        Balance = read.IsOk ? read.Value : null;
        if (Grid is not null)
            await Grid.ReloadAsync();
    }

    private Task AccountChangedAsync()
    {
        DestinationKey++;
        return LoadAsync();
    }

    private async Task<GridPage<PayoutView>> LoadPayoutsAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new PayoutQuery
        {
            Role = Role,
            Skip = query.Skip,
            Limit = query.Size,
            Sort = query.SortExpression,
            State = Enum.TryParse(query.Filter("state"), out PayoutState state) ? state : null,
        };
        return (await Actions.RunAsync<IPayouts, Page<PayoutView>>(p => p.ListAsync(asked, cancellation))).ToGrid();
    }

    private string LessNote(PayoutBalance balance)
    {
        List<string> less = [];
        if (!balance.Owed.IsZero)
            less.Add(T["Less.Owed", MoneyDisplay.Format(balance.Owed)]);
        if (!balance.HeldBack.IsZero)
            less.Add(T["Less.Held", MoneyDisplay.Format(balance.HeldBack)]);
        return less.Count == 0 ? T["Payable.Note"] : string.Join(", ", less);
    }

    // The product's own reasons are known words; the desk's are not.
    private string? WhyOf(PayoutView payout) =>
        payout.WaitsFor is { } waits ? T[$"Waits.{waits}"].Value
        : payout.Reason is { } reason ? Problems[reason].Value
        : null;
}
