using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Team;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Sessions;

/// <summary>Who knocks: what is remembered of a browser.</summary>
internal sealed record Visitor(string UserAgent, string Ip)
{
    /// <summary>As audit trails write it.</summary>
    public string Origin => $"{Ip}, {Sessions.Device.Of(UserAgent)}";

    public static Visitor Of(HttpContext http) =>
        new(http.Request.Headers.UserAgent.ToString(), http.Connection.RemoteIpAddress?.ToString() ?? "");
}

/// <summary>A session as its person sees it.</summary>
public sealed record SessionView(string Id, string Device, string Ip, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool Current);

/// <summary>Opens, lists and ends sessions.</summary>
internal sealed class SessionDesk(MarketplaceDbContext db, IdFactory ids, IOptions<IdentityOptions> options, TimeProvider time)
{
    // Writing on every request would make each page view an update.
    public static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(5);

    /// <summary>Adds a session in the caller's transaction.</summary>
    /// <param name="partyId">The organisation to start in; null takes the last one used.</param>
    public async Task<string> OpenAsync(Person person, Visitor visitor, string? partyId, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        partyId ??= await LastWorkspaceAsync(person.Id, ct);
        var session = new Session
        {
            Id = ids.New(IdPrefix.Session),
            PersonId = person.Id,
            SecurityStamp = person.SecurityStamp,
            PartyId = partyId,
            Device = Device.Of(visitor.UserAgent),
            Ip = visitor.Ip,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + options.Value.SessionIdleTime,
        };
        db.Add(session);
        return session.Id;
    }

    // Where the person was last, if they still belong there; else the organisation they joined first.
    private Task<string?> LastWorkspaceAsync(string personId, CancellationToken ct) =>
        db.Set<Membership>()
            .Where(m => m.PersonId == personId)
            .OrderByDescending(m =>
                db.Set<Session>().Where(s => s.PersonId == personId && s.PartyId == m.PartyId).Max(s => (DateTimeOffset?)s.LastSeenAt)
                ?? DateTimeOffset.MinValue
            )
            .ThenBy(m => m.Id)
            .Select(m => (string?)m.PartyId)
            .FirstOrDefaultAsync(ct);

    /// <summary>Notes that it was used, and moves its end.</summary>
    public Task<int> TouchAsync(string sessionId, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset idleEnd = now + options.Value.SessionIdleTime;
        TimeSpan max = options.Value.SessionMaxTime;
        return db.Set<Session>()
            .Where(s => s.Id == sessionId && s.EndedAt == null)
            .ExecuteUpdateAsync(
                s =>
                    s.SetProperty(x => x.LastSeenAt, now)
                        .SetProperty(x => x.ExpiresAt, x => x.CreatedAt + max < idleEnd ? x.CreatedAt + max : idleEnd),
                ct
            );
    }

    /// <summary>Those still open, last used first.</summary>
    public async Task<IReadOnlyList<SessionView>> ListAsync(string personId, string? currentId, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        return await db.Set<Session>()
            .Where(s => s.PersonId == personId && s.EndedAt == null && s.ExpiresAt > now)
            .OrderByDescending(s => s.LastSeenAt)
            .Select(s => new SessionView(s.Id, s.Device, s.Ip, s.CreatedAt, s.LastSeenAt, s.Id == currentId))
            .ToListAsync(ct);
    }

    /// <summary>Ends one session of this person.</summary>
    public async Task<Outcome<Done>> EndAsync(string personId, string sessionId, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        int ended = await db.Set<Session>()
            .Where(s => s.Id == sessionId && s.PersonId == personId && s.EndedAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        return ended == 1 ? Done.Value : Problem.NotFound("open session", sessionId);
    }

    /// <summary>Ends every session of this person, but one.</summary>
    public Task<int> EndAllAsync(string personId, string? but, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        return db.Set<Session>()
            .Where(s => s.PersonId == personId && s.EndedAt == null && s.Id != but)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
    }

    /// <summary>Carries a session over a change of password.</summary>
    public Task<int> RestampAsync(string sessionId, string stamp, CancellationToken ct) =>
        db.Set<Session>().Where(s => s.Id == sessionId).ExecuteUpdateAsync(s => s.SetProperty(x => x.SecurityStamp, stamp), ct);

    /// <summary>Acts for another organisation of this person from now on.</summary>
    public async Task<Outcome<Done>> SwitchAsync(string personId, string sessionId, string partyId, CancellationToken ct)
    {
        if (!await db.Set<Membership>().AnyAsync(m => m.PersonId == personId && m.PartyId == partyId, ct))
            return Problem.NotFound("organisation of yours", partyId);
        await db.Set<Session>()
            .Where(s => s.Id == sessionId && s.PersonId == personId)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.PartyId, partyId), ct);
        return Done.Value;
    }
}
