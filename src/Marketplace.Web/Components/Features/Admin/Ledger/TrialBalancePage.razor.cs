using Marketplace.Billing.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Admin.Ledger;

/// <summary>
/// The books against themselves: the same sums from the legs and from what accounts store, each promise with its figure, and the seal chain.
/// Reading all of it takes the database a while, so jobs do it and the page shows their last report with its time.
/// </summary>
public sealed partial class TrialBalancePage : LivePage
{
    [Inject]
    private IdFactory Ids { get; set; } = default!;

    private BooksReport? Books { get; set; }
    private SealStanding? Seals { get; set; }
    private string? Failure { get; set; }

    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        Follow(LoadAsync, "books");
    }

    private async Task LoadAsync()
    {
        Books = await Actions.RunAsync<ILedger, BooksReport?>(l => l.LastBooksAsync(Gone));
        Seals = await Actions.RunAsync<ILedger, SealStanding>(l => l.SealsAsync(Gone));
    }

    private Task CheckBooksAsync() => RunAsync("billing-check-books");

    private Task VerifySealsAsync() => RunAsync("billing-verify-seals");

    // One request a click: the key is made here and not kept. The page is told when the report is there.
    private async Task RunAsync(string job)
    {
        var asked = await Actions.RunAsync<JobDesk, Outcome<JobRunView>>(d => d.RunNowAsync(job, Ids.New(IdPrefix.Operation), Gone));
        Failure = asked.IsOk ? null : Problems[asked.Problem.Detail].Value;
    }

    private static string Micros(long micros, string currency) =>
        MoneyDisplay.Format(new Money(micros, Currency.Parse(currency)), MoneyDigits.Ledger);

    private static Tone ToneOf(SealReport? report) =>
        report switch
        {
            null => Tone.Waiting,
            { Intact: true } => Tone.Running,
            _ => Tone.Failed,
        };

    private string ResultOf(SealReport? report) =>
        report switch
        {
            null => T["Seals.NotYet"],
            { Break: { } found } => T[$"Break.{found.Kind}", Numbers.Count(found.Block)],
            _ => T["Seals.Intact"],
        };
}
