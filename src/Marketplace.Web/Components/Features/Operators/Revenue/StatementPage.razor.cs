using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Time;
using Marketplace.Web.Components.Features.Customers.Invoices;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Features.Operators.Revenue;

/// <summary>The operator's statement of one month (UTC), which prints as it stands. The month lives in the URL.</summary>
public sealed partial class StatementPage : LivePage
{
    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private StatementView? Statement { get; set; }
    private string? Refused { get; set; }
    private string PartyName { get; set; } = "";

    protected override Task OnInitializedAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        var me = await Actions.PersonAsync();
        var party = await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(me.WorkspaceId, Gone));
        PartyName = party!.Name;
        DateTimeOffset from = Month();
        var read = await Actions.RunAsync<IInvoices, Outcome<StatementView>>(i =>
            i.StatementAsync(me.WorkspaceId, "operator", Currency.Parse(party.Currency), from, from.AddMonths(1), Gone)
        );
        Statement = read.IsOk ? read.Value : null;
        Refused = read.IsOk ? null : Problems[read.Problem.Detail].Value;
    }

    private DateTimeOffset Month() =>
        DateTimeOffset.TryParseExact(
            Query.Get("month"),
            "yyyy-MM",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out DateTimeOffset month
        )
            ? month
            : Time.GetUtcNow().StartOfMonth();

    private static string FileOf(StatementView s, string format) =>
        DocumentDownloads.Statement(s.Role, s.Currency, s.PeriodStart, s.PeriodEnd, format);

    private Task PrintAsync() => Browser.InvokeVoidAsync("print", Gone).AsTask();

    private static Money Sum(StatementView statement, Func<StatementLine, bool> which) =>
        statement.Lines.Where(which).Aggregate(Money.Zero(statement.Currency), (sum, line) => sum + line.Amount);

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
