using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payouts;

/// <summary>One transfer of a payment file.</summary>
internal sealed record Transfer(string PayoutId, PayoutDestination To, Money Amount);

/// <summary>The network's own account.</summary>
internal sealed record Debtor(string Name, string Account, string BankCode);

/// <summary>Lists of transfers in the forms banks take. Pure: the same transfers are the same bytes.</summary>
internal static class PaymentFile
{
    public static readonly XNamespace Pain = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
    private const int MaxId = 35;

    /// <summary>
    /// ISO 20022 Customer Credit Transfer Initiation, version pain.001.001.09: one payment information block, one transaction per payout. The file's
    /// and the payouts' ids are the message and end-to-end ids, by which a bank refuses the same file twice.
    /// </summary>
    public static byte[] ToPain001(string fileId, DateTimeOffset at, Debtor debtor, IReadOnlyList<Transfer> transfers)
    {
        string sum = transfers.Sum(t => t.Amount.Amount).ToString("0.00", CultureInfo.InvariantCulture);
        XElement[] totals = [new(Pain + "NbOfTxs", transfers.Count), new(Pain + "CtrlSum", sum)];
        var document = new XDocument(
            new XDeclaration("1.0", "UTF-8", null),
            new XElement(
                Pain + "Document",
                new XElement(
                    Pain + "CstmrCdtTrfInitn",
                    new XElement(
                        Pain + "GrpHdr",
                        new XElement(Pain + "MsgId", Id(fileId)),
                        new XElement(Pain + "CreDtTm", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                        totals,
                        new XElement(Pain + "InitgPty", Name(debtor.Name))
                    ),
                    new XElement(
                        Pain + "PmtInf",
                        new XElement(Pain + "PmtInfId", Id(fileId)),
                        new XElement(Pain + "PmtMtd", "TRF"),
                        totals,
                        new XElement(
                            Pain + "ReqdExctnDt",
                            new XElement(Pain + "Dt", at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
                        ),
                        new XElement(Pain + "Dbtr", Name(debtor.Name)),
                        Account("DbtrAcct", debtor.Account),
                        Agent("DbtrAgt", debtor.BankCode, null),
                        transfers.Select(Transaction)
                    )
                )
            )
        );
        using var bytes = new MemoryStream();
        document.Save(bytes);
        return bytes.ToArray();
    }

    private static XElement Transaction(Transfer transfer) =>
        new(
            Pain + "CdtTrfTxInf",
            new XElement(Pain + "PmtId", new XElement(Pain + "EndToEndId", Id(transfer.PayoutId))),
            new XElement(
                Pain + "Amt",
                new XElement(Pain + "InstdAmt", new XAttribute("Ccy", transfer.Amount.Currency.Code), Decimal(transfer.Amount))
            ),
            // An IBAN alone names its bank.
            transfer.To.BankCode
                is { } code
                ? Agent("CdtrAgt", code, transfer.To.BankName)
                : null,
            new XElement(Pain + "Cdtr", Name(transfer.To.Holder)),
            Account("CdtrAcct", transfer.To.Account),
            new XElement(Pain + "RmtInf", new XElement(Pain + "Ustrd", transfer.PayoutId))
        );

    private static XElement Account(string element, string account) =>
        new(
            Pain + element,
            new XElement(
                Pain + "Id",
                DestinationRules.IsIban(account)
                    ? new XElement(Pain + "IBAN", account)
                    : new XElement(Pain + "Othr", new XElement(Pain + "Id", account))
            )
        );

    private static XElement Agent(string element, string code, string? name) =>
        new(
            Pain + element,
            new XElement(
                Pain + "FinInstnId",
                DestinationRules.IsBic(code)
                    ? new XElement(Pain + "BICFI", code)
                    : new XElement(Pain + "ClrSysMmbId", new XElement(Pain + "MmbId", code)),
                name is null ? null : new XElement(Pain + "Nm", name)
            )
        );

    private static XElement Name(string name) => new(Pain + "Nm", name);

    // Banks take no underscore in an id.
    private static string Id(string id) =>
        id.Length <= MaxId ? id.Replace('_', '-') : throw new ArgumentException($"'{id}' is longer than {MaxId}.", nameof(id));

    private static string Decimal(Money amount) =>
        amount.Amount.ToString("F" + amount.Currency.Exponent.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>RFC 4180, with a header.</summary>
    public static byte[] ToCsv(IReadOnlyList<Transfer> transfers)
    {
        var text = new StringBuilder("payout,holder,account,bank_code,bank,amount,currency\r\n");
        foreach (Transfer t in transfers)
        {
            string[] cells =
            [
                t.PayoutId,
                t.To.Holder,
                t.To.Account,
                t.To.BankCode ?? "",
                t.To.BankName,
                Decimal(t.Amount),
                t.Amount.Currency.Code,
            ];
            text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // A text that begins like a formula would be run by a spreadsheet.
    private static string Cell(string text)
    {
        string safe = text.Length > 0 && "=+-@\t\r".Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
