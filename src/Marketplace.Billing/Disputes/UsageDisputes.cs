using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Disputes;

/// <summary>The module's face for disputes about charged usage, and how they are read. The DbContext's party filter hides other parties' trades.</summary>
internal sealed class UsageDisputes(MarketplaceDbContext db, ActorContext actor, OpenDispute open, DecideDispute decide) : IUsageDisputes
{
    public static readonly KeySorting<UsageDisputeRow> Sorting = KeySorting<UsageDisputeRow>.NewestFirst("createdAt", d => d.Id);

    private sealed record Amounts(
        string DisputeId,
        bool Correcting,
        long Lines,
        decimal Net,
        decimal Tax,
        decimal Center,
        decimal Operator
    );

    public async Task<Page<UsageDisputeView>> ListAsync(UsageDisputeQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<UsageDisputeRow> rows = db.Set<UsageDisputeRow>().AsNoTracking();
        var outcomes = db.Set<UsageDisputeOutcomeRow>();
        if (query.ContractId is { } contract)
            rows = rows.Where(d => d.ContractId == contract);
        if (query.State is { } state)
        {
            string name = state.ToString();
            rows =
                state == UsageDisputeState.Open
                    ? rows.Where(d => !outcomes.Any(o => o.DisputeId == d.Id))
                    : rows.Where(d => outcomes.Any(o => o.DisputeId == d.Id && o.Outcome == name));
        }
        long? total = query.Cursor is null ? await rows.LongCountAsync(ct) : null;
        var page = await Sorting.PageAsync(rows, query, total, ct);
        var views = (await ViewsAsync(page.Items, ct)).ToDictionary(v => v.Id, StringComparer.Ordinal);
        return page.Select(d => views[d.Id]);
    }

    public async Task<UsageDisputeView?> FindAsync(string disputeId, CancellationToken ct)
    {
        var row = await db.Set<UsageDisputeRow>().AsNoTracking().FirstOrDefaultAsync(d => d.Id == disputeId, ct);
        return row is null ? null : (await ViewsAsync([row], ct))[0];
    }

    public async Task<Outcome<UsageDisputeView>> OpenAsync(
        string contractId,
        OpenUsageDispute request,
        string idempotencyKey,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return await SeenAsync(await open.RunAsync(contractId, request, idempotencyKey, ct), ct);
    }

    public async Task<Outcome<UsageDisputeView>> UpholdAsync(string disputeId, DecideUsageDispute decision, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return await SeenAsync(await decide.RunAsync(disputeId, UsageDisputeState.Upheld, decision, ct), ct);
    }

    public async Task<Outcome<UsageDisputeView>> RejectAsync(string disputeId, DecideUsageDispute decision, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return await SeenAsync(await decide.RunAsync(disputeId, UsageDisputeState.Rejected, decision with { Share = 0 }, ct), ct);
    }

    private async Task<Outcome<UsageDisputeView>> SeenAsync(Outcome<string> done, CancellationToken ct) =>
        done.IsOk ? (await FindAsync(done.Value, ct))! : done.Problem;

    private async Task<List<UsageDisputeView>> ViewsAsync(IReadOnlyList<UsageDisputeRow> rows, CancellationToken ct)
    {
        List<string> ids = [.. rows.Select(d => d.Id)];
        var outcomes = await db.Set<UsageDisputeOutcomeRow>()
            .AsNoTracking()
            .Where(o => ids.Contains(o.DisputeId))
            .ToDictionaryAsync(o => o.DisputeId, StringComparer.Ordinal, ct);
        var amounts = (
            await db.ReadAsync(
                """
                select d.dispute_id, r.corrects_id is not null, count(*), sum(r.net * p.part), sum(r.tax * p.part), sum(r.center * p.part),
                       sum(r.operator * p.part)
                from billing.usage_dispute_line d
                join billing.rated_line r on d.rated_line_id in (r.id, r.corrects_id)
                cross join lateral (select case when r.corrects_id is null then d.portion else 1 end as part) p
                where d.dispute_id = any ($1)
                group by 1, 2
                """,
                r => new Amounts(
                    r.GetString(0),
                    r.GetBoolean(1),
                    r.GetInt64(2),
                    Whole(r.GetDecimal(3)),
                    Whole(r.GetDecimal(4)),
                    Whole(r.GetDecimal(5)),
                    Whole(r.GetDecimal(6))
                ),
                ct,
                (object)(string[])[.. ids]
            )
        ).ToLookup(a => a.DisputeId, StringComparer.Ordinal);
        return [.. rows.Select(d => View(d, outcomes.GetValueOrDefault(d.Id), [.. amounts[d.Id]]))];
    }

    private static decimal Whole(decimal micros) => decimal.Round(micros, MidpointRounding.ToEven);

    private UsageDisputeView View(UsageDisputeRow row, UsageDisputeOutcomeRow? outcome, IReadOnlyList<Amounts> amounts)
    {
        Currency currency = Currency.Parse(row.Currency);
        Side side = Sides.Of(actor.Current, row);
        Money Of(bool correcting)
        {
            Amounts its = amounts.FirstOrDefault(a => a.Correcting == correcting) ?? new Amounts(row.Id, correcting, 0, 0, 0, 0, 0);
            var (amount, tax) = Sides.Amounts(side, currency, (long)its.Net, (long)its.Tax, (long)its.Center, (long)its.Operator);
            return amount + tax;
        }
        return new UsageDisputeView(
            row.Id,
            row.ContractId,
            row.WindowFrom,
            row.WindowTo,
            row.Reason,
            outcome is null ? UsageDisputeState.Open : Enum.Parse<UsageDisputeState>(outcome.Outcome),
            Of(correcting: false),
            Money.Zero(currency) - Of(correcting: true),
            (int)(amounts.FirstOrDefault(a => !a.Correcting)?.Lines ?? 0),
            row.OpenedAt,
            outcome?.Reason,
            outcome?.DecidedAt,
            outcome?.JournalId
        );
    }
}
