using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Audit;

/// <summary>Which events. Search looks into names, targets and details.</summary>
public sealed record AuditQuery : PageQuery
{
    /// <summary>The action, or its beginning up to a dot: <c>listing</c> finds <c>listing.price-changed</c>.</summary>
    public string? Action { get; init; }

    /// <summary>The thing it was done to.</summary>
    public string? TargetId { get; init; }

    /// <summary>The acting party; the network desk only.</summary>
    public string? PartyId { get; init; }

    /// <summary>The person's or the credential's id.</summary>
    public string? ActorId { get; init; }
    public AuditOutcome? Outcome { get; init; }

    /// <summary>From this moment on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this moment.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>One event.</summary>
/// <param name="PartyId">The party that acted; empty for the system.</param>
/// <param name="Origin">Address and browser of a person, address of a program.</param>
public sealed record AuditEventView(
    string Id,
    DateTimeOffset At,
    string PartyId,
    AuditActor ActorKind,
    string? ActorId,
    string ActorName,
    string Action,
    string TargetKind,
    string TargetId,
    AuditOutcome Outcome,
    string? Detail,
    string? Origin
);

/// <summary>Reads the audit trail: a party its own, the network desk everybody's. Nothing here writes.</summary>
public sealed class AuditDesk(MarketplaceDbContext db, ActorContext actor)
{
    /// <summary>The newest first.</summary>
    public async Task<Outcome<Page<AuditEventView>>> ListAsync(AuditQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.AuditRead) is { } refused)
            return refused;
        // The party filter of the DbContext limits this to the own party, except for the desk.
        var events = Matching(db.Set<AuditEvent>().AsNoTracking(), query);
        long? total = query.Cursor is null ? await events.LongCountAsync(ct) : null;
        if (query.Cursor is { } cursor)
            events = events.Where(e => string.Compare(e.Id, cursor) < 0);
        var rows = await events
            .OrderByDescending(e => e.Id)
            .Skip(query.Cursor is null ? query.Skip : 0)
            .Take(query.Take + 1)
            .ToListAsync(ct);
        return Paging.Cut(rows, query.Take, e => e.Id, ViewOf, total);
    }

    private static IQueryable<AuditEvent> Matching(IQueryable<AuditEvent> events, AuditQuery query)
    {
        if (query.Action is { Length: > 0 } action)
            events = events.Where(e => e.Action == action || e.Action.StartsWith(action + "."));
        if (query.TargetId is { Length: > 0 } target)
            events = events.Where(e => e.TargetId == target);
        if (query.PartyId is { Length: > 0 } party)
            events = events.Where(e => e.PartyId == party);
        if (query.ActorId is { Length: > 0 } who)
            events = events.Where(e => e.ActorId == who);
        if (query.Outcome is { } outcome)
            events = events.Where(e => e.Outcome == outcome);
        if (query.From is { } from)
            events = events.Where(e => e.At >= from);
        if (query.To is { } to)
            events = events.Where(e => e.At < to);
        if (query.Search?.Trim() is { Length: > 0 } search)
        {
            string like = $"%{search.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
            events = events.Where(e =>
                e.TargetId == search
                || EF.Functions.ILike(e.ActorName, like, "\\")
                || EF.Functions.ILike(e.Action, like, "\\")
                || EF.Functions.ILike(e.Detail!, like, "\\")
            );
        }
        return events;
    }

    private static AuditEventView ViewOf(AuditEvent e) =>
        new(e.Id, e.At, e.PartyId, e.ActorKind, e.ActorId, e.ActorName, e.Action, e.TargetKind, e.TargetId, e.Outcome, e.Detail, e.Origin);
}
