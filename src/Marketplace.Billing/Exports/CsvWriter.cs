using System.Globalization;
using System.Text;

namespace Marketplace.Billing.Exports;

/// <summary>
/// CSV by RFC 4180: commas, CRLF, quotes doubled. A null is an empty cell. Fills a buffer that the caller empties.
/// </summary>
internal sealed class CsvWriter
{
    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create(",\"\r\n");
    private bool first = true;

    public StringBuilder Buffer { get; } = new();

    /// <summary>
    /// Text that people may have written. A cell that a spreadsheet would take for a formula begins with an apostrophe instead (OWASP, "CSV
    /// Injection").
    /// </summary>
    public void Text(string? value)
    {
        if (value is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n', ..])
            value = "'" + value;
        Cell(value);
    }

    /// <summary>A number with a decimal point, without exponent and trailing zeros.</summary>
    public void Number(decimal? value) => Cell(value?.ToString("0.############################", CultureInfo.InvariantCulture));

    /// <summary>ISO 8601 in UTC, with fractions of a second only where there are any.</summary>
    public void Time(DateTimeOffset? value) =>
        Cell(value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));

    public void EndRow()
    {
        Buffer.Append("\r\n");
        first = true;
    }

    private void Cell(string? value)
    {
        if (!first)
            Buffer.Append(',');
        first = false;
        if (value is null)
            return;
        if (value.AsSpan().ContainsAny(Quoted))
            Buffer.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        else
            Buffer.Append(value);
    }
}
