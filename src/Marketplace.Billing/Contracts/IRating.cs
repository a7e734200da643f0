using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>The prices a contract was sold at. Registered once, never changed; an extension registers nothing new.</summary>
/// <param name="HoldReference">The hold its charges draw on.</param>
/// <param name="TaxRate">On the retail price; a fraction.</param>
/// <param name="CommissionRate">The platform's share of the retail price before tax; a fraction.</param>
/// <param name="Description">For the invoice, for example <c>64 × Ascend 910B, Hohhot</c>.</param>
public sealed record ContractTerms(
    string ContractId,
    string OrderId,
    string CustomerId,
    string OperatorId,
    string CenterId,
    string Currency,
    string? DeviceModel,
    string Description,
    decimal RetailPerCardHour,
    decimal WholesalePerCardHour,
    decimal CommissionRate,
    decimal TaxRate,
    string TaxJurisdiction,
    string HoldReference
)
{
    /// <summary>What else is metered and charged, for example tokens; card-hours are always.</summary>
    public IReadOnlyList<MeterPrice> Meters { get; init; } = [];

    /// <summary>Tiers, hours at another price and a minimum take; null where every card-hour costs the same.</summary>
    public PricePlan? Plan { get; init; }
}

/// <summary>The price of one meter of a contract beside its card-hours.</summary>
/// <param name="Meter">What is counted, for example <c>tokens</c>; the name of its readings.</param>
/// <param name="Unit">What is priced, in the singular, for example <c>million-token</c>.</param>
/// <param name="QuantityPerUnit">Readings per priced unit: 1,000,000 tokens a million; greater than 0.</param>
/// <param name="Retail">Per unit, before tax, in main units of the contract's currency.</param>
/// <param name="Wholesale">Per unit, the center's.</param>
public sealed record MeterPrice(string Meter, string Unit, decimal QuantityPerUnit, decimal Retail, decimal Wholesale);

/// <summary>
/// A cumulative meter reading of one allocation (one pod): card-seconds since it became Ready, weighted by the bought share of the
/// device. Cumulative, so a lost or repeated reading never loses or doubles money.
/// </summary>
/// <param name="EventId">Deduplicates; the same id with another payload goes to quarantine.</param>
/// <param name="Meter">For example <c>card-seconds</c>.</param>
/// <param name="Quantity">Cumulative, ≥ 0, never falling.</param>
/// <param name="Final">The allocation has ended: no more readings.</param>
public sealed record UsageReading(
    string Source,
    string EventId,
    string ContractId,
    string AllocationId,
    string Meter,
    decimal Quantity,
    DateTimeOffset From,
    DateTimeOffset To,
    bool Final
)
{
    /// <summary>0 for the first report of a window, one more each time the same window (the same <see cref="To"/>) is told anew: the highest counts.</summary>
    public int Revision { get; init; }

    /// <summary>0 for an allocation's first counter, one more each time its counter started again from zero: epochs add up.</summary>
    public int Epoch { get; init; }
}

/// <param name="Exhausted">The hold cannot cover more: stop the workload.</param>
public sealed record ChargeResult(string ContractId, Money Charged, Money ChargedTotal, Money HoldRemaining, bool Exhausted);

/// <summary>What a contract has cost so far.</summary>
/// <param name="CardSeconds">Of this meter only; others are other units.</param>
public sealed record ContractCost(string ContractId, Money Net, Money Tax, Money Total, decimal CardSeconds, DateTimeOffset? Through);

/// <summary>One rated usage window as a customer, operator or center sees it (amounts are that party's own).</summary>
/// <param name="JournalId">Empty when the window came to nothing, as for a free contract.</param>
public sealed record ChargeView(
    string Id,
    string ContractId,
    string OrderId,
    string Description,
    string? DeviceModel,
    string Meter,
    decimal Quantity,
    decimal UnitPricePerHour,
    Money Amount,
    Money Tax,
    DateTimeOffset From,
    DateTimeOffset To,
    string JournalId
)
{
    /// <summary>What is priced: <c>card-hour</c>, or the unit of another meter.</summary>
    public string Unit { get; init; } = "card-hour";

    /// <summary>How much of <see cref="Quantity"/> is one <see cref="Unit"/>: 3,600 card-seconds a card-hour.</summary>
    public decimal QuantityPerUnit { get; init; } = 3600;

    /// <summary><see cref="Quantity"/> in priced units.</summary>
    public decimal Units => Quantity / QuantityPerUnit;

    /// <summary>How far this usage has come on its way to the invoice.</summary>
    public UsageState State { get; init; } = UsageState.Rated;

    /// <summary><c>late</c>, <c>correction</c> or <c>dispute</c>; null for the plain charge of a window. The window is the service period in any case.</summary>
    public string? Adjustment { get; init; }

    /// <summary>The dispute this charge is in or came out of; null when nobody disputed it.</summary>
    public string? DisputeId { get; init; }
}

public sealed record ChargeQuery : PageQuery
{
    public string? ContractId { get; init; }
    public string? OrderId { get; init; }

    /// <summary>
    /// Whose amounts, for a party on several sides of its trades: <c>customer</c>, <c>operator</c> or <c>center</c>. null takes the first
    /// of these that the acting party is.
    /// </summary>
    public string? Side { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
}

/// <param name="Key">The group: a day (ISO date), a device model, or an id; empty for what has none, as a contract without a project.</param>
/// <param name="CardHours">Of the meter of card-seconds only; see <see cref="Quantities"/>.</param>
public sealed record CostGroup(string Key, Money Amount, decimal CardHours)
{
    /// <summary>What was used, by priced unit: card-hours are not added to tokens.</summary>
    public IReadOnlyList<CostQuantity> Quantities { get; init; } = [];

    /// <summary>The day in UTC, where each group is told by day.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>How the customers' payments were divided; only on the operator's side, which knows both prices.</summary>
    public TradeSplit? Split { get; init; }
}

/// <summary>What customers paid before tax, and what of it went to centers and to the network; the rest is the operator's.</summary>
public sealed record TradeSplit(Money Retail, Money Wholesale, Money Commission);

/// <summary>Metering intake and rating: usage in, balanced three-way charges out.</summary>
public interface IRating
{
    Task RegisterAsync(ContractTerms terms, CancellationToken ct);

    /// <summary>The same for many contracts in one round trip.</summary>
    Task RegisterManyAsync(IReadOnlyList<ContractTerms> terms, CancellationToken ct);

    /// <summary>Deduplicates, rates and posts in one transaction. Unknown contracts and falling counters go to quarantine, never to an exception.</summary>
    Task<IReadOnlyList<ChargeResult>> RecordAsync(IReadOnlyList<UsageReading> readings, CancellationToken ct);

    /// <summary>Ends a contract's billing: releases the rest of the hold and makes the invoice line final. Idempotent.</summary>
    Task<ContractCost> SettleAsync(string contractId, CancellationToken ct);

    /// <summary>The bill beside the price, proven from the rated lines; null for a contract whose retail price the actor does not see.</summary>
    /// <param name="ahead">What is still to come, for what it will have cost at the end.</param>
    Task<ContractBilling?> BillingAsync(string contractId, UsageAhead? ahead, CancellationToken ct);
    Task<ContractCost?> CostAsync(string contractId, CancellationToken ct);
    Task<IReadOnlyDictionary<string, ContractCost>> CostsAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct);
    Task<Page<ChargeView>> ChargesAsync(ChargeQuery query, CancellationToken ct);

    /// <summary>The acting party's costs or earnings of a period, by group. Customers' amounts include tax.</summary>
    /// <param name="by">One of <see cref="CostGroupings.All"/>. What the acting party's side does not know of a trade is an empty key there.</param>
    Task<IReadOnlyList<CostGroup>> GroupedAsync(string by, Currency currency, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <inheritdoc cref="GroupedAsync(string, Currency, DateTimeOffset, DateTimeOffset, CancellationToken)"/>
    /// <param name="side">Counts only what the acting party has on one side; see <see cref="ChargeQuery.Side"/>.</param>
    Task<IReadOnlyList<CostGroup>> GroupedAsync(
        string by,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        string? side,
        CancellationToken ct
    );
}

/// <summary>The hold of a contract cannot cover more usage.</summary>
[Platform.Outbox.Message("billing.hold-exhausted.v1")]
public sealed record HoldExhausted(string ContractId, string HoldReference);
