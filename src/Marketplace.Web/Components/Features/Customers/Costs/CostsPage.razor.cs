using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Charts;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Costs;

/// <summary>What was spent, what runs on, and what is left.</summary>
public sealed partial class CostsPage : LivePage
{
    private string topUpKey = "";
    private bool takesCards;
    private string partyId = "";
    private Currency currency = Currency.Cny;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<SharedText> Shared { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<ChargeView>? Grid { get; set; }
    private bool Closed { get; set; }
    private WalletView? Wallet { get; set; }
    private IReadOnlyList<CostGroup> ByDay { get; set; } = [];
    private IReadOnlyList<CostGroup> Groups { get; set; } = [];
    private IReadOnlyList<PaymentView> Payments { get; set; } = [];
    private IReadOnlyDictionary<string, string> OrderNames { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);
    private Money Rate { get; set; }
    private int Running { get; set; }
    private bool TopUpOpen { get; set; }
    private decimal? TopUpAmount { get; set; } = 10_000;
    private string? DialogFailure { get; set; }
    private int Days => Query.GetInt("days", 30) is 7 or 30 or 90 ? Query.GetInt("days", 30) : 30;
    private string By => Query.Get("by") is "order" or "day" ? Query.Get("by")! : "deviceModel";
    private Money Sum => ByDay.Aggregate(Money.Zero(currency), (sum, day) => sum + day.Amount);
    private Money Forecast => Money.From(Rate.Amount * 24 * 30, currency);
    private Money TopUpMoney => Money.From(TopUpAmount ?? 0, currency);

    private string Lasts =>
        Wallet is not { } wallet || Rate.Micros <= 0
            ? T["Available.Idle"]
            : T[
                "Available.Lasts",
                Times.Duration(
                    TimeSpan.FromHours(Math.Min(1e6, (double)((wallet.Available + wallet.Promo + wallet.Held).Amount / Rate.Amount))),
                    Shared
                )
            ];

    // Days without a charge are days too.
    private IReadOnlyList<BarGroup> Bars
    {
        get
        {
            var amounts = ByDay.ToDictionary(day => day.Key, day => (double)day.Amount.Amount, StringComparer.Ordinal);
            DateTime today = Clock.UtcNow.UtcDateTime.Date;
            return
            [
                .. Enumerable
                    .Range(0, Days)
                    .Select(back => today.AddDays(back - Days + 1))
                    .Select(day => new BarGroup(
                        Times.Format(new DateTimeOffset(day, TimeSpan.Zero), TimeStyle.Day),
                        [amounts.GetValueOrDefault(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))]
                    )),
            ];
        }
    }

    protected override async Task OnInitializedAsync()
    {
        Query.Changed += OnQueryChanged;
        var person = await Actions.PersonAsync();
        partyId = person.WorkspaceId;
        Closed = !person.Actor.Allows(Permission.MoneyRead);
        if (Closed)
            return;
        if (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(partyId, Gone)) is { } party)
            currency = Currency.Parse(party.Currency);
        Rate = Money.Zero(currency);
        await LoadAsync();
        takesCards = await Actions.RunAsync<IPayments, bool>(p => Task.FromResult(p.Setup.TakesCards));
        if (Query.Get("topup") is not null)
            AskTopUp();
        Follow(ReloadAsync, "ledger", $"party:{partyId}");
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged()
    {
        if (!Closed)
            _ = InvokeAsync(LoadAsync);
    }

    private async Task ReloadAsync()
    {
        await LoadAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
    }

    private async Task LoadAsync()
    {
        DateTimeOffset to = Clock.UtcNow;
        DateTimeOffset from = new(to.UtcDateTime.Date.AddDays(1 - Days), TimeSpan.Zero);
        ByDay = await GroupsAsync("day", from, to);
        Groups = By == "day" ? [.. ByDay.OrderByDescending(day => day.Key, StringComparer.Ordinal)] : await GroupsAsync(By, from, to);
        if (By != "day")
            Groups = [.. Groups.OrderByDescending(group => group.Amount.Micros)];
        Wallet = await Actions.RunAsync<ILedger, WalletView>(l => l.WalletAsync(partyId, currency, Gone));
        Payments = (await Actions.RunAsync<IPayments, Page<PaymentView>>(p => p.ListAsync(new PageQuery { Limit = 10 }, Gone))).Items;
        var open = (
            await Actions.RunAsync<IContracts, Page<ContractView>>(c =>
                c.ListAsync(
                    new ContractQuery
                    {
                        Open = true,
                        Side = "customer",
                        Limit = PageQuery.MaxLimit,
                    },
                    Gone
                )
            )
        ).Items.Where(c => c.ReadyAt is not null && c.Currency == currency).ToList();
        Running = open.Count;
        Rate = open.Aggregate(Money.Zero(currency), (sum, run) => sum + run.PerHour);
        if (By == "order")
            OrderNames = (
                await Actions.RunAsync<IOrders, Page<OrderView>>(o => o.ListAsync(new OrderQuery { Limit = PageQuery.MaxLimit }, Gone))
            ).Items.ToDictionary(o => o.Id, o => o.Name, StringComparer.Ordinal);
        StateHasChanged();
    }

    private Task<IReadOnlyList<CostGroup>> GroupsAsync(string by, DateTimeOffset from, DateTimeOffset to) =>
        Actions.RunAsync<IRating, IReadOnlyList<CostGroup>>(r => r.GroupedAsync(by, currency, from, to, "customer", Gone));

    private async Task<GridPage<ChargeView>> LoadChargesAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new ChargeQuery
        {
            Skip = query.Skip,
            Sort = query.SortExpression,
            Limit = query.Size,
            Side = "customer",
        };
        return (await Actions.RunAsync<IRating, Page<ChargeView>>(r => r.ChargesAsync(asked, cancellation))).ToGrid();
    }

    private double ShareOf(CostGroup group) => Sum.Micros <= 0 ? 0 : Math.Clamp((double)group.Amount.Micros / Sum.Micros, 0, 1);

    private void AskTopUp()
    {
        // Where cards are taken, the page of payments knows which card.
        if (takesCards)
        {
            Navigation.NavigateTo("/payments?topup=1");
            return;
        }
        // One key per asking: pressing twice pays once.
        topUpKey = Ids.New(IdPrefix.Order);
        DialogFailure = null;
        TopUpOpen = true;
    }

    private async Task<bool> TopUpAsync()
    {
        var paid = await Actions.RunAsync<IPayments, Outcome<PaymentView>>(p => p.TopUpAsync(TopUpMoney, topUpKey, Gone));
        if (!paid.IsOk)
        {
            DialogFailure = paid.Problem.Errors is [{ } error, ..]
                ? $"{Problems[error.Message]} {Problems[error.Fix]}"
                : Problems[paid.Problem.Detail].Value;
            return false;
        }
        Toasts.Show(Tone.Running, T["TopUp.Done", MoneyDisplay.Format(paid.Value.Amount)]);
        Query.Set("topup", null);
        await LoadAsync();
        return true;
    }
}
