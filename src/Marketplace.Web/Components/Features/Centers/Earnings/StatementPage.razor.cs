using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Time;
using Marketplace.Web.Components.Features.Customers.Invoices;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Features.Centers.Earnings;

/// <summary>A month's movements of the center, from the ledger's own legs, on a page that prints.</summary>
public sealed partial class StatementPage : LivePage
{
    private const string MonthKey = "month";
    private const string Pattern = "yyyy-MM";
    private const int MonthsBack = 12;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private string Name { get; set; } = "";
    private Currency Currency { get; set; } = Currency.Cny;
    private StatementView? Statement { get; set; }
    private Problem? Problem { get; set; }
    private decimal In => Statement!.Lines.Where(l => !l.Amount.IsNegative).Sum(l => l.Amount.Amount);
    private decimal Out => Statement!.Lines.Where(l => l.Amount.IsNegative).Sum(l => l.Amount.Amount);

    private DateTimeOffset ThisMonth => Time.GetUtcNow().StartOfMonth();

    private DateTimeOffset Month =>
        DateTimeOffset.TryParseExact(
            Query.Get(MonthKey),
            Pattern,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset month
        )
            ? month
            : ThisMonth;

    private IReadOnlyList<FilterSpec> Months =>
        [
            new(
                T["Month"],
                MonthKey,
                MonthName(ThisMonth),
                [
                    .. Enumerable
                        .Range(1, MonthsBack - 1)
                        .Select(back => ThisMonth.AddMonths(-back))
                        .Select(m => new Choice<string>(m.ToString(Pattern, CultureInfo.InvariantCulture), MonthName(m))),
                ]
            ),
        ];

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        var party = await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(person.WorkspaceId, Gone));
        Name = party?.Name ?? "";
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        await LoadAsync();
        Query.Changed += OnQueryChanged;
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() =>
        _ = InvokeAsync(async () =>
        {
            await LoadAsync();
            StateHasChanged();
        });

    private async Task LoadAsync()
    {
        string me = (await Actions.PersonAsync()).WorkspaceId;
        DateTimeOffset from = Month;
        var read = await Actions.RunAsync<IInvoices, Outcome<StatementView>>(i =>
            i.StatementAsync(me, CenterEarnings.Side, Currency, from, from.AddMonths(1), Gone)
        );
        Problem = read.Problem;
        Statement = read.IsOk ? read.Value : null;
    }

    private static string FileOf(StatementView s, string format) =>
        DocumentDownloads.Statement(s.Role, s.Currency, s.PeriodStart, s.PeriodEnd, format);

    private async Task PrintAsync() => await Browser.InvokeVoidAsync("print");

    private static string MonthName(DateTimeOffset month) =>
        month.ToString(CultureModule.IsChinese ? "yyyy 年 M 月" : "MMMM yyyy", CultureInfo.CurrentCulture);

    private string KindOf(string kind)
    {
        LocalizedString known = T[$"Kind.{kind}"];
        return known.ResourceNotFound ? kind : known.Value;
    }
}
