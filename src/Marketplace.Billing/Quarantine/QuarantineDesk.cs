using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Quarantine;

/// <summary>Reads what was set aside and adds its outcome: a row of its own, in one transaction with what taking it in brings.</summary>
internal sealed class QuarantineDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    RecordUsage record,
    IChangeFeed changes,
    TimeProvider time
) : IQuarantine
{
    public const string Topic = "quarantine";
    private const string Released = "released";
    private const string Dismissed = "dismissed";
    private const int MaxReasonLength = 500;
    public static readonly KeySorting<QuarantineRow> Sorting = KeySorting<QuarantineRow>.NewestFirst("createdAt", q => q.Id);

    public async Task<Outcome<Page<QuarantineView>>> ListAsync(QuarantineQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        IQueryable<QuarantineRow> rows = db.Set<QuarantineRow>().AsNoTracking();
        var outcomes = db.Set<QuarantineOutcomeRow>();
        rows = query.State switch
        {
            QuarantineState.Open => rows.Where(q => !outcomes.Any(o => o.QuarantineId == q.Id)),
            QuarantineState.Released => rows.Where(q => outcomes.Any(o => o.QuarantineId == q.Id && o.Outcome == Released)),
            QuarantineState.Dismissed => rows.Where(q => outcomes.Any(o => o.QuarantineId == q.Id && o.Outcome == Dismissed)),
            _ => rows,
        };
        if (query.Reason is { } reason)
            rows = rows.Where(q => q.Reason == reason);
        if (query.ContractId is { } contract)
            rows = rows.Where(q => q.ContractId == contract);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string like = ListPages.Like(query.Search.Trim());
            rows = rows.Where(q =>
                EF.Functions.ILike(q.Source, like, ListPages.Escape)
                || EF.Functions.ILike(q.EventId, like, ListPages.Escape)
                || EF.Functions.ILike(q.ContractId, like, ListPages.Escape)
                || EF.Functions.ILike(q.Detail, like, ListPages.Escape)
            );
        }
        long? total = query.Cursor is null ? await rows.LongCountAsync(ct) : null;
        var page = await Sorting.PageAsync(rows, query, total, ct);
        List<string> ids = [.. page.Items.Select(q => q.Id)];
        var decided = await outcomes
            .AsNoTracking()
            .Where(o => ids.Contains(o.QuarantineId))
            .ToDictionaryAsync(o => o.QuarantineId, StringComparer.Ordinal, ct);
        return page.Select(q => View(q, decided.GetValueOrDefault(q.Id)));
    }

    public async Task<Outcome<QuarantineView>> FindAsync(string id, CancellationToken ct) =>
        actor.Current.Check(Permission.PlatformRead) is { } refused ? refused
        : await ReadAsync(id, ct) is { } view ? view
        : Problem.NotFound("quarantined reading", id);

    public Task<Outcome<QuarantineView>> ReleaseAsync(string id, DecideQuarantine decision, CancellationToken ct) =>
        DecideAsync(id, decision, QuarantineState.Released, ct);

    public Task<Outcome<QuarantineView>> DismissAsync(string id, DecideQuarantine decision, CancellationToken ct) =>
        DecideAsync(id, decision, QuarantineState.Dismissed, ct);

    private async Task<Outcome<QuarantineView>> DecideAsync(string id, DecideQuarantine decision, QuarantineState to, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(decision);
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        string reason = decision.Reason?.Trim() ?? "";
        if (reason.Length is 0 or > MaxReasonLength)
            return Problem.Invalid(
                "/reason",
                Plural.Write($"The reason has 1 to {MaxReasonLength} {MaxReasonLength:character|characters}."),
                "Say why in a sentence."
            );
        return await db.InTransactionAsync(t => DecideAsync(id, reason, to, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<QuarantineView>> DecideAsync(string id, string reason, QuarantineState to, CancellationToken ct)
    {
        if (await ReadAsync(id, ct) is not { } there)
            return Problem.NotFound("quarantined reading", id);
        if (there.State != QuarantineState.Open)
            return there.State == to ? there : Decided(there);
        string? result = null;
        if (to == QuarantineState.Released)
        {
            ReadingResult taken = (await record.RunAsync(new UsageReport([there.Reading], []), ct)).Readings[0];
            if (taken.Outcome == ReadingOutcome.Quarantined)
                return Problem.Conflict(
                    "still-quarantined",
                    $"The reading still does not fit ({taken.Reason}): {taken.Detail}. Dismiss it, or have its source correct it."
                );
            result = taken.Outcome.ToString().ToLowerInvariant();
        }
        DateTimeOffset now = time.GetUtcNow();
        string who = actor.Current.UserId ?? actor.Current.CredentialId ?? actor.Current.PartyId;
        string outcome = to == QuarantineState.Released ? Released : Dismissed;
        // Somebody else may decide at the same moment: the first one counts.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.usage_quarantine_outcome (quarantine_id, outcome, reason, result, actor, decided_at)
            values ({id}, {outcome}, {reason}, {result}, {who}, {now})
            on conflict (quarantine_id) do nothing
            """,
            ct
        );
        db.Audit($"usage-quarantine.{outcome}", "quarantined reading", id, reason);
        changes.Announce(Topic);
        QuarantineView after = (await ReadAsync(id, ct))!;
        return after.State == to ? after : Decided(after);
    }

    private async Task<QuarantineView?> ReadAsync(string id, CancellationToken ct)
    {
        var row = await db.Set<QuarantineRow>().AsNoTracking().FirstOrDefaultAsync(q => q.Id == id, ct);
        return row is null
            ? null
            : View(row, await db.Set<QuarantineOutcomeRow>().AsNoTracking().FirstOrDefaultAsync(o => o.QuarantineId == id, ct));
    }

    private static Problem Decided(QuarantineView there) =>
        Problem.Conflict("quarantine-decided", $"The reading was {there.State.ToString().ToLowerInvariant()}; a decision stands.");

    private static QuarantineView View(QuarantineRow row, QuarantineOutcomeRow? outcome) =>
        new(
            row.Id,
            row.Source,
            row.EventId,
            row.ContractId,
            row.Reason,
            row.Detail,
            UsageStore.ReadingOf(row.Payload),
            row.ReceivedAt,
            outcome is null ? QuarantineState.Open
                : outcome.Outcome == Released ? QuarantineState.Released
                : QuarantineState.Dismissed,
            outcome is null ? null : new QuarantineOutcome(outcome.Reason, outcome.Result, outcome.Actor, outcome.DecidedAt)
        );
}
