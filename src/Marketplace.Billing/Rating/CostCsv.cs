using System.Globalization;
using System.Text;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Exports;
using Marketplace.Platform.Api.Results;

namespace Marketplace.Billing.Rating;

/// <summary>A report as a file for a spreadsheet.</summary>
internal static class CostCsv
{
    private const string DayFormat = "yyyy-MM-dd";

    public static FileDownload Of(CostReport report, IReadOnlyDictionary<string, string> names) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"costs-{report.Side}-{report.By}-{report.From.UtcDateTime:yyyyMMdd}-{report.To.UtcDateTime:yyyyMMdd}.csv"
            ),
            "text/csv; charset=utf-8",
            (stream, ct) => stream.WriteAsync(Encoding.UTF8.GetBytes(Text(report, names)), ct).AsTask()
        );

    private static string Text(CostReport report, IReadOnlyDictionary<string, string> names)
    {
        var csv = new CsvWriter();
        foreach (string column in new[] { "day", report.By, "name", "quantity", "unit", "amount", "currency" })
            csv.Text(column);
        csv.EndRow();
        foreach (CostGroup group in report.Groups)
        foreach (CostQuantity part in group.Quantities)
        {
            csv.Text(group.Day?.ToString(DayFormat, CultureInfo.InvariantCulture));
            csv.Text(group.Key);
            csv.Text(names.GetValueOrDefault(group.Key));
            csv.Number(part.Quantity);
            csv.Text(part.Unit);
            csv.Number(part.Amount.Amount);
            csv.Text(report.Currency.Code);
            csv.EndRow();
        }
        return csv.Buffer.ToString();
    }
}
