using System.Globalization;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Credits;

/// <summary>The part of the section <c>Billing</c> that is about vouchers and service credits.</summary>
internal sealed class CreditOptions
{
    /// <summary>Availability and credit as fractions: below 99.9 % a tenth of the month's charge, and so on. The last that fits counts.</summary>
    public string ServiceCreditTiers { get; set; } = "0.999=0.10, 0.99=0.25, 0.95=1";

    /// <summary>Posts service credits without the desk.</summary>
    public bool ServiceCreditsAutomatic { get; set; }

    /// <summary>Codes that are none, by one party in an hour, before the next is refused unread.</summary>
    public int VoucherAttemptsPerHour { get; set; } = 10;

    public IReadOnlyList<ServiceCreditTier> Tiers =>
        TryReadTiers(ServiceCreditTiers) ?? throw new InvalidOperationException("The service credit tiers were not validated.");

    /// <returns>null when the text is none; the highest availability first.</returns>
    public static IReadOnlyList<ServiceCreditTier>? TryReadTiers(string text)
    {
        List<ServiceCreditTier> tiers = [];
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = part.Split('=', StringSplitOptions.TrimEntries);
            if (
                sides.Length != 2
                || !decimal.TryParse(sides[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal below)
                || !decimal.TryParse(sides[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal fraction)
                || below is <= 0 or > 1
                || fraction is <= 0 or > 1
            )
                return null;
            tiers.Add(new ServiceCreditTier(below, fraction));
        }
        tiers.Sort((a, b) => b.Below.CompareTo(a.Below));
        // Whoever was down longer gets more.
        return tiers.Zip(tiers.Skip(1)).All(p => p.First.Below > p.Second.Below && p.First.Fraction < p.Second.Fraction) ? tiers : null;
    }
}

internal sealed class CreditOptionsValidator : IValidateOptions<CreditOptions>
{
    public ValidateOptionsResult Validate(string? name, CreditOptions options)
    {
        List<string> wrong = [];
        if (CreditOptions.TryReadTiers(options.ServiceCreditTiers) is null)
            wrong.Add(
                $"Billing:ServiceCreditTiers is '{options.ServiceCreditTiers}'; use availability=credit as fractions, a lower availability with a higher credit, for example 0.999=0.10, 0.99=0.25."
            );
        if (options.VoucherAttemptsPerHour is < 1 or > 1_000)
            wrong.Add($"Billing:VoucherAttemptsPerHour is {options.VoucherAttemptsPerHour}; use 1 to 1000.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
