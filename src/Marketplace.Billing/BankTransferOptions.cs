using Marketplace.Billing.Contracts;

namespace Marketplace.Billing;

/// <summary>The section <c>Billing:BankTransfer</c>: how customers pay where no card processor is connected.</summary>
public sealed class BankTransferOptions
{
    /// <summary>Whose account customers pay to; empty when the network tells them by other means, as the next three.</summary>
    public string AccountHolder { get; set; } = "";
    public string AccountNumber { get; set; } = "";
    public string Bank { get; set; } = "";

    /// <summary>BIC or the bank's code.</summary>
    public string BankCode { get; set; } = "";

    /// <summary>Further accounts of the network's whose statements are taken, for example those in other currencies.</summary>
    public IList<string> OtherAccounts { get; init; } = [];

    /// <summary>A payment whose transfer does not arrive for so long is given up.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Books a payment as soon as it is asked for, before any money has arrived: for trying the marketplace out. Whoever signs in can then give
    /// themselves credit.
    /// </summary>
    public bool BookAtOnce { get; set; }

    internal BankAccount? Account => AccountNumber.Length == 0 ? null : new BankAccount(AccountHolder, AccountNumber, Bank, BankCode);

    internal IEnumerable<string> Problems()
    {
        if (Patience < TimeSpan.FromDays(1) || Patience > TimeSpan.FromDays(365))
            yield return $"Billing:BankTransfer:Patience is {Patience}; use 1 to 365 days, for example 30.00:00:00.";
        foreach (var (key, value) in Texts)
            if (value.Length > MaxText)
                yield return $"Billing:BankTransfer:{key} is too long; use {MaxText} letters or less.";
        if (AccountNumber.Length == 0 && Texts.FirstOrDefault(t => t.Value.Length > 0) is { Key: { } given })
            yield return $"Billing:BankTransfer:AccountNumber is missing and {given} is given; give both, or neither.";
    }

    private const int MaxText = 200;

    private IEnumerable<(string Key, string Value)> Texts =>
        [
            (nameof(AccountHolder), AccountHolder),
            (nameof(AccountNumber), AccountNumber),
            (nameof(Bank), Bank),
            (nameof(BankCode), BankCode),
        ];
}
