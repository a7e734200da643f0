using System.Text.Json;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Scheduling.Batch;

namespace Marketplace.Orders.Contracts;

public enum BulkMode
{
    /// <summary>Every line or none.</summary>
    Atomic,

    /// <summary>Each line for itself.</summary>
    BestEffort,
}

/// <summary>Up to 10,000 lines. Lines stay raw so that a malformed one is reported at its place and leaves the others alone.</summary>
public sealed record BulkOrderRequest
{
    public const int MaxLines = 10_000;
    public BulkMode Mode { get; init; } = BulkMode.BestEffort;

    /// <summary>Decides and prices without holding or ordering.</summary>
    public bool DryRun { get; init; }
    public decimal? MaxUnitPrice { get; init; }
    public required IReadOnlyList<JsonElement> Lines { get; init; }
}

public enum BulkState
{
    Running,
    Completed,
    Failed,
}

public sealed record BulkLineResult(
    int Line,
    string Status,
    string? OrderId,
    string? ContractId,
    string? OfferId,
    Money? Total,
    Problem? Problem
);

/// <summary>How the lines found their places. Lines that commit in steps are counted step by step.</summary>
/// <param name="Order"><c>market</c> when in some step the batch market placed more lines than the order of arrival.</param>
/// <param name="Placed">Lines that got a place.</param>
/// <param name="PlacedByArrival">Lines that would have got one line after line.</param>
/// <param name="AtMost">No way of placing has more of the lines than so many: a proven bound.</param>
public sealed record BulkPlacing(BatchOrder Order, int Placed, int PlacedByArrival, int AtMost)
{
    internal BulkPlacing Plus(BatchDecision more) =>
        new(
            more.Order == BatchOrder.Market ? BatchOrder.Market : Order,
            Placed + more.Placed,
            PlacedByArrival + more.PlacedByArrival,
            AtMost + more.AtMost
        );
}

/// <param name="Placing">Null until the first lines are decided.</param>
public sealed record BulkOrderView(
    string Id,
    BulkMode Mode,
    bool DryRun,
    BulkState State,
    int Lines,
    int Done,
    int Accepted,
    int Refused,
    Money? Total,
    BulkPlacing? Placing,
    Problem? Problem,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt
);

public interface IBulkOrders
{
    /// <summary>Stores the request and answers at once; the worker places the lines. Idempotent per key.</summary>
    Task<Outcome<BulkOrderView>> SubmitAsync(BulkOrderRequest request, string idempotencyKey, CancellationToken ct);
    Task<BulkOrderView?> FindAsync(string bulkOrderId, CancellationToken ct);
    Task<Page<BulkOrderView>> ListAsync(PageQuery query, CancellationToken ct);

    /// <summary>Results by line number.</summary>
    Task<Page<BulkLineResult>> ResultsAsync(string bulkOrderId, PageQuery query, CancellationToken ct);
}
