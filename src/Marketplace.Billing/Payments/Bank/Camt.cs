using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>
/// ISO 20022 bank-to-customer statements (camt.053) and notifications (camt.054), of any version: their entries have had the same names since
/// camt.053.001.02. Only booked entries count; those that are pending come again. Pure.
/// </summary>
internal static class Camt
{
    private const string Booked = "BOOK";

    /// <summary>What a file holds, or what is wrong with it and where.</summary>
    public static Outcome<IReadOnlyList<BankStatement>> Read(string xml)
    {
        XDocument document;
        try
        {
            // Nothing outside the file is read, and nothing in it is expanded.
            using var reader = XmlReader.Create(
                new StringReader(xml),
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null }
            );
            document = XDocument.Load(reader);
        }
        catch (XmlException error)
        {
            return StatementFile.Unreadable($"Line {error.LineNumber} of the file is not XML.");
        }
        var found =
            document.Root?.Elements().SelectMany(e => e.Elements()).Where(e => e.Name.LocalName is "Stmt" or "Ntfctn").ToList() ?? [];
        if (found.Count == 0)
            return StatementFile.Unreadable("The file holds no bank statement.");
        List<BankStatement> statements = [];
        foreach (XElement one in found)
        {
            var read = Statement(one);
            if (!read.IsOk)
                return read.Problem;
            statements.Add(read.Value);
        }
        return statements;
    }

    private static Outcome<BankStatement> Statement(XElement statement)
    {
        string number = Text(statement, "Id") ?? "";
        string account = AccountNumbers.Compact(AccountOf(At(statement, "Acct")));
        if (number.Length == 0 || account.Length == 0)
            return StatementFile.Unreadable("A statement of the file has no id or no account.");
        XElement? closing = statement.Elements().FirstOrDefault(e => Is(e, "Bal") && Text(e, "Tp", "CdOrPrtry", "Cd") == "CLBD");
        string? code =
            Text(statement, "Acct", "Ccy")
            ?? (closing is null ? null : Code(closing))
            ?? (statement.Elements().FirstOrDefault(e => Is(e, "Ntry")) is { } any ? Code(any) : null);
        if (Currency.TryParse(code) is not { } currency)
            return StatementFile.Unreadable($"Statement {number} is in {code ?? "no currency"}, which the marketplace does not use.");
        List<BankMovement> movements = [];
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        int index = 0;
        foreach (XElement entry in statement.Elements().Where(e => Is(e, "Ntry")))
        {
            index++;
            if ((Text(entry, "Sts", "Cd") ?? Text(entry, "Sts") ?? Booked) != Booked)
                continue;
            var read = Movements(entry, $"Entry {index} of statement {number}", account, currency, seen);
            if (!read.IsOk)
                return read.Problem;
            movements.AddRange(read.Value);
        }
        Money? balance = null;
        if (closing is not null)
        {
            if (AmountOf(closing, currency) is not { } amount)
                return StatementFile.Unreadable($"The closing balance of statement {number} is no amount in {currency.Code}.");
            balance = Text(closing, "CdtDbtInd") == "DBIT" ? -amount : amount;
        }
        return new BankStatement(account, number, currency, balance, closing is null ? null : DateOf(At(closing, "Dt")), movements);
    }

    private static Outcome<IReadOnlyList<BankMovement>> Movements(
        XElement entry,
        string where,
        string account,
        Currency currency,
        Dictionary<string, int> seen
    )
    {
        if (AmountOf(entry, currency) is not { IsZero: false } amount)
            return StatementFile.Unreadable($"{where} has no amount in {currency.Code}.");
        if (Text(entry, "CdtDbtInd") is not ("CRDT" or "DBIT") and var direction)
            return StatementFile.Unreadable($"{where} says {direction ?? "nothing"} where CRDT or DBIT belongs.");
        if ((DateOf(At(entry, "BookgDt")) ?? DateOf(At(entry, "ValDt"))) is not { } day)
            return StatementFile.Unreadable($"{where} has no booking date.");
        var details = entry.Elements().Where(e => Is(e, "NtryDtls")).SelectMany(e => e.Elements().Where(t => Is(t, "TxDtls"))).ToList();
        // An entry may gather several transfers. They stand by themselves when their amounts make up the whole.
        var parts = details.ConvertAll(d => AmountOf(d, currency) ?? AmountOf(At(d, "AmtDtls", "TxAmt"), currency));
        bool apart = parts.Count > 1 && parts.All(p => p is not null) && parts.Sum(p => p!.Value.Micros) == amount.Micros;
        bool incoming = Text(entry, "CdtDbtInd") == "CRDT";
        string[] common = [.. new[] { Text(entry, "AddtlNtryInf") }.OfType<string>()];
        string reference = Text(entry, "AcctSvcrRef") ?? Text(details.FirstOrDefault(), "Refs", "AcctSvcrRef") ?? "";
        BankMovement Movement(string id, Money of, IReadOnlyList<XElement> about)
        {
            XElement? party = about.Count == 1 ? At(about[0], "RltdPties") : null;
            string side = incoming ? "Dbtr" : "Cdtr";
            return new BankMovement(
                id,
                day,
                of,
                incoming,
                Text(entry, "RvslInd") == "true",
                Text(party, side, "Pty", "Nm") ?? Text(party, side, "Nm"),
                AccountOf(At(party, side + "Acct")) is { } number ? AccountNumbers.Compact(number) : null,
                [.. about.SelectMany(Texts), .. common]
            );
        }
        List<BankMovement> movements = apart
            ? [.. details.Select((d, i) => Movement($"{reference}/{i + 1}", parts[i]!.Value, [d]))]
            : [Movement(reference, amount, details)];
        // Without the bank's id an entry is known by what it says, and by how many like it stand before it.
        return reference.Length > 0 ? movements : movements.ConvertAll(m => m with { Reference = Derived(m, account, seen) });
    }

    private static string Derived(BankMovement movement, string account, Dictionary<string, int> seen)
    {
        string said =
            $"{account}|{movement.BookedOn:O}|{movement.Incoming}|{movement.Amount.Micros}|{movement.CounterpartyAccount}|{movement.Details}";
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)))[..20];
        int before = seen[hash] = seen.GetValueOrDefault(hash) + 1;
        return before == 1 ? hash : $"{hash}/{before}";
    }

    private static IEnumerable<string> Texts(XElement details) =>
        details
            .Elements()
            .Where(e => Is(e, "RmtInf"))
            .SelectMany(r => r.Descendants().Where(e => e.Name.LocalName is "Ustrd" or "Ref" or "AddtlRmtInf"))
            .Select(e => e.Value.Trim())
            .Concat(new[] { Text(details, "Refs", "EndToEndId") }.OfType<string>().Where(e => e != "NOTPROVIDED"))
            .Where(t => t.Length > 0)
            .Distinct(StringComparer.Ordinal);

    private static Money? AmountOf(XElement? holder, Currency currency) =>
        At(holder, "Amt") is { } element
        && element.Attribute("Ccy")?.Value == currency.Code
        && decimal.TryParse(element.Value.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal units)
            ? StatementFile.InCoins(units, currency)
            : null;

    private static string? Code(XElement holder) => At(holder, "Amt")?.Attribute("Ccy")?.Value;

    private static string? AccountOf(XElement? account) => Text(account, "Id", "IBAN") ?? Text(account, "Id", "Othr", "Id");

    private static DateOnly? DateOf(XElement? date) =>
        (Text(date, "Dt") ?? Text(date, "DtTm")) is { Length: >= 10 } text
        && DateOnly.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            ? day
            : null;

    private static string? Text(XElement? from, params ReadOnlySpan<string> path)
    {
        XElement? at = At(from, path);
        return at is null || at.HasElements || at.Value.Trim() is not { Length: > 0 } text ? null : text;
    }

    private static XElement? At(XElement? from, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
            from = from?.Elements().FirstOrDefault(e => Is(e, name));
        return from;
    }

    private static bool Is(XElement element, string name) => element.Name.LocalName == name;
}
