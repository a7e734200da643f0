using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;

namespace Marketplace.Orders.Domain;

/// <summary>What a quote has decided and priced: everything an order needs, so that accepting never decides or prices again.</summary>
internal sealed record QuotePlan(IReadOnlyList<PlannedLine> Lines, Explanation Explanation)
{
    /// <summary>What is known besides the price; null when the request names no work, links or data.</summary>
    public PlannedUse? Use { get; init; }

    /// <summary>The lines with their numbers from 1, in the order in which everybody locks capacity, so that two plans never wait crosswise.</summary>
    public IEnumerable<(PlannedLine Line, int Number)> InLockOrder() =>
        Lines
            .Select((line, i) => (Line: line, Number: i + 1))
            .OrderBy(l => l.Line.Terms.ClusterId, StringComparer.Ordinal)
            .ThenBy(l => l.Line.Workload.DeviceModel, StringComparer.Ordinal)
            .ThenBy(l => l.Number);
}

/// <summary>How long the work takes, and what traffic and data cost beside the offers: as the scheduler core said it.</summary>
internal sealed record PlannedUse
{
    /// <summary>Hours until the slowest role has done the work; null without an amount of work or when the chip was never measured.</summary>
    public double? HoursNeeded { get; init; }

    /// <summary>Offers, traffic and data over the hours needed, before tax, in micro-units, rounded up.</summary>
    public decimal? WorkCostMicros { get; init; }

    /// <summary>The unit of the work: its key, or the bundle's.</summary>
    public string Work { get; init; } = "";
    public decimal TrafficPerHourMicros { get; init; }

    /// <summary>Null when no role reads data.</summary>
    public decimal? DataMicros { get; init; }
    public IReadOnlyList<PlannedLink> Links { get; init; } = [];
}

/// <param name="RoundTripMs">Between the sites of the two roles; null when nobody measured it.</param>
internal sealed record PlannedLink(string From, string To, double? RoundTripMs, double? MaxRoundTripMs, decimal TrafficPerHourMicros);

/// <summary>One role on one offer, with the terms it is sold at.</summary>
internal sealed record PlannedLine
{
    public required TradeTerms Terms { get; init; }
    public required string OfferTitle { get; init; }
    public required string SiteName { get; init; }
    public required string OperatorName { get; init; }

    /// <summary>It was sold without saying whose machines these are; that does not change afterwards.</summary>
    public bool WhiteLabel { get; init; }
    public required WorkloadRole Workload { get; init; }

    /// <summary>Thousandths of a card taken from the listing.</summary>
    public required long CardMilli { get; init; }
    public required IReadOnlyList<CapacityGrant> Grants { get; init; }
    public required long NetMicros { get; init; }
    public required long TaxMicros { get; init; }

    /// <summary>What is set aside where that is more than the price: hours may start when they cost more. 0 in what was planned before.</summary>
    public long HoldMicros { get; init; }

    /// <summary>What of the net price is a minimum take that the hours would not reach.</summary>
    public long CommitmentMicros { get; init; }

    /// <summary>When the hours were taken to start.</summary>
    public DateTimeOffset? PricedFrom { get; init; }

    /// <summary>Price of one unit of work; null without a measurement.</summary>
    public decimal? PricePerWork { get; init; }

    /// <summary>Position of the policy's tier the offer is of; null without a policy.</summary>
    public int? PolicyTier { get; init; }

    public decimal Cards => CardMilli / 1000m;

    public Money Held() => new(Math.Max(HoldMicros, checked(NetMicros + TaxMicros)), Currency.Parse(Terms.Currency));

    public Money Total() => new(checked(NetMicros + TaxMicros), Currency.Parse(Terms.Currency));
}

/// <summary>Prices of a plan, by the rule that rates the usage: what is quoted is what is billed when the hours are used as bought.</summary>
internal static class Pricing
{
    /// <param name="from">When the hours are taken to start; where hours of the week have other prices they cost by their hour.</param>
    public static PriceEstimate Estimate(TradeTerms terms, long cardMilli, DateTimeOffset from, decimal hours) =>
        PriceEstimate.Of(PriceOf(terms), cardMilli / 1000m, from, hours);

    public static ContractPrice PriceOf(TradeTerms terms) =>
        new(terms.RetailPerCardHour, terms.WholesalePerCardHour, terms.CommissionRate, terms.TaxRate, ContractPlan(terms));

    /// <summary>What of an offer's plan a contract is rated by: prepaid capacity is a purchase of its own.</summary>
    public static PricePlan? ContractPlan(TradeTerms terms) => terms.Plan is { IsLinear: false } plan ? plan with { Prepaid = null } : null;

    /// <summary>Cost of one hour of a line, tax included, for run rates.</summary>
    public static decimal PerHour(TradeTerms terms, long cardMilli) => terms.RetailPerCardHour * cardMilli / 1000m * (1 + terms.TaxRate);
}
