using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Payments;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components.Forms;

namespace Marketplace.Web.Components.Features.Admin.Bank;

/// <summary>The bank's statements for the network desk: what of them is in the books, and what somebody has to say a word about.</summary>
public sealed partial class BankPage : LivePage
{
    private const int MaxBytes = 20_000_000;
    private IReadOnlyDictionary<string, PartyView> names = new Dictionary<string, PartyView>(StringComparer.Ordinal);

    private DataGrid<BankEntryView>? Grid { get; set; }
    private RefundsToTransfer? Refunds { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private IReadOnlyList<BankStanding>? Standing { get; set; }
    private bool MayAct { get; set; }
    private bool Importing { get; set; }
    private string? Result { get; set; }
    private string? Failure { get; set; }
    private BankEntryView? Asked { get; set; }
    private bool Assigning { get; set; }
    private IReadOnlyList<Choice<string>> Customers { get; set; } = [];
    private string Party { get; set; } = "";
    private string? Reason { get; set; }
    private string? DialogFailure { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Filters =
        [
            new(
                T["State"],
                "state",
                T["State.Open"],
                [new("booked", T["State.Booked"]), new("dismissed", T["State.Dismissed"]), new("all", T["State.All"])]
            ),
        ];
        MayAct = (await Actions.PersonAsync()).Actor.Allows(Permission.PlatformWrite);
        await ReadAsync();
        Follow(ReloadAsync, "bank");
    }

    private async Task ReadAsync()
    {
        var read = await Actions.RunAsync<IBankStatements, Outcome<IReadOnlyList<BankStanding>>>(b => b.StandingAsync(Gone));
        if (read.IsOk)
            Standing = read.Value;
        else
            Failure = ProblemWords.Of(Problems, read.Problem);
    }

    private async Task ReloadAsync()
    {
        await ReadAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
        if (Refunds is not null)
            await Refunds.ReloadAsync();
        StateHasChanged();
    }

    private async Task<GridPage<BankEntryView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new BankEntryQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Sort = query.SortExpression,
            Search = query.Search,
            State = query.Filter("state") switch
            {
                null or "" => BankEntryState.Open,
                "all" => null,
                var chosen => Enum.TryParse(chosen, ignoreCase: true, out BankEntryState state) ? state : null,
            },
        };
        var page = (await Actions.RunAsync<IBankStatements, Outcome<Page<BankEntryView>>>(b => b.EntriesAsync(asked, cancellation))).Value;
        string[] parties = [.. page.Items.Select(e => e.PartyId).OfType<string>().Distinct(StringComparer.Ordinal)];
        names = await Actions.RunAsync<IParties, IReadOnlyDictionary<string, PartyView>>(p => p.FindManyAsync(parties, cancellation));
        return page.ToGrid();
    }

    private async Task ImportAsync(InputFileChangeEventArgs chosen)
    {
        (Importing, Result, Failure) = (true, null, null);
        try
        {
            if (chosen.File.Size > MaxBytes)
            {
                Failure = T["Import.TooLarge"];
                return;
            }
            using var bytes = new MemoryStream();
            await using (Stream file = chosen.File.OpenReadStream(MaxBytes, Gone))
                await file.CopyToAsync(bytes, Gone);
            string content = StatementText.Decode(bytes.ToArray());
            var import = await Actions.RunAsync<IBankStatements, Outcome<BankImport>>(b => b.ImportAsync(content, Gone));
            if (import.IsOk)
                Result = T["Import.Done", import.Value.New, import.Value.Booked, import.Value.Open];
            else
                Failure = ProblemWords.Of(Problems, import.Problem);
        }
        finally
        {
            Importing = false;
        }
        await ReloadAsync();
    }

    private async Task MatchAsync()
    {
        var matched = await Actions.RunAsync<IBankStatements, Outcome<int>>(b => b.MatchAsync(Gone));
        Result = matched.IsOk ? T["Match.Done", matched.Value].Value : null;
        Failure = matched.IsOk ? null : ProblemWords.Of(Problems, matched.Problem);
        await ReloadAsync();
    }

    private async Task AskAsync(BankEntryView entry, bool assign)
    {
        (Asked, Assigning, Reason, DialogFailure) = (entry, assign, null, null);
        if (!assign)
            return;
        var found = await PartyChoices.OfAsync(Actions, PartyKinds.Customer, Gone);
        DialogFailure = found.IsOk ? null : ProblemWords.Of(Problems, found.Problem);
        Customers = found.IsOk ? found.Value.ToChoices() : [];
        Party = Customers.FirstOrDefault(c => c.Value == entry.PartyId)?.Value ?? Customers.FirstOrDefault()?.Value ?? "";
    }

    private async Task<bool> DecideAsync(BankEntryView entry)
    {
        var decided = await Actions.RunAsync<IBankStatements, Outcome<BankEntryView>>(b =>
            Assigning ? b.AssignAsync(entry.Id, Party, Gone) : b.DismissAsync(entry.Id, Reason ?? "", Gone)
        );
        if (!decided.IsOk)
        {
            DialogFailure = ProblemWords.Of(Problems, decided.Problem);
            return false;
        }
        Asked = null;
        Toasts.Show(Tone.Running, T[Assigning ? "Assign.Done" : "Dismiss.Done", MoneyDisplay.Format(decided.Value.Amount)]);
        await ReloadAsync();
        return true;
    }

    private async Task ReopenAsync(BankEntryView entry)
    {
        var opened = await Actions.RunAsync<IBankStatements, Outcome<BankEntryView>>(b => b.ReopenAsync(entry.Id, Gone));
        Failure = opened.IsOk ? null : ProblemWords.Of(Problems, opened.Problem);
        await ReloadAsync();
    }

    private static string? Day(DateOnly? day) => day is { } known ? Times.Day(known) : null;

    private static Tone ToneOf(BankEntryState state) =>
        state switch
        {
            BankEntryState.Open => Tone.Waiting,
            BankEntryState.Booked => Tone.Running,
            _ => Tone.Neutral,
        };
}
