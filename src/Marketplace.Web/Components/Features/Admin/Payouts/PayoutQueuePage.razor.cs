using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Admin.Payouts;

/// <summary>The desk's queue: who is to be paid, what stands against it, the bank's files, and what is held back.</summary>
public sealed partial class PayoutQueuePage : LivePage
{
    private const string Center = "center";
    private const string Operator = "operator";
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<Choice<string>>> payees = new(StringComparer.Ordinal);
    private string key = "";

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private DataGrid<PayoutView>? Grid { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private IReadOnlyList<PayoutFileView> Files { get; set; } = [];
    private IReadOnlyList<PayoutHoldView> Holds { get; set; } = [];
    private (PayoutView Payout, PayoutAction Action)? Asked { get; set; }
    private string? Text { get; set; }
    private string? Failure { get; set; }
    private bool Filing { get; set; }
    private string FileCurrency { get; set; } = Currency.Cny.Code;
    private bool Holding { get; set; }
    private FormErrors Errors { get; } = new();
    private string? HoldParty { get; set; }
    private string HoldRole { get; set; } = Center;
    private string HoldCurrency { get; set; } = Currency.Cny.Code;
    private decimal? HoldAmount { get; set; }
    private string? HoldReason { get; set; }

    private IReadOnlyList<Choice<string>> Roles => [new(Center, T["Role.center"]), new(Operator, T["Role.operator"])];

    protected override async Task OnInitializedAsync()
    {
        Filters =
        [
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<PayoutState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
            new(T["Role"], "role", T["Any"], Roles),
        ];
        key = Ids.New(IdPrefix.Operation);
        await LoadSidesAsync();
        Follow(ReloadAsync, "payouts");
    }

    private async Task ReloadAsync()
    {
        await LoadSidesAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
    }

    private async Task LoadSidesAsync()
    {
        var files = await Actions.RunAsync<IPayouts, Outcome<IReadOnlyList<PayoutFileView>>>(p => p.FilesAsync(Gone));
        var holds = await Actions.RunAsync<IPayouts, Outcome<IReadOnlyList<PayoutHoldView>>>(p => p.HoldsAsync(Gone));
        Files = files.IsOk ? files.Value : [];
        Holds = holds.IsOk ? holds.Value : [];
        Failure = files.IsOk ? null : Problems[files.Problem.Detail].Value;
        await NameAsync(Holds.Select(h => h.PartyId));
    }

    private async Task<GridPage<PayoutView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new PayoutQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Sort = query.SortExpression,
            Role = query.Filter("role"),
            State = Enum.TryParse(query.Filter("state"), out PayoutState state) ? state : null,
        };
        var page = await Actions.RunAsync<IPayouts, Page<PayoutView>>(p => p.ListAsync(asked, cancellation));
        await NameAsync(page.Items.Select(p => p.PartyId));
        return page.ToGrid();
    }

    private async Task NameAsync(IEnumerable<string> partyIds)
    {
        foreach (string id in partyIds.Distinct(StringComparer.Ordinal).Where(id => !names.ContainsKey(id)).ToList())
            names[id] = (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(id, Gone)))?.Name ?? id;
    }

    private string NameOf(string partyId) => names.GetValueOrDefault(partyId) ?? partyId;

    private string? WhyOf(PayoutView payout) =>
        payout.WaitsFor is { } waits ? T[$"Waits.{waits}"].Value
        : payout.Reason is { } reason ? Problems[reason].Value
        : payout is { State: PayoutState.Eligible, TwoPerson: true }
            ? T[payout.ProposedBy is null ? "TwoPerson.First" : "TwoPerson.Second"].Value
        : null;

    private static PayoutAction[] ChoicesOf(PayoutView payout) =>
        payout.State switch
        {
            PayoutState.Accrued => [PayoutAction.Hold],
            PayoutState.Held => [PayoutAction.Release],
            PayoutState.Eligible when payout is { TwoPerson: true, ProposedBy: null } => [PayoutAction.Propose, PayoutAction.Hold],
            PayoutState.Eligible => [PayoutAction.Approve, PayoutAction.Hold],
            PayoutState.Approved => [PayoutAction.Hold],
            PayoutState.Submitted when payout.Provider == "bank-transfer" => [PayoutAction.MarkPaid, PayoutAction.MarkReturned],
            _ => [],
        };

    private static bool NeedsText(PayoutAction action) => action is PayoutAction.Hold or PayoutAction.MarkPaid or PayoutAction.MarkReturned;

    private void Ask(PayoutView payout, PayoutAction action) => (Asked, Text, Failure) = ((payout, action), null, null);

    private void AskFile() => (Filing, Failure, key) = (true, null, Ids.New(IdPrefix.Operation));

    private void Close(bool open)
    {
        if (!open)
            Asked = null;
    }

    private async Task<bool> ActAsync()
    {
        if (Asked is not { } asked)
            return true;
        var done = await Actions.RunAsync<IPayouts, Outcome<PayoutView>>(p => p.ActAsync(asked.Payout.Id, asked.Action, Text, Gone));
        if (!done.IsOk)
            return Fail(done.Problem);
        Asked = null;
        await ReloadAsync();
        return true;
    }

    private async Task<bool> MakeFileAsync()
    {
        var made = await Actions.RunAsync<IPayouts, Outcome<PayoutFileView>>(p => p.MakeFileAsync(Currency.Parse(FileCurrency), key, Gone));
        if (!made.IsOk)
            return Fail(made.Problem);
        Filing = false;
        Toasts.Show(Tone.Running, T["MakeFile.Done", made.Value.Payouts]);
        await ReloadAsync();
        return true;
    }

    private IReadOnlyList<Choice<string>> HoldParties => payees.GetValueOrDefault(HoldRole) ?? [];

    private async Task AskHoldAsync()
    {
        foreach (var (role, kind) in ((string, PartyKinds)[])[(Center, PartyKinds.Center), (Operator, PartyKinds.Operator)])
        {
            var found = await PartyChoices.OfAsync(Actions, kind, Gone);
            if (!found.IsOk)
            {
                Fail(found.Problem);
                return;
            }
            payees[role] = found.Value.ToChoices();
        }
        ChooseRole(HoldRole);
        Holding = true;
    }

    private void ChooseRole(string? role)
    {
        HoldRole = role ?? Center;
        HoldParty = HoldParties.FirstOrDefault()?.Value;
    }

    private async Task HoldBackAsync()
    {
        var amount = Money.From(HoldAmount ?? 0, Currency.Parse(HoldCurrency));
        var held = await Actions.RunAsync<IPayouts, Outcome<PayoutHoldView>>(p =>
            p.HoldBackAsync(HoldParty ?? "", HoldRole, amount, HoldReason ?? "", key, Gone)
        );
        if (!held.IsOk)
        {
            Errors.Set(held.Problem);
            return;
        }
        Errors.Clear();
        (Holding, HoldParty, HoldAmount, HoldReason, key) = (false, null, null, null, Ids.New(IdPrefix.Operation));
        await ReloadAsync();
    }

    private async Task FreeAsync(PayoutHoldView hold)
    {
        var freed = await Actions.RunAsync<IPayouts, Outcome<PayoutHoldView>>(p => p.ReleaseHoldAsync(hold.Id, Gone));
        if (freed.IsOk)
            await ReloadAsync();
        else
            Fail(freed.Problem);
    }

    private bool Fail(Problem problem)
    {
        Failure = problem.Errors is [{ } error, ..] ? $"{Problems[error.Message]} {Problems[error.Fix]}" : Problems[problem.Detail].Value;
        return false;
    }
}
