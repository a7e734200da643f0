using System.Globalization;
using System.Text;
using Xunit;

namespace Marketplace.Testing;

/// <summary>Reads RFC 4180 on its own terms, character by character, and refuses what is not.</summary>
public sealed class CsvTable
{
    public required IReadOnlyList<string> Header { get; init; }
    public required IReadOnlyList<IReadOnlyDictionary<string, string>> Rows { get; init; }

    public static CsvTable Parse(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        List<List<string>> rows = [];
        List<string> row = [];
        int at = 0;
        while (at < text.Length)
        {
            var cell = new StringBuilder();
            if (text[at] == '"')
            {
                for (at++; text[at] != '"' || (at + 1 < text.Length && text[at + 1] == '"'); at++)
                {
                    if (text[at] == '"')
                        at++;
                    cell.Append(text[at]);
                }
                at++;
            }
            else
            {
                for (; text[at] is not (',' or '\r'); at++)
                {
                    Assert.False(text[at] is '"' or '\n', $"bare {text[at]} at {at}");
                    cell.Append(text[at]);
                }
            }
            row.Add(cell.ToString());
            if (text[at] == ',')
            {
                at++;
                continue;
            }
            Assert.Equal("\r\n", text.Substring(at, 2));
            at += 2;
            rows.Add(row);
            row = [];
        }
        Assert.Empty(row);
        Assert.All(rows, r => Assert.Equal(rows[0].Count, r.Count));
        return new CsvTable
        {
            Header = rows[0],
            Rows = [.. rows.Skip(1).Select(r => rows[0].Zip(r).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal))],
        };
    }

    /// <summary>A column's sum of one currency, in micro-units.</summary>
    public long Micros(string column, string currency = "CNY") =>
        (long)(Rows.Where(r => r["BillingCurrency"] == currency).Sum(r => Number(r[column])) * 1_000_000m);

    public static decimal Number(string cell) =>
        cell.Length == 0 ? 0 : decimal.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
}
