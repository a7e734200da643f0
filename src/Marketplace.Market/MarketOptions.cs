using Marketplace.Platform.Monetary;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Microsoft.Extensions.Options;

namespace Marketplace.Market;

/// <summary>Settings of the market, section <c>Market</c>.</summary>
public sealed class MarketOptions
{
    public const string Section = "Market";

    /// <summary>The platform's share of the retail price, a fraction.</summary>
    public decimal CommissionRate { get; set; } = 0.03m;

    /// <summary>Tax on the retail price by the operator's country (ISO 3166-1 alpha-2), a fraction.</summary>
    public Dictionary<string, decimal> TaxRates { get; } =
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["CN"] = 0.06m,
            ["DE"] = 0.19m,
            ["FR"] = 0.20m,
            ["GB"] = 0.20m,
            ["JP"] = 0.10m,
            ["NL"] = 0.21m,
            ["SG"] = 0.09m,
            ["US"] = 0m,
        };

    /// <summary>For countries that <see cref="TaxRates"/> does not name.</summary>
    public decimal DefaultTaxRate { get; set; }

    /// <summary>Organisations that are customers only may trade as soon as they have signed up.</summary>
    public bool ApproveCustomersAtOnce { get; set; }

    /// <summary>How nodes are chosen inside a cluster: one of <see cref="PackingPolicies.OfSnapshots"/>.</summary>
    public string NodePolicy { get; set; } = PackingPolicies.Default;

    /// <summary>Measured round trips between two regions in milliseconds, by <c>region/region</c>, for the scheduler's locality rules.</summary>
    public Dictionary<string, double> RoundTripMs { get; } = new(StringComparer.Ordinal);

    /// <summary>What moving data out of one region into another costs, one way, by <c>from/to</c>; a pair that is not named costs nothing.</summary>
    public Dictionary<string, EgressOptions> EgressPerGib { get; } = new(StringComparer.Ordinal);

    internal decimal TaxRate(string country) => TaxRates.TryGetValue(country, out decimal rate) ? rate : DefaultTaxRate;
}

/// <summary>The price of one GiB between two regions.</summary>
public sealed class EgressOptions
{
    /// <summary>In whole units of the currency, for example 0.8.</summary>
    public decimal Price { get; set; }

    /// <summary>ISO 4217 code.</summary>
    public string Currency { get; set; } = "";
}

internal sealed class MarketOptionsValidator : IValidateOptions<MarketOptions>
{
    private const decimal MostPerGib = InputBounds.MaxPricePerGib / (decimal)Money.MicrosPerUnit;

    public ValidateOptionsResult Validate(string? name, MarketOptions options)
    {
        List<string> wrong = [];
        if (options.CommissionRate is < 0 or >= 1)
            wrong.Add(
                $"{MarketOptions.Section}:CommissionRate is {options.CommissionRate}. Set a fraction from 0 to below 1, for example 0.03."
            );
        if (options.DefaultTaxRate is < 0 or >= 1)
            wrong.Add($"{MarketOptions.Section}:DefaultTaxRate is {options.DefaultTaxRate}. Set a fraction from 0 to below 1.");
        if (!PackingPolicies.OfSnapshots.Contains(options.NodePolicy, StringComparer.Ordinal))
            wrong.Add(
                $"{MarketOptions.Section}:NodePolicy is '{options.NodePolicy}'. Name one of {string.Join(", ", PackingPolicies.OfSnapshots)}."
            );
        foreach (var (country, rate) in options.TaxRates)
        {
            if (country.Length != 2 || rate is < 0 or >= 1)
                wrong.Add(
                    $"{MarketOptions.Section}:TaxRates:{country} is {rate}. Name a two-letter country and a fraction from 0 to below 1."
                );
        }
        foreach (var (pair, milliseconds) in options.RoundTripMs)
        {
            if (pair.Split('/') is not [{ Length: > 0 }, { Length: > 0 }] || !(milliseconds is >= 0 and <= InputBounds.MaxRoundTripMs))
                wrong.Add(
                    $"{MarketOptions.Section}:RoundTripMs:{pair} is {milliseconds}. Name two regions as a/b and milliseconds from 0 to {InputBounds.MaxRoundTripMs}."
                );
            else if (
                options.RoundTripMs.TryGetValue(string.Join('/', pair.Split('/').Reverse()), out double back) && !back.Equals(milliseconds)
            )
                wrong.Add(
                    $"{MarketOptions.Section}:RoundTripMs:{pair} is {milliseconds}, but {back} the other way. State each pair once; it counts in both directions."
                );
        }
        foreach (var (pair, egress) in options.EgressPerGib)
        {
            string key = $"{MarketOptions.Section}:EgressPerGib:{pair}";
            if (pair.Split('/') is not [{ Length: > 0 } from, { Length: > 0 } to] || string.Equals(from, to, StringComparison.Ordinal))
                wrong.Add($"{key} is not a pair of regions. Name two different regions as from/to.");
            if (egress.Price is < 0 or > MostPerGib)
                wrong.Add($"{key}:Price is {egress.Price}. Set 0 to {MostPerGib} for one GiB.");
            if (Currency.TryParse(egress.Currency) is null)
                wrong.Add($"{key}:Currency is '{egress.Currency}'. Name a currency that is traded here, for example CNY.");
        }
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
