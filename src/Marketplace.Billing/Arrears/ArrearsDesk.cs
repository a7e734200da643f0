using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Arrears;

/// <summary>The module's face for who is past due.</summary>
internal sealed class ArrearsDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IArrears
{
    private const int LongestReason = 300;
    private static readonly TimeSpan MostTime = TimeSpan.FromDays(90);

    public static readonly KeySorting<ArrearsRow> Sorting = KeySorting<ArrearsRow>
        .NewestFirst("createdAt", a => a.Id)
        .By("party", a => a.PartyName)
        .By("state", a => a.State)
        .By("owed", a => a.Currency, a => a.Overdue + a.Unsecured)
        .By("enteredAt", a => a.EnteredAt);

    public async Task<Outcome<Page<ArrearsView>>> ListAsync(ArrearsQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.MoneyRead) is { } refused)
            return refused;
        IQueryable<ArrearsRow> rows = db.Set<ArrearsRow>().AsNoTracking();
        if (query.State is { } state)
            rows = rows.Where(a => a.State == state);
        if (query.Open)
            rows = rows.Where(a => a.State != ArrearsState.Current);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string search = query.Search.Trim();
            rows = rows.Where(a => EF.Functions.ILike(a.PartyName, $"%{search}%") || a.PartyId == search || a.Id == search);
        }
        long total = await rows.LongCountAsync(ct);
        return (await Sorting.PageAsync(rows, query, total, ct)).Select(View);
    }

    public async Task<IReadOnlyList<ArrearsView>> MineAsync(CancellationToken ct)
    {
        string me = actor.Current.PartyId;
        var rows = await db.Set<ArrearsRow>()
            .AsNoTracking()
            .Where(a => a.PartyId == me && a.State != ArrearsState.Current)
            .OrderBy(a => a.Currency)
            .ToListAsync(ct);
        bool amounts = actor.Current.Allows(Permission.MoneyRead);
        return [.. rows.Select(View).Select(v => amounts ? v : WithoutAmounts(v))];
    }

    public async Task<Outcome<ArrearsView>> GiveTimeAsync(string arrearsId, GiveTimeRequest request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        string reason = request.Reason?.Trim() ?? "";
        if (reason.Length is 0 or > LongestReason)
            return Problem.Invalid("/reason", "Say why in at most 300 characters.", "Enter a reason; it stays in the audit trail.");
        return await db.InTransactionAsync<Outcome<ArrearsView>>(
            t => GiveTimeAsync(arrearsId, request.Until.ToStored(), reason, t),
            ct,
            o => o.IsOk
        );
    }

    private async Task<Outcome<ArrearsView>> GiveTimeAsync(string arrearsId, DateTimeOffset until, string reason, CancellationToken ct)
    {
        ArrearsRow? row = await db.Set<ArrearsRow>()
            .FromSql($"select * from billing.arrears where id = {arrearsId} for update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);
        if (row is null)
            return Problem.NotFound("arrears", arrearsId);
        if (ArrearsRule.NextAt(row.Stand, options.Value.ArrearsTimes) is not { } nextAt)
            return Problem.Conflict("no-step-ahead", "Nothing is going to happen to this customer, so there is no time to give.");
        if (row.MoreTimeUntil == until)
            return View(row);
        DateTimeOffset now = time.GetUtcNow();
        if (until <= nextAt || until <= now || until > now + MostTime)
            return Problem.Invalid(
                "/until",
                $"The time must be after the next step ({Moment(nextAt)}) and at most 90 days ahead.",
                "Choose another date."
            );
        row.MoreTimeUntil = until;
        db.Audit("arrears.time-given", "organisation", row.PartyId, $"{row.Currency}, until {Moment(until)}: {reason}");
        changes.Announce($"party:{row.PartyId}");
        changes.Announce("arrears");
        await db.SaveChangesAsync(ct);
        return View(row);
    }

    public async Task<Problem?> RefusalAsync(string customerId, Currency currency, CancellationToken ct)
    {
        ArrearsRow? row = await db.Set<ArrearsRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(a => a.PartyId == customerId && a.Currency == currency.Code && a.State != ArrearsState.Current, ct);
        if (row is null)
            return null;
        ArrearsView view = View(row);
        string since = row.Since is { } due ? $" since {Moment(due)}" : "";
        return new Problem(
            ProblemKind.PaymentRequired,
            "in-arrears",
            "A payment is overdue",
            $"{view.Owed} is past due{since}. New orders wait until it is paid."
        )
        {
            Errors =
            [
                new FieldError(
                    "",
                    $"{view.Owed} is past due.",
                    $"Add credit of {view.Owed} or more: open invoices are paid from it first."
                ),
            ],
        };
    }

    public async Task<ArrearsState> StateAsync(string customerId, Currency currency, CancellationToken ct)
    {
        RequireSystem();
        return await db.Set<ArrearsRow>()
            .Where(a => a.PartyId == customerId && a.Currency == currency.Code)
            .Select(a => a.State)
            .FirstOrDefaultAsync(ct);
    }

    public async Task<IReadOnlyList<ArrearsStanding>> StandingsAsync(CancellationToken ct)
    {
        RequireSystem();
        var rows = await db.Set<ArrearsRow>()
            .AsNoTracking()
            .Where(a => a.State != ArrearsState.Current)
            .OrderBy(a => a.Id)
            .Select(a => new
            {
                a.PartyId,
                a.Currency,
                a.State,
            })
            .ToListAsync(ct);
        return [.. rows.Select(r => new ArrearsStanding(r.PartyId, Currency.Parse(r.Currency), r.State))];
    }

    private void RequireSystem()
    {
        if (!actor.Current.IsSystem)
            throw new InvalidOperationException("Only the system acts on where customers stand.");
    }

    private ArrearsView View(ArrearsRow row)
    {
        Currency currency = Currency.Parse(row.Currency);
        return new ArrearsView(
            row.Id,
            row.PartyId,
            row.PartyName,
            currency,
            row.State,
            new Money(row.Overdue, currency),
            new Money(row.Unsecured, currency),
            row.Invoices,
            row.Since,
            row.EnteredAt,
            ArrearsRule.After(row.State),
            ArrearsRule.NextAt(row.Stand, options.Value.ArrearsTimes),
            row.MoreTimeUntil
        );
    }

    private static ArrearsView WithoutAmounts(ArrearsView view) =>
        view with
        {
            Overdue = Money.Zero(view.Currency),
            Unsecured = Money.Zero(view.Currency),
        };

    private static string Moment(DateTimeOffset at) =>
        at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
