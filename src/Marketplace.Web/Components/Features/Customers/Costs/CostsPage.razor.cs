using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Customers.Budgets;
using Marketplace.Web.Components.Shared;
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
    private static readonly IReadOnlyList<string> Groupings =
    [
        CostGroupings.DeviceModel,
        CostGroupings.Project,
        CostGroupings.Member,
        CostGroupings.Bundle,
        CostGroupings.Order,
        CostGroupings.Day,
    ];

    private string topUpKey = "";
    private bool paysElsewhere;
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
    private CostsBook? Book { get; set; }
    private BudgetView? Budget { get; set; }
    private BurnDown? Line { get; set; }
    private IReadOnlyList<PaymentView> Payments { get; set; } = [];
    private bool TopUpOpen { get; set; }
    private decimal? TopUpAmount { get; set; } = 10_000;
    private string? DialogFailure { get; set; }
    private int Days => Query.GetInt("days", 30) is 7 or 30 or 90 ? Query.GetInt("days", 30) : 30;
    private string By => Groupings.Contains(Query.Get("by") ?? "") ? Query.Get("by")! : Groupings[0];
    private Money TopUpMoney => Money.From(TopUpAmount ?? 0, currency);

    private string Lasts =>
        Wallet is not { } wallet || Book is not { Rate.Micros: > 0 } book
            ? T["Available.Idle"]
            : T[
                "Available.Lasts",
                Times.Duration(
                    TimeSpan.FromHours(Math.Min(1e6, (double)((wallet.Available + wallet.Promo + wallet.Held).Amount / book.Rate.Amount))),
                    Shared
                )
            ];

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
        await LoadAsync();
        paysElsewhere = await Actions.RunAsync<IPayments, bool>(p => Task.FromResult(p.Setup.TakesCards || p.Setup.AwaitsTransfer));
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
        Book = await CostsBook.LoadAsync(Actions, currency, By, Days, Clock.UtcNow, Gone);
        Wallet = await Actions.RunAsync<ILedger, WalletView>(l => l.WalletAsync(partyId, currency, Gone));
        Payments = (await Actions.RunAsync<IPayments, Page<PaymentView>>(p => p.ListAsync(new PageQuery { Limit = 10 }, Gone))).Items;
        Budget = (
            await Actions.RunAsync<IBudgets, Page<BudgetView>>(b =>
                b.ListAsync(new BudgetQuery { State = BudgetState.Active, Limit = PageQuery.MaxLimit }, Gone)
            )
        )
            .Items.Where(b => b.Standing is not null && b.Kind != BudgetKind.HourlyRate)
            .MaxBy(BudgetWords.Share);
        Line = Budget is { } tightest ? await Actions.RunAsync<IBudgets, BurnDown?>(b => b.BurnDownAsync(tightest.Id, Gone)) : null;
        StateHasChanged();
    }

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

    private string AgainstLast(CostsBook book) =>
        book.LastMonth.Micros <= 0
            ? T["Forecast.NoLast"]
            : T["Forecast.Last", Numbers.Change((double)(book.Expected.Micros - book.LastMonth.Micros) / book.LastMonth.Micros)];

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private void AskTopUp()
    {
        // The page of payments knows which card is charged, or where to transfer to.
        if (paysElsewhere)
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
