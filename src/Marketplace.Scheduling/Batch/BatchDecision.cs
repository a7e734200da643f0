namespace Marketplace.Scheduling.Batch;

/// <summary>In which way a batch was placed.</summary>
public enum BatchOrder
{
    /// <summary>Line after line, each on what the lines before it left.</summary>
    Arrival,

    /// <summary>By the batch market, because it places more.</summary>
    Market,
}

/// <summary>The answers to several requests placed on the same supply.</summary>
/// <param name="Decisions">In the order of the requests.</param>
/// <param name="Complete">True when every request was placed.</param>
public sealed record BatchDecision(IReadOnlyList<Decision> Decisions, bool Complete)
{
    /// <summary>Which way was better; arrival when both are equal.</summary>
    public BatchOrder Order { get; init; }

    /// <summary>Requests that have a place in the better way. With an atomic batch that was refused none of them keeps it.</summary>
    public required int Placed { get; init; }

    /// <summary>Requests that arrival order places.</summary>
    public required int PlacedByArrival { get; init; }

    /// <summary>
    /// No way of placing has more than so many of the requests: see <see cref="BatchBound"/>. Where the market had no reason to look, it is
    /// what was placed and what could not be placed first.
    /// </summary>
    public required int AtMost { get; init; }
}
