using System.Globalization;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Exports;

/// <summary>Choose a month and a version, and save the file. Months are the ledger's: UTC.</summary>
public sealed partial class FocusDownload : ComponentBase
{
    private const string Pattern = "yyyy-MM";
    private const int MonthsBack = 12;

    /// <summary>Whose books: <c>customer</c>, <c>operator</c> or <c>center</c>.</summary>
    [Parameter, EditorRequired]
    public string Role { get; set; } = "";

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private static IReadOnlyList<Choice<string>> Versions { get; } = [new("1.4", "FOCUS 1.4"), new("1.3", "FOCUS 1.3")];

    private string Month { get; set; } = "";
    private string Version { get; set; } = Versions[0].Value;
    private IReadOnlyList<Choice<string>> Months { get; set; } = [];

    private string Address
    {
        get
        {
            DateTime from = DateTime.ParseExact(Month, Pattern, CultureInfo.InvariantCulture);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{FocusDownloads.Path}?role={Role}&version={Version}&from={from:yyyy-MM-dd}T00:00:00Z&to={from.AddMonths(1):yyyy-MM-dd}T00:00:00Z"
            );
        }
    }

    protected override void OnInitialized()
    {
        DateTime now = Time.GetUtcNow().UtcDateTime;
        var current = new DateTime(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc);
        Months =
        [
            .. Enumerable
                .Range(0, MonthsBack)
                .Select(back => current.AddMonths(-back))
                .Select(m => new Choice<string>(
                    m.ToString(Pattern, CultureInfo.InvariantCulture),
                    m.ToString(CultureModule.IsChinese ? "yyyy 年 M 月" : "MMMM yyyy", CultureInfo.CurrentCulture)
                )),
        ];
        Month = Months[0].Value;
    }
}
