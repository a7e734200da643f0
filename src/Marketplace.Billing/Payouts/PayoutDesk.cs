using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

/// <summary>What parties and the desk read of payouts; what they do is in files of its own.</summary>
internal sealed class PayoutDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    PayoutStore store,
    Destinations destinations,
    DecidePayout decide,
    HoldBack holdBack,
    PayoutFiles files,
    IOptions<PayoutOptions> options,
    TimeProvider time
) : IPayouts
{
    public static readonly KeySorting<PayoutRow> Sorting = KeySorting<PayoutRow>
        .NewestFirst("createdAt", p => p.Id)
        .By("amount", p => p.Currency, p => p.Amount);

    public async Task<Outcome<PayoutBalance>> BalanceAsync(string role, Currency currency, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.MoneyRead) is { } refused)
            return refused;
        if (role is not (PayoutSide.Center or PayoutSide.Operator))
            return Problem.Invalid("?role", $"'{role}' is no role that earns.", "Use center or operator.");
        var side = new PayoutSide(actor.Current.PartyId, role, currency);
        Earnings earnings = await store.EarningsAsync(side, ct);
        var sums = await db.Set<PayoutRow>()
            .Where(p => p.PartyId == side.PartyId && p.Role == role && p.Currency == currency.Code)
            .Where(p => p.State == PayoutState.Submitted || p.State == PayoutState.Paid)
            .GroupBy(p => p.State)
            .Select(g => new { State = g.Key, Sum = g.Sum(p => p.Amount) })
            .ToListAsync(ct);
        var open = await db.Set<PayoutRow>()
            .AsNoTracking()
            .Where(p => p.PartyId == side.PartyId && p.Role == role && p.Currency == currency.Code)
            .Where(p => p.State != PayoutState.Submitted && p.State != PayoutState.Paid && p.State != PayoutState.Returned)
            .FirstOrDefaultAsync(ct);
        DateTimeOffset now = time.GetUtcNow();
        Money next = PayoutRule.Amount(earnings, currency);
        PayoutDestinationRow? destination = await destinations.NewestAsync(side.PartyId, currency, ct);
        Money Of(long micros) => new(micros, currency);
        return new PayoutBalance(
            role,
            Of(earnings.Pending),
            Of(earnings.Payable),
            Of(earnings.Owed),
            Of(earnings.HeldBack),
            Of(sums.Where(s => s.State == PayoutState.Submitted).Sum(s => s.Sum)),
            Of(sums.Where(s => s.State == PayoutState.Paid).Sum(s => s.Sum)),
            open?.DueOn ?? PayoutRule.NextDue(options.Value.PayoutRhythm, now),
            open is { State: PayoutState.Eligible or PayoutState.Approved } ? Of(open.Amount) : next,
            PayoutRule.WaitsFor(next, Money.From(options.Value.PayoutMinimum, currency), destination?.UsableFrom, now)
        );
    }

    public async Task<Page<PayoutView>> ListAsync(PayoutQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<PayoutRow> payouts = db.Set<PayoutRow>().AsNoTracking();
        if (query.State is { } state)
            payouts = payouts.Where(p => p.State == state);
        if (query.Role is { } role)
            payouts = payouts.Where(p => p.Role == role);
        if (query.PartyId is { } party)
            payouts = payouts.Where(p => p.PartyId == party);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string search = $"%{query.Search.Trim()}%";
            payouts = payouts.Where(p =>
                EF.Functions.ILike(p.Id, search) || EF.Functions.ILike(p.PartyId, search) || EF.Functions.ILike(p.BankReference!, search)
            );
        }
        long? total = query.Cursor is null ? await payouts.LongCountAsync(ct) : null;
        var page = await Sorting.PageAsync(payouts, query, total, ct);
        var masks = await MasksAsync(page.Items, ct);
        return page.Select(p => View(p, masks));
    }

    public async Task<PayoutView?> FindAsync(string payoutId, CancellationToken ct) =>
        await db.Set<PayoutRow>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == payoutId, ct) is { } row
            ? View(row, await MasksAsync([row], ct))
            : null;

    public async Task<PayoutDestinationView?> DestinationAsync(Currency currency, CancellationToken ct) =>
        await destinations.NewestAsync(actor.Current.PartyId, currency, ct) is { } row ? Destinations.View(row) : null;

    public Task<Outcome<PayoutDestinationView>> SetDestinationAsync(
        Currency currency,
        PayoutDestination destination,
        CancellationToken ct
    ) => destinations.SetAsync(currency, destination, ct);

    public async Task<Outcome<PayoutView>> ActAsync(string payoutId, PayoutAction action, string? text, CancellationToken ct)
    {
        var done = await decide.ActAsync(payoutId, action, text, ct);
        return done.IsOk ? View(done.Value, await MasksAsync([done.Value], ct)) : done.Problem;
    }

    public Task<Outcome<PayoutHoldView>> HoldBackAsync(
        string partyId,
        string role,
        Money amount,
        string reason,
        string idempotencyKey,
        CancellationToken ct
    ) => holdBack.PlaceAsync(new PayoutSide(partyId, role, amount.Currency), amount, reason, idempotencyKey, ct);

    public Task<Outcome<PayoutHoldView>> ReleaseHoldAsync(string holdId, CancellationToken ct) => holdBack.ReleaseAsync(holdId, ct);

    public Task<Outcome<IReadOnlyList<PayoutHoldView>>> HoldsAsync(CancellationToken ct) => holdBack.ListAsync(ct);

    public Task<Outcome<PayoutFileView>> MakeFileAsync(Currency currency, string idempotencyKey, CancellationToken ct) =>
        files.MakeAsync(currency, idempotencyKey, ct);

    public Task<Outcome<IReadOnlyList<PayoutFileView>>> FilesAsync(CancellationToken ct) => files.ListAsync(ct);

    public Task<Outcome<FileDownload>> DownloadAsync(string fileId, string format, CancellationToken ct) =>
        files.DownloadAsync(fileId, format, ct);

    private async Task<Dictionary<string, string>> MasksAsync(IReadOnlyCollection<PayoutRow> rows, CancellationToken ct)
    {
        string[] wanted = [.. rows.Select(r => r.DestinationId).OfType<string>().Distinct(StringComparer.Ordinal)];
        return await db.Set<PayoutDestinationRow>()
            .AsNoTracking()
            .Where(d => wanted.Contains(d.Id))
            .ToDictionaryAsync(d => d.Id, d => d.Mask, StringComparer.Ordinal, ct);
    }

    // Who approves is the desk's own affair.
    private PayoutView View(PayoutRow row, Dictionary<string, string> masks) =>
        new(
            row.Id,
            row.PartyId,
            row.Role,
            PayoutStore.AmountOf(row),
            row.State,
            row.DueOn,
            row.WaitsFor,
            row.Reason,
            row.TwoPerson,
            row.DestinationId is { } destination ? masks.GetValueOrDefault(destination) : null,
            row.Provider,
            row.BankReference,
            actor.Current.SeesAll ? row.ProposedBy : null,
            actor.Current.SeesAll ? row.ApprovedBy : null,
            row.CreatedAt,
            row.SubmittedAt,
            row.FinishedAt
        );
}
