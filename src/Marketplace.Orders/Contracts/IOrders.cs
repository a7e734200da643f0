using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;

namespace Marketplace.Orders.Contracts;

public enum LineState
{
    Draft,
    Acknowledged,
    PendingApproval,
    PendingFunds,
    Sourcing,
    PartiallyAllocated,
    Scheduled,
    InProgress,
    Completed,
    Partial,
    Failed,
    Held,
    PendingCancellation,
    Cancelled,
    Rejected,
}

public enum ContractState
{
    Reserved,
    Scheduled,
    Active,
    Degraded,
    PastDue,
    Suspended,
    Reclaiming,
    Migrating,
    Ended,
    Settling,
    Disputed,
    Settled,
}

/// <summary>Why a contract is where it is; the number's thousands say whose reason it is (1 customer, 2 center, 3 operator, 4 platform, 5 force majeure).</summary>
public sealed record ContractReason(int Number, string Text);

public sealed record OrderView(
    string Id,
    string CustomerId,
    string Name,
    string? QuoteId,
    string? BulkOrderId,
    LineState State,
    Currency Currency,
    Money Held,
    IReadOnlyList<OrderLineView> Lines,
    DateTimeOffset CreatedAt
)
{
    public string? ProjectId { get; init; }
    public string? ProjectName { get; init; }

    /// <summary>Who ordered: a person's, API key's or client's id; null for old orders.</summary>
    public string? MemberId { get; init; }
}

public sealed record OrderLineView(
    string Id,
    int Number,
    LineState State,
    string Description,
    Money Held,
    string? ContractId,
    string? Problem
);

public sealed record OrderQuery : PageQuery
{
    public LineState? State { get; init; }
    public string? ProjectId { get; init; }
    public string? MemberId { get; init; }
    public string? BulkOrderId { get; init; }
}

/// <summary>One step of the live timeline: <c>held</c>, <c>scheduled</c>, <c>pulling</c>, <c>starting</c>, <c>running</c>, <c>ended</c>, <c>settled</c>.</summary>
public sealed record TimelineStep(string Code, DateTimeOffset? At, string Detail, bool Done, bool Current);

/// <summary>Something that happened to the places of a running contract.</summary>
/// <param name="Code"><c>moved</c>, <c>place-lost</c> (no other place yet) or <c>place-back</c> (the fault is over).</param>
/// <param name="Places">Machines: <c>from → to</c>, or those that are lost.</param>
/// <param name="Fault">
/// Why: <c>node-gone</c>, <c>node-not-ready</c>, <c>card-gone</c>, <c>card-unhealthy</c>, or <c>runs-elsewhere</c> when the cluster had moved it
/// itself.
/// </param>
/// <param name="Explanation">How the new place was found, or why there is none, in English.</param>
public sealed record PlaceChange(DateTimeOffset At, string Code, string Places, string Fault, string Explanation);

/// <summary>A purchase as its three parties see it; fields another party may not see are null.</summary>
public sealed record ContractView(
    string Id,
    string OrderId,
    string LineId,
    string Name,
    string CustomerId,
    string? CustomerName,
    string OperatorId,
    string OperatorName,
    string CenterId,
    string? CenterName,
    string SiteId,
    string SiteName,
    string ClusterId,
    ProductKind Product,
    string? DeviceModel,
    decimal Cards,
    Marketplace.Scheduling.Model.ContractClass Class,
    ContractState State,
    ContractReason? Reason,
    decimal UnitPricePerCardHour,
    decimal? WholesalePerCardHour,
    Currency Currency,
    Money Held,
    Money Spent,
    Money PerHour,
    Explanation? Explanation,
    IReadOnlyList<TimelineStep> Timeline,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ReadyAt,
    DateTimeOffset EndsAt,
    DateTimeOffset? EndedAt
)
{
    /// <summary>What became of its places, oldest first.</summary>
    public IReadOnlyList<PlaceChange> PlaceChanges { get; init; } = [];

    /// <summary>For its customer: the project it was ordered under.</summary>
    public string? ProjectId { get; init; }
    public string? ProjectName { get; init; }

    /// <summary>For its customer: who ordered it, a person's, API key's or client's id.</summary>
    public string? MemberId { get; init; }

    /// <summary>The offer it was sold from, for its operator.</summary>
    public string? OfferId { get; init; }

    /// <summary>What its operator keeps of an hour of all cards: retail less wholesale and commission; null for everybody else.</summary>
    public Money? MarginPerHour { get; init; }
}

public sealed record ContractQuery : PageQuery
{
    public ContractState? State { get; init; }

    /// <summary>Only contracts that have not ended.</summary>
    public bool Open { get; init; }
    public ProductKind? Product { get; init; }
    public string? OrderId { get; init; }

    /// <summary>Of the acting customer; other parties find nothing by it.</summary>
    public string? ProjectId { get; init; }

    /// <summary>Of the acting customer; other parties find nothing by it.</summary>
    public string? MemberId { get; init; }

    /// <summary>Whose side: <c>customer</c>, <c>operator</c>, <c>center</c>; null is every side of the acting party.</summary>
    public string? Side { get; init; }
}

public interface IOrders
{
    /// <summary>Accepts a quote once: <c>quote-expired</c> (410) after its time, <c>quote-accepted</c> (409) the second time under another key.</summary>
    Task<Outcome<OrderView>> AcceptAsync(string quoteId, string idempotencyKey, CancellationToken ct);

    /// <summary>Orders without a quote, at the current price.</summary>
    Task<Outcome<OrderView>> PlaceAsync(WorkloadRequest request, string idempotencyKey, CancellationToken ct);
    Task<OrderView?> FindAsync(string orderId, CancellationToken ct);
    Task<Page<OrderView>> ListAsync(OrderQuery query, CancellationToken ct);
}

public interface IContracts
{
    Task<ContractView?> FindAsync(string contractId, CancellationToken ct);
    Task<Page<ContractView>> ListAsync(ContractQuery query, CancellationToken ct);

    /// <summary>What was quoted beside what is billed; null for anybody but its customer, its operator and the network desk.</summary>
    Task<ContractBillingView?> BillingAsync(string contractId, CancellationToken ct);

    /// <summary>Ends it at the customer's wish: the meter stops when the cluster says it has stopped, and the rest of the hold comes back.</summary>
    Task<Outcome<ContractView>> StopAsync(string contractId, CancellationToken ct);

    /// <summary>Buys more hours at the contract's price; holds the money first.</summary>
    Task<Outcome<ContractView>> ExtendAsync(string contractId, decimal hours, string idempotencyKey, CancellationToken ct);

    /// <summary>The workload behind it, for the customer (and, without logs, for its center).</summary>
    Task<WorkloadView?> WorkloadAsync(string contractId, CancellationToken ct);

    IAsyncEnumerable<LogLine> LogsAsync(string contractId, string? pod, int tail, bool follow, CancellationToken ct);

    /// <summary>A kubeconfig for a dedicated namespace, shown once and short-lived.</summary>
    Task<Outcome<string>> KubeconfigAsync(string contractId, CancellationToken ct);
}
