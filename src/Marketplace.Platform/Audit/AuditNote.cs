using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Marketplace.Platform.Audit;

/// <summary>Something a command did, before it is known who did it when.</summary>
internal sealed record AuditNote(
    string Action,
    string TargetKind,
    string TargetId,
    string? Detail,
    AuditOutcome Outcome,
    AuditBy? By = null
);

/// <summary>Who did it, where the scope's actor is not the answer: a visitor who signs up or joins acts before there is an actor.</summary>
/// <param name="Origin">Address and browser.</param>
public sealed record AuditBy(string PartyId, string PersonId, string Name, string? Origin);

/// <summary>How a command leaves its audit event.</summary>
public static class Auditing
{
    /// <summary>
    /// Notes what this command has done. The event is written with the next save, in the same transaction as the change itself, and goes
    /// with it when that rolls back. Who, when and from where are added by the platform.
    /// </summary>
    /// <param name="action">Kind of thing, dot, past tense: <c>listing.price-changed</c>.</param>
    /// <param name="targetKind">Kind of thing, as its problem documents call it.</param>
    /// <param name="detail">The new value in words; never a secret.</param>
    /// <param name="by">Null takes the scope's actor.</param>
    public static void Audit(
        this MarketplaceDbContext db,
        string action,
        string targetKind,
        string targetId,
        string? detail = null,
        AuditBy? by = null
    )
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentException.ThrowIfNullOrEmpty(action);
        ArgumentException.ThrowIfNullOrEmpty(targetId);
        db.AuditNotes.Add(new AuditNote(action, targetKind, targetId, detail, AuditOutcome.Done, by));
    }

    /// <summary>Writes down, in a commit of its own, that somebody was refused something.</summary>
    internal static Task AuditRefusalAsync(this MarketplaceDbContext db, string target, string why, CancellationToken ct)
    {
        db.AuditNotes.Add(new AuditNote("api.refused", "endpoint", target, why, AuditOutcome.Refused));
        return db.SaveChangesAsync(ct);
    }
}

/// <summary>Turns the notes into rows when the DbContext saves.</summary>
internal sealed class AuditOnSave(IdFactory ids, TimeProvider time) : SaveChangesInterceptor
{
    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        if (eventData.Context is MarketplaceDbContext { AuditNotes.Count: > 0 } db)
        {
            foreach (AuditNote note in db.AuditNotes)
                db.Add(EventOf(note, db.Acting));
            db.AuditNotes.Clear();
        }
        return ValueTask.FromResult(result);
    }

    private AuditEvent EventOf(AuditNote note, ActorContext actor)
    {
        Actor by = note.By is { } visitor
            ? new Actor(visitor.PartyId, PartyKinds.None, MemberRole.Viewer)
            {
                UserId = visitor.PersonId,
                Name = visitor.Name,
                Origin = visitor.Origin,
            }
            : actor.Current;
        return new AuditEvent
        {
            Id = ids.New(IdPrefix.Audit),
            PartyId = by.PartyId,
            At = time.GetUtcNow(),
            ActorKind =
                by.IsSystem ? AuditActor.System
                : by.CredentialId is null ? AuditActor.Person
                : AuditActor.Program,
            ActorId = by.UserId ?? by.CredentialId,
            ActorName = by.Name,
            Action = note.Action,
            TargetKind = note.TargetKind,
            TargetId = note.TargetId,
            Outcome = note.Outcome,
            Detail = note.Detail,
            Origin = by.Origin,
        };
    }
}
