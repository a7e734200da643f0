using Marketplace.Billing.Contracts;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing;

/// <summary>The section <c>Billing</c>. Prices, commission and tax are terms of the trade and live in the market.</summary>
public sealed class BillingOptions
{
    public const string Section = "Billing";

    /// <summary>How long earnings stay pending before they are payable.</summary>
    public TimeSpan DisputeWindow { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Begins every invoice number; numbers are gapless per issuer and currency.</summary>
    public string InvoiceIssuer { get; set; } = "NET";

    /// <summary>How long after an invoice is issued what it leaves open has to be paid.</summary>
    public TimeSpan PaymentTerms { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Who issues invoices, as printed on them.</summary>
    public string SellerName { get; set; } = "Compute Network";

    /// <summary>Lines separated by a line feed; may be empty, as <see cref="SellerTaxId"/>.</summary>
    public string SellerAddress { get; set; } = "";
    public string SellerTaxId { get; set; } = "";

    /// <summary>Where the fonts of PDF documents are looked for, subfolders included.</summary>
    public string FontDirectory { get; set; } = "/usr/share/fonts";

    internal BilledParty Seller => new(SellerName, SellerAddress, SellerTaxId);

    /// <summary>How long after the end of a month its invoices are made, so that late usage is on them.</summary>
    public TimeSpan InvoiceGrace { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a customer that is past due goes on as before, without new orders, until its contracts rest.</summary>
    public TimeSpan ArrearsGrace { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long contracts rest for a debt, with all they have, until they end.</summary>
    public TimeSpan SuspensionGrace { get; set; } = TimeSpan.FromDays(14);

    /// <summary>What the network lends a customer beyond its credit before it is invoiced, in main units of each currency.</summary>
    public decimal UnsecuredLimit { get; set; } = 1_000m;

    internal Arrears.ArrearsTimes ArrearsTimes => new(ArrearsGrace, SuspensionGrace);

    /// <summary>How often the worker looks for what has fallen due.</summary>
    public TimeSpan WorkerInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How far past a moment its sources must have been heard before what was used by then is closed.</summary>
    public TimeSpan UsageGrace { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after the end of a month its invoices wait for a silent source; what comes later is an adjustment.</summary>
    public TimeSpan UsagePatience { get; set; } = TimeSpan.FromDays(4);

    /// <summary>Readings one call may carry.</summary>
    public int MaxReadingsPerCall { get; set; } = 10_000;

    /// <summary>Largest top-up, in main units of its currency.</summary>
    public decimal MaxTopUp { get; set; } = 10_000_000m;

    /// <summary>The local payment provider's fee, a fraction of the amount that the network bears.</summary>
    public decimal LocalPaymentFeeRate { get; set; }

    /// <summary>Payments by bank transfer, where cards are not taken.</summary>
    public BankTransferOptions BankTransfer { get; set; } = new();

    /// <summary>Payments by card; off without a secret key.</summary>
    public StripeOptions Stripe { get; set; } = new();
}

/// <summary>Names the key that is wrong; start-up stops on it.</summary>
internal sealed class BillingOptionsValidator : IValidateOptions<BillingOptions>
{
    public ValidateOptionsResult Validate(string? name, BillingOptions options)
    {
        List<string> wrong = [];
        if (options.DisputeWindow < TimeSpan.Zero)
            wrong.Add($"Billing:DisputeWindow is {options.DisputeWindow}; use zero or more, for example 7.00:00:00.");
        if (string.IsNullOrWhiteSpace(options.InvoiceIssuer) || options.InvoiceIssuer.Length > 20)
            wrong.Add("Billing:InvoiceIssuer must be 1 to 20 characters, for example NET.");
        if (options.InvoiceGrace < TimeSpan.Zero)
            wrong.Add($"Billing:InvoiceGrace is {options.InvoiceGrace}; use zero or more, for example 1.00:00:00.");
        if (options.PaymentTerms < TimeSpan.Zero || options.PaymentTerms > TimeSpan.FromDays(365))
            wrong.Add($"Billing:PaymentTerms is {options.PaymentTerms}; use zero to 365 days, for example 14.00:00:00.");
        if (string.IsNullOrWhiteSpace(options.SellerName) || options.SellerName.Length > 200)
            wrong.Add("Billing:SellerName must be 1 to 200 characters, for example Compute Network Ltd.");
        if (options.ArrearsGrace < TimeSpan.FromMinutes(1) || options.ArrearsGrace > TimeSpan.FromDays(90))
            wrong.Add($"Billing:ArrearsGrace is {options.ArrearsGrace}; use one minute to 90 days, for example 7.00:00:00.");
        if (options.SuspensionGrace < TimeSpan.FromMinutes(1) || options.SuspensionGrace > TimeSpan.FromDays(365))
            wrong.Add($"Billing:SuspensionGrace is {options.SuspensionGrace}; use one minute to 365 days, for example 14.00:00:00.");
        if (options.UnsecuredLimit is < 0 or > 1_000_000_000m)
            wrong.Add($"Billing:UnsecuredLimit is {options.UnsecuredLimit}; use 0 to 1000000000.");
        if (options.UsageGrace < TimeSpan.Zero)
            wrong.Add($"Billing:UsageGrace is {options.UsageGrace}; use zero or more, for example 00:05:00.");
        if (options.UsagePatience < options.InvoiceGrace)
            wrong.Add($"Billing:UsagePatience is {options.UsagePatience}; use at least Billing:InvoiceGrace, for example 4.00:00:00.");
        if (options.WorkerInterval < TimeSpan.FromSeconds(1))
            wrong.Add($"Billing:WorkerInterval is {options.WorkerInterval}; use one second or more, for example 00:01:00.");
        if (options.MaxReadingsPerCall is < 1 or > 100_000)
            wrong.Add($"Billing:MaxReadingsPerCall is {options.MaxReadingsPerCall}; use 1 to 100000.");
        if (options.MaxTopUp is <= 0 or > 1_000_000_000m)
            wrong.Add($"Billing:MaxTopUp is {options.MaxTopUp}; use more than 0 and at most 1000000000.");
        if (options.LocalPaymentFeeRate is < 0 or > 0.5m)
            wrong.Add($"Billing:LocalPaymentFeeRate is {options.LocalPaymentFeeRate}; use a fraction from 0 to 0.5.");
        wrong.AddRange(options.BankTransfer.Problems());
        wrong.AddRange(options.Stripe.Problems());
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
