using System.Text;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Admin.Credits;

/// <summary>Voucher campaigns: made here with their codes, which are shown this once.</summary>
public sealed partial class VouchersPage : LivePage
{
    private const int ShownCodes = 20;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<CampaignView>? Grid { get; set; }
    private NewCampaign? Made { get; set; }
    private bool Creating { get; set; }
    private CampaignView? Closing { get; set; }
    private string? Failure { get; set; }
    private FormErrors Errors { get; } = new();
    private string? Name { get; set; }
    private decimal? Amount { get; set; }
    private string CurrencyCode { get; set; } = Currency.Cny.Code;
    private DateTimeOffset? ValidFrom { get; set; }
    private DateTimeOffset? ValidTo { get; set; }
    private decimal? Codes { get; set; } = 1;
    private decimal? MaxRedemptions { get; set; } = 100;
    private decimal? MaxPerCustomer { get; set; } = 1;
    private decimal? CreditDays { get; set; } = 90;
    private decimal? MinimumSpend { get; set; } = 0;
    private bool NewCustomersOnly { get; set; }

    private void Begin()
    {
        ValidFrom = Clock.UtcNow;
        ValidTo = Clock.UtcNow.AddDays(30);
        (Creating, Made) = (true, null);
    }

    private async Task<GridPage<CampaignView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new PageQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
        };
        return (await Actions.RunAsync<IVouchers, Outcome<Page<CampaignView>>>(v => v.CampaignsAsync(asked, cancellation))).ToGrid();
    }

    private async Task CreateAsync()
    {
        var asked = new CampaignRequest(
            Name ?? "",
            CurrencyCode,
            Amount ?? 0,
            ValidFrom ?? Clock.UtcNow,
            ValidTo ?? Clock.UtcNow,
            Whole(Codes),
            Whole(MaxRedemptions),
            Whole(MaxPerCustomer),
            MinimumSpend ?? 0,
            NewCustomersOnly,
            CreditDays is null ? null : Whole(CreditDays)
        );
        var made = await Actions.RunAsync<IVouchers, Outcome<NewCampaign>>(v => v.CreateAsync(asked, Gone));
        if (!made.IsOk)
        {
            Errors.Set(made.Problem);
            return;
        }
        Errors.Clear();
        (Made, Creating, Name) = (made.Value, false, null);
        await ReloadAsync();
    }

    private static int Whole(decimal? number) => int.CreateSaturating(decimal.Truncate(number ?? 0));

    private static string CodesText(NewCampaign made) =>
        string.Join('\n', made.Codes.Take(ShownCodes)) + (made.Codes.Count > ShownCodes ? "\n…" : "");

    private static string CodesFile(NewCampaign made) =>
        "data:text/csv;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes("code\r\n" + string.Join("\r\n", made.Codes) + "\r\n"));

    private string StateOf(CampaignView campaign) =>
        campaign.ClosedAt is not null ? "closed"
        : campaign.ValidTo <= Clock.UtcNow ? "over"
        : campaign.Redemptions >= campaign.MaxRedemptions ? "used-up"
        : campaign.ValidFrom > Clock.UtcNow ? "later"
        : "valid";

    private Tone ToneOf(CampaignView campaign) =>
        StateOf(campaign) switch
        {
            "valid" => Tone.Running,
            "later" => Tone.Waiting,
            _ => Tone.Ended,
        };

    private string ConditionsOf(CampaignView campaign)
    {
        List<string> conditions = [T["PerCustomer", campaign.MaxPerCustomer]];
        if (campaign.NewCustomersOnly)
            conditions.Add(T["NewCustomers"]);
        if (!campaign.MinimumSpend.IsZero)
            conditions.Add(T["SpentAtLeast", MoneyDisplay.Format(campaign.MinimumSpend)]);
        return string.Join(", ", conditions);
    }

    private void Ask(CampaignView campaign) => (Closing, Failure) = (campaign, null);

    private void Leave(bool open)
    {
        if (!open)
            Closing = null;
    }

    private async Task<bool> CloseAsync()
    {
        if (Closing is not { } closing)
            return true;
        var closed = await Actions.RunAsync<IVouchers, Outcome<CampaignView>>(v => v.CloseAsync(closing.Id, Gone));
        if (!closed.IsOk)
        {
            Failure = Problems[closed.Problem.Detail];
            return false;
        }
        Closing = null;
        await ReloadAsync();
        return true;
    }

    private Task ReloadAsync() => Grid?.ReloadAsync() ?? Task.CompletedTask;
}
