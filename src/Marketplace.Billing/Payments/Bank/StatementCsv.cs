using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>
/// A statement as RFC 4180 CSV with a header, for banks that give no camt: <c>account</c>, <c>reference</c>, <c>booked_on</c> (YYYY-MM-DD), <c>amount</c>
/// (negative when money went out), <c>currency</c>, and if they are known <c>counterparty</c>, <c>counterparty_account</c> and <c>details</c>. Pure.
/// </summary>
internal static class StatementCsv
{
    private static readonly string[] Needed = ["account", "reference", "booked_on", "amount", "currency"];

    /// <summary>One statement per account and currency, numbered by the file's hash. What is wrong is said with its line.</summary>
    public static Outcome<IReadOnlyList<BankStatement>> Read(string csv)
    {
        using var reader = new CsvReader(
            new StringReader(csv),
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                PrepareHeaderForMatch = h => h.Header.Trim().ToLowerInvariant(),
                TrimOptions = TrimOptions.Trim,
                MissingFieldFound = null,
                BadDataFound = null,
            }
        );
        if (!reader.Read() || !reader.ReadHeader())
            return StatementFile.Unreadable("The file is empty.");
        if (Needed.FirstOrDefault(n => !reader.HeaderRecord!.Contains(n, StringComparer.OrdinalIgnoreCase)) is { } missing)
            return StatementFile.Unreadable($"The file has no column {missing}.");
        string number = "csv-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(csv)))[..20];
        var movements = new Dictionary<(string Account, Currency Currency), List<BankMovement>>();
        while (reader.Read())
        {
            string where = $"Line {reader.Parser.RawRow.ToString(CultureInfo.InvariantCulture)}";
            if (Currency.TryParse(reader.GetField("currency")) is not { } currency)
                return StatementFile.Unreadable($"{where}: the column currency holds no currency of the marketplace.");
            string account = AccountNumbers.Compact(reader.GetField("account"));
            string reference = reader.GetField("reference") ?? "";
            if (account.Length == 0 || reference.Length == 0)
                return StatementFile.Unreadable($"{where}: the account or the reference is missing.");
            if (
                !DateOnly.TryParseExact(
                    reader.GetField("booked_on"),
                    "yyyy-MM-dd",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None,
                    out DateOnly day
                )
            )
                return StatementFile.Unreadable($"{where}: the column booked_on holds no date like 2030-01-31.");
            const NumberStyles styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
            if (
                !decimal.TryParse(reader.GetField("amount"), styles, CultureInfo.InvariantCulture, out decimal units)
                || units == 0
                || StatementFile.InCoins(Math.Abs(units), currency) is not { } amount
            )
                return StatementFile.Unreadable($"{where}: the column amount holds no amount in {currency.Code}.");
            if (!movements.TryGetValue((account, currency), out var list))
                movements[(account, currency)] = list = [];
            list.Add(
                new BankMovement(
                    reference,
                    day,
                    amount,
                    Incoming: units > 0,
                    Reversal: false,
                    Optional(reader, "counterparty"),
                    Optional(reader, "counterparty_account") is { } other ? AccountNumbers.Compact(other) : null,
                    Optional(reader, "details") is { } details ? [details] : []
                )
            );
        }
        return movements.Count == 0
            ? StatementFile.Unreadable("The file holds no bank statement.")
            : movements
                .Select(m => new BankStatement(m.Key.Account, number, m.Key.Currency, Closing: null, ClosingOn: null, m.Value))
                .ToList();
    }

    private static string? Optional(CsvReader reader, string column) =>
        reader.TryGetField(column, out string? value) && !string.IsNullOrEmpty(value) ? value : null;
}
