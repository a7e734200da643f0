using Marketplace.Platform.Monetary;
using Marketplace.Platform.Text;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

internal enum PayoutRhythm
{
    /// <summary>Every Monday.</summary>
    Weekly,

    /// <summary>Every first of a month.</summary>
    Monthly,
}

/// <summary>The part of the section <c>Billing</c> that is about payouts.</summary>
internal sealed class PayoutOptions
{
    public PayoutRhythm PayoutRhythm { get; set; } = PayoutRhythm.Weekly;

    /// <summary>Least amount of a payout, in main units of its currency; at most as many decimals as the currency has.</summary>
    public decimal PayoutMinimum { get; set; } = 100m;

    /// <summary>Above it two people approve, in main units of the payout's currency.</summary>
    public decimal PayoutTwoPersonAbove { get; set; } = 50_000m;

    /// <summary>How long a new destination waits before it is used.</summary>
    public TimeSpan PayoutCoolingOff { get; set; } = TimeSpan.FromDays(3);

    /// <summary>The account the network pays from, for payment files of the kind pain.001: holder, IBAN or number, BIC.</summary>
    public string PayoutDebtorName { get; set; } = "";
    public string PayoutDebtorAccount { get; set; } = "";
    public string PayoutDebtorBankCode { get; set; } = "";

    public bool HasDebtor => PayoutDebtorName.Length > 0 && PayoutDebtorAccount.Length > 0 && PayoutDebtorBankCode.Length > 0;
}

internal sealed class PayoutOptionsValidator : IValidateOptions<PayoutOptions>
{
    public ValidateOptionsResult Validate(string? name, PayoutOptions options)
    {
        List<string> wrong = [];
        if (!Enum.IsDefined(options.PayoutRhythm))
            wrong.Add($"Billing:PayoutRhythm is {options.PayoutRhythm}; use Weekly or Monthly.");
        foreach (Currency currency in Currency.All)
        {
            if (options.PayoutMinimum <= 0 || decimal.Round(options.PayoutMinimum, currency.Exponent) != options.PayoutMinimum)
                wrong.Add(
                    Plural.Write(
                        $"Billing:PayoutMinimum is {options.PayoutMinimum}; use more than 0 with at most {currency.Exponent} {currency.Exponent:decimal|decimals}, as {currency} has."
                    )
                );
        }
        if (options.PayoutTwoPersonAbove < 0)
            wrong.Add($"Billing:PayoutTwoPersonAbove is {options.PayoutTwoPersonAbove}; use zero or more, for example 50000.");
        if (options.PayoutCoolingOff < TimeSpan.Zero || options.PayoutCoolingOff > TimeSpan.FromDays(60))
            wrong.Add($"Billing:PayoutCoolingOff is {options.PayoutCoolingOff}; use zero to 60 days, for example 3.00:00:00.");
        if (
            !options.HasDebtor
            && options.PayoutDebtorName.Length + options.PayoutDebtorAccount.Length + options.PayoutDebtorBankCode.Length > 0
        )
            wrong.Add("Billing:PayoutDebtorName, PayoutDebtorAccount and PayoutDebtorBankCode belong together; set all three or none.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong.Distinct(StringComparer.Ordinal));
    }
}
