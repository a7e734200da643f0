using System.Text.Json;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

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
