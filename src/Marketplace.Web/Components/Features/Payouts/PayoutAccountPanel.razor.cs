using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Features.Payments;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Payouts;

/// <summary>A party's account at the payment provider: owners open it on the provider's own form and come back here.</summary>
public sealed partial class PayoutAccountPanel : LivePage
{
    /// <summary>In the query when the provider's form leads back.</summary>
    private const string CameBack = "account";

    [Parameter, EditorRequired]
    public Currency Currency { get; set; } = Currency.Cny;

    [Parameter, EditorRequired]
    public bool MayChange { get; set; }

    /// <summary>The party's country, offered for a new account.</summary>
    [Parameter]
    public string? Country { get; set; }

    /// <summary>The page the form leads back to.</summary>
    [Parameter, EditorRequired]
    public string ReturnPath { get; set; } = "";

    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private bool Offered { get; set; }
    private PayoutAccountView? Account { get; set; }
    private string? Failure { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Offered = await Actions.RunAsync<IPayoutAccounts, bool>(a => Task.FromResult(a.IsOffered));
        if (!Offered)
            return;
        Account = await Actions.RunAsync<IPayoutAccounts, PayoutAccountView?>(a => a.ReadAsync(Currency, Gone));
        if (Query.Get(CameBack) is null || Account is null)
            return;
        // Its webhook may take longer than the person did.
        Query.Set(CameBack, null);
        var asked = await Actions.RunAsync<IPayoutAccounts, Outcome<PayoutAccountView>>(a => a.RefreshAsync(Currency, Gone));
        if (Took(asked))
            await TakeAsync(asked.Value);
    }

    private async Task StartAsync()
    {
        var started = await Actions.RunAsync<IPayoutAccounts, Outcome<PayoutAccountStart>>(a =>
            a.StartAsync(Currency, Country ?? "", ReturnPath, Gone)
        );
        if (!Took(started))
            return;
        if (started.Value.Form is { } form)
            Navigation.NavigateTo(form.ToString(), forceLoad: true);
        else
            await TakeAsync(started.Value.Account);
    }

    private bool Took<T>(Outcome<T> outcome)
    {
        Failure = outcome.IsOk ? null : ProblemWords.Of(Problems, outcome.Problem);
        return outcome.IsOk;
    }

    private async Task TakeAsync(PayoutAccountView account)
    {
        Account = account;
        await OnChanged.InvokeAsync();
    }

    private static string StateOf(PayoutAccountView account) =>
        account switch
        {
            { IsReady: true, IsUsed: true } => "Used",
            { IsReady: true } => "Ready",
            { IsSubmitted: true, Requires.Count: 0 } => "Checking",
            _ => "Incomplete",
        };

    private static Tone ToneOf(PayoutAccountView account) =>
        StateOf(account) switch
        {
            "Used" or "Ready" => Tone.Running,
            "Checking" => Tone.Moving,
            _ => Tone.Waiting,
        };

    /// <summary>What the owner can do with it; null when there is nothing to do.</summary>
    private static string? ActionOf(PayoutAccountView? account) =>
        account switch
        {
            null => "Open",
            { Requires.Count: > 0 } or { IsSubmitted: false } => "Continue",
            { IsReady: true, IsUsed: false } => "Use",
            _ => null,
        };
}
