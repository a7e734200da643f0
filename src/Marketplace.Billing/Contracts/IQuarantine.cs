using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

public enum QuarantineState
{
    /// <summary>Nobody has decided on it.</summary>
    Open,

    /// <summary>Taken in after all.</summary>
    Released,

    /// <summary>Left out for good.</summary>
    Dismissed,
}

/// <summary>What became of a reading that was set aside.</summary>
/// <param name="Reason">Why, in the words of who decided.</param>
/// <param name="Result">What taking it in came to: <c>accepted</c> or <c>duplicate</c>; null when it was dismissed.</param>
/// <param name="Actor">The person's or the program's id, or <c>system</c>.</param>
public sealed record QuarantineOutcome(string Reason, string? Result, string Actor, DateTimeOffset DecidedAt);

/// <summary>A reading that was set aside. It never changes; only its outcome is added.</summary>
/// <param name="Reason">Why it was set aside: a stable code such as <c>counter-fell</c>.</param>
/// <param name="Detail">The same in words.</param>
/// <param name="Outcome">null while it is open.</param>
public sealed record QuarantineView(
    string Id,
    string Source,
    string EventId,
    string ContractId,
    string Reason,
    string Detail,
    UsageReading Reading,
    DateTimeOffset ReceivedAt,
    QuarantineState State,
    QuarantineOutcome? Outcome
);

/// <summary>Search looks into source, event, contract and detail.</summary>
public sealed record QuarantineQuery : PageQuery
{
    public QuarantineState? State { get; init; }
    public string? Reason { get; init; }
    public string? ContractId { get; init; }
}

/// <param name="Reason">Why; 1 to 500 characters.</param>
public sealed record DecideQuarantine(string Reason);

/// <summary>Readings that were set aside, for the network desk.</summary>
public interface IQuarantine
{
    /// <summary>The newest first.</summary>
    Task<Outcome<Page<QuarantineView>>> ListAsync(QuarantineQuery query, CancellationToken ct);
    Task<Outcome<QuarantineView>> FindAsync(string id, CancellationToken ct);

    /// <summary>
    /// Takes the reading in as if it were just reported. Releasing it again changes nothing. <c>still-quarantined</c> (409) says what does not
    /// fit, <c>quarantine-decided</c> (409) that it was dismissed.
    /// </summary>
    Task<Outcome<QuarantineView>> ReleaseAsync(string id, DecideQuarantine decision, CancellationToken ct);

    /// <summary>Leaves the reading out for good. Dismissing it again changes nothing; <c>quarantine-decided</c> (409) when it was released.</summary>
    Task<Outcome<QuarantineView>> DismissAsync(string id, DecideQuarantine decision, CancellationToken ct);
}
