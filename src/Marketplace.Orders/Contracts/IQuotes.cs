using System.Text.Json.Serialization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Contracts;

/// <summary>One accepted way to run a role: a chip and the image for it.</summary>
/// <param name="DeviceModel">Catalogue model; null runs on CPU.</param>
/// <param name="Throughput">Units of work per second per card; null takes the market's measurement when the request names a work.</param>
public sealed record VariantRequest(string? DeviceModel, string? Image = null, double? Throughput = null);

/// <summary>What the customer wants to run. Either a bundle with parameters, or an own image.</summary>
public sealed record WorkloadRequest
{
    public required string Name { get; init; }
    public required ProductKind Product { get; init; }

    /// <summary>Project of the organisation it is ordered under, by id or name; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }
    public string? BundleId { get; init; }
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();
    public string? Image { get; init; }
    public IReadOnlyList<string> Command { get; init; } = [];
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    public int Replicas { get; init; } = 1;
    public int CardsPerReplica { get; init; } = 1;

    /// <summary>Thousandths of a card per card asked; 1000 is the whole card.</summary>
    public int ComputeMilli { get; init; } = 1000;

    /// <summary>Device memory per card for shares; 0 takes what the compute share implies.</summary>
    public int MemoryMibPerCard { get; init; }
    public int CpuMilli { get; init; } = 1000;
    public int HostMemoryMib { get; init; } = 2048;
    public int? Port { get; init; }

    /// <summary>Chips that will do, empty for any chip on sale.</summary>
    public IReadOnlyList<VariantRequest> Variants { get; init; } = [];

    /// <summary>Work key, to price and choose by unit of work.</summary>
    public string? Work { get; init; }

    /// <summary>How much of that work is to be done, in its units; null when it runs until it is stopped.</summary>
    public decimal? WorkUnits { get; init; }

    /// <summary>Hours from the start in which the work must be done; needs <see cref="WorkUnits"/>.</summary>
    public decimal? DeadlineHours { get; init; }

    /// <summary>Hours bought and held; unused time comes back.</summary>
    public required decimal Hours { get; init; }
    public ContractClass Class { get; init; } = ContractClass.OnDemand;
    public Objective Objective { get; init; } = Objective.CheapestWork;
    public string? Currency { get; init; }
    public string? OfferId { get; init; }
    public IReadOnlyList<string> Regions { get; init; } = [];
    public IReadOnlyList<string> Countries { get; init; } = [];
    public IReadOnlyList<SiteTier> Tiers { get; init; } = [];

    /// <summary>Whose capacity is used first; null takes own machines before bought ones.</summary>
    public PolicyRequest? Policy { get; init; }

    /// <summary>Links between the bundle's roles; one of the same two roles replaces the bundle's.</summary>
    public IReadOnlyList<BundleLink> Links { get; init; } = [];

    /// <summary>What the roles read, and where it is.</summary>
    public IReadOnlyList<DataRequest> Data { get; init; } = [];
    public decimal? MaxPricePerCardHour { get; init; }
    public decimal? MaxTotal { get; init; }

    /// <summary>For simulated clusters only: seconds a job's pods run.</summary>
    public int? SimulatedRunSeconds { get; init; }
}

public enum QuoteState
{
    Issued,
    Accepted,
    Expired,
    Withdrawn,
}

/// <summary>One priced line of a quote: a role on an offer.</summary>
public sealed record QuoteLineView(
    string Role,
    string OfferId,
    string OfferTitle,
    string SiteName,
    string OperatorName,
    string? DeviceModel,
    string Image,
    int Replicas,
    decimal Cards,
    decimal Quantity,
    decimal UnitPrice,
    Money Amount
)
{
    /// <summary>Position of the tier of the request's policy that it was bought from, from 0; null without a policy.</summary>
    public int? PolicyTier { get; init; }

    /// <summary>What the unit price becomes by amount and hour; null where every card-hour costs the same.</summary>
    public PricePlan? Plan { get; init; }

    /// <summary>What of the amount is a minimum take that the hours would not reach; null without one.</summary>
    public Money? Commitment { get; init; }
}

/// <summary>Another way to get the same work: <c>cheaper</c> (by the hour), <c>faster</c> or <c>nearer</c>.</summary>
/// <param name="Difference">Its total less the quote's.</param>
/// <param name="Reason">Why it was not chosen, in English.</param>
public sealed record AlternativeView(
    string Kind,
    string OfferId,
    string OfferTitle,
    string SiteName,
    string? DeviceModel,
    Money Total,
    Money Difference,
    decimal? PricePerWork,
    string Reason
)
{
    /// <summary>Stable code of <see cref="Reason"/>, for translation: <c>offer</c>, <c>chip</c>, <c>place</c>, <c>class</c>, <c>objective</c>.</summary>
    public string? ReasonCode { get; init; }

    /// <summary>Arguments of the reason's sentence.</summary>
    public IReadOnlyDictionary<string, string>? ReasonArguments { get; init; }
    public string? Region { get; init; }
    public SiteTier? Tier { get; init; }
    public ContractClass? Class { get; init; }

    /// <summary>Its measured speed as a multiple of the quote's; null when one of them was never measured.</summary>
    public double? Speed { get; init; }

    /// <summary>The request that buys it: ask a quote for it to take this one instead.</summary>
    public WorkloadRequest? Request { get; init; }
}

public sealed record QuoteView(
    string Id,
    string CustomerId,
    QuoteState State,
    WorkloadRequest Request,
    IReadOnlyList<QuoteLineView> Lines,
    Currency Currency,
    Money Net,
    Money Tax,
    decimal TaxRate,
    Money Total,
    Money PerHour,
    Money PerMonth,
    decimal? PricePerWork,
    string? WorkTitle,
    Explanation Explanation,
    IReadOnlyList<AlternativeView> Alternatives,
    string? OrderId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>What an order sets aside: the total, or more where the hours may fall when they cost more. What is not used comes back.</summary>
    public Money? Held { get; init; }

    /// <summary>Null when the request names no amount of work.</summary>
    public WorkPlanView? WorkPlan { get; init; }

    /// <summary>One entry per link; empty without links.</summary>
    public IReadOnlyList<LinkView> Links { get; init; } = [];

    /// <summary>What the traffic of all links costs per hour; reported beside the price, not charged. Null without links.</summary>
    public Money? TrafficPerHour { get; init; }

    /// <summary>What moving the data there once costs; reported beside the price, not charged. Null without data.</summary>
    public Money? DataCost { get; init; }
    public string? ProjectId { get; init; }

    /// <summary>What the budgets that count the order say to it, the tightest first; not in lists, and only as long as it can be accepted.</summary>
    public IReadOnlyList<BudgetFit> Budgets { get; init; } = [];

    /// <summary>
    /// What the customer owes past its time, which an order waits for; null where nothing does. Not in lists, and only as long as it can be accepted.
    /// </summary>
    public ArrearsView? PastDue { get; init; }
}

public sealed record QuoteQuery : PageQuery
{
    public QuoteState? State { get; init; }
}

/// <summary>Firm quotes: they hold capacity and price until they expire.</summary>
public interface IQuotes
{
    /// <summary>
    /// Decides, prices and holds. A refusal is a <c>no-placement</c> conflict whose errors carry the explanation: which rule removed what and
    /// what change would make it fit.
    /// </summary>
    Task<Outcome<QuoteView>> RequestAsync(WorkloadRequest request, string idempotencyKey, CancellationToken ct);

    /// <summary>The same decision and price without holding anything.</summary>
    Task<Outcome<QuoteView>> PreviewAsync(WorkloadRequest request, CancellationToken ct);
    Task<Outcome<QuoteView>> WithdrawAsync(string quoteId, CancellationToken ct);
    Task<QuoteView?> FindAsync(string quoteId, CancellationToken ct);
    Task<Page<QuoteView>> ListAsync(QuoteQuery query, CancellationToken ct);
}
