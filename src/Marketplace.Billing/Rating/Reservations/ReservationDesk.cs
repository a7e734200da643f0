using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Rating.Reservations;

/// <summary>The module's face for capacity paid ahead.</summary>
internal sealed class ReservationDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    Holds holds,
    LedgerWriter writer,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
) : IReservations
{
    public const string IdPrefix = "rsv";
    public const decimal SecondsPerHour = 3600;
    private const decimal MostCardHours = 1_000_000;
    private const int CardHourDecimals = 3;

    public static readonly KeySorting<ReservationRow> Sorting = KeySorting<ReservationRow>
        .NewestFirst("createdAt", r => r.Id)
        .By("endsAt", r => r.EndsAt)
        .By("remaining", r => r.Remaining);

    public Task<Outcome<ReservationView>> BuyAsync(ReservationPurchase purchase, string idempotencyKey, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(purchase);
        ArgumentException.ThrowIfNullOrEmpty(idempotencyKey);
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return Task.FromResult(Outcome<ReservationView>.Fail(refused));
        if (!actor.Current.IsSystem && actor.Current.PartyId != purchase.CustomerId)
            return Task.FromResult(Outcome<ReservationView>.Fail(Problem.Forbidden("You can buy for your own organisation only.")));
        if (purchase.CardHours is <= 0 or > MostCardHours || decimal.Round(purchase.CardHours, CardHourDecimals) != purchase.CardHours)
            return Task.FromResult(
                Outcome<ReservationView>.Fail(
                    Problem.Invalid(
                        "/cardHours",
                        "The card-hours are out of range or have too many decimals.",
                        $"Give a number above 0 and at most {MostCardHours:0}, with at most {CardHourDecimals} decimals."
                    )
                )
            );
        return db.InTransactionAsync(t => PayAsync(purchase, idempotencyKey, t), ct, o => o.IsOk);
    }

    public async Task<ReservationView?> FindAsync(string reservationId, CancellationToken ct)
    {
        var row = await db.Set<ReservationRow>().AsNoTracking().FirstOrDefaultAsync(r => r.Id == reservationId, ct);
        return row is null ? null : (await ViewsAsync([row], ct))[0];
    }

    public async Task<Page<ReservationView>> ListAsync(PageQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<ReservationRow> rows = db.Set<ReservationRow>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string like = ListPages.Like(query.Search.Trim());
            rows = rows.Where(r => EF.Functions.ILike(r.Description, like, ListPages.Escape) || r.Id == query.Search);
        }
        long? total = query.Cursor is null ? await rows.LongCountAsync(ct) : null;
        var page = await Sorting.PageAsync(rows, query, total, ct);
        return new Page<ReservationView>(await ViewsAsync(page.Items, ct), page.NextCursor, page.Total);
    }

    private async Task<Outcome<ReservationView>> PayAsync(ReservationPurchase purchase, string key, CancellationToken ct)
    {
        Currency currency = Currency.Parse(purchase.Currency);
        // What was asked for; the price may have moved since the first time.
        string asked = JsonSerializer.Serialize(new { purchase.OfferId, purchase.CardHours });
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked)));
        // Everything of one customer's money takes turns here, and with it two requests under one key.
        LockedWallet wallet = await holds.LockWalletAsync(purchase.CustomerId, currency, ct);
        var earlier = await db.Set<ReservationRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(r => r.CustomerId == purchase.CustomerId && r.IdempotencyKey == key, ct);
        if (earlier is not null)
            return earlier.RequestHash == hash ? (await ViewsAsync([earlier], ct))[0] : Problem.KeyReused();
        decimal quantity = purchase.CardHours * SecondsPerHour;
        Share whole = RatingRule
            .Rate(
                quantity,
                new PriceVersion(
                    1,
                    "card-hour",
                    SecondsPerHour,
                    purchase.UnitPrice,
                    purchase.WholesalePerCardHour,
                    purchase.CommissionRate,
                    purchase.TaxRate
                )
            )
            .Share;
        var total = new Money(checked(whole.Net + whole.Tax), currency);
        if (HoldRules.Missing(wallet with { Promo = 0 }, total) is { } missing)
            return missing;
        DateTimeOffset now = time.GetUtcNow().ToStored();
        string id = ids.New(IdPrefix);
        await InsertAsync(id, purchase, quantity, whole, key, hash, now, ct);
        if (!total.IsZero)
            await writer.PostOneAsync(Postings.ReservationPrepaid(id, purchase.CustomerId, total, now), ct);
        db.Audit("reservation.bought", "reservation", id, $"{purchase.Description}, {total}");
        foreach (string party in new[] { purchase.CustomerId, purchase.OperatorId, purchase.CenterId })
            changes.Announce($"party:{party}");
        return (await FindAsync(id, ct))!;
    }

    private Task InsertAsync(
        string id,
        ReservationPurchase purchase,
        decimal quantity,
        Share whole,
        string key,
        string hash,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.reservation
                (id, customer_id, operator_id, center_id, offer_id, description, device_model, currency, quantity, remaining, unit_price, net, tax,
                 center, operator, commission, tax_jurisdiction, starts_at, ends_at, idempotency_key, request_hash, created_at)
            values ({id}, {purchase.CustomerId}, {purchase.OperatorId}, {purchase.CenterId}, {purchase.OfferId}, {purchase.Description},
                    {purchase.DeviceModel}, {purchase.Currency}, {quantity}, {quantity}, {purchase.UnitPrice}, {whole.Net}, {whole.Tax},
                    {whole.Center}, {whole.Operator}, {whole.Commission}, {purchase.TaxJurisdiction}, {now}, {now.AddDays(
                purchase.Days
            )}, {key}, {hash}, {now})
            """,
            ct
        );

    private async Task<IReadOnlyList<ReservationView>> ViewsAsync(IReadOnlyList<ReservationRow> rows, CancellationToken ct)
    {
        string[] ofRows = [.. rows.Select(r => r.Id)];
        var unused = await db.Set<ReservationDrawRow>()
            .AsNoTracking()
            .Where(d => d.Unused && ofRows.Contains(d.ReservationId))
            .ToDictionaryAsync(d => d.ReservationId, d => d.Quantity, StringComparer.Ordinal, ct);
        return [.. rows.Select(r => View(r, unused.GetValueOrDefault(r.Id)))];
    }

    private ReservationView View(ReservationRow row, decimal unused)
    {
        Side side = Sides.Of(actor.Current, row);
        bool sees(Side who) => actor.Current.SeesAll || side == who;
        var (net, tax) = Sides.Amounts(side, Currency.Parse(row.Currency), row.Net, row.Tax, row.Center, row.Operator);
        decimal cardHours = row.Quantity / SecondsPerHour;
        return new ReservationView(
            row.Id,
            sees(Side.Center) && !actor.Current.SeesAll ? "" : row.CustomerId,
            row.OperatorId,
            sees(Side.Customer) && !actor.Current.SeesAll ? "" : row.CenterId,
            row.OfferId,
            row.Description,
            row.DeviceModel,
            row.EndsAt <= time.GetUtcNow() ? ReservationState.Ended
                : row.Remaining == 0 ? ReservationState.UsedUp
                : ReservationState.Active,
            cardHours,
            row.Remaining / SecondsPerHour,
            unused / SecondsPerHour,
            side == Side.Customer ? row.UnitPrice : decimal.Round(net.Amount / cardHours, RatingRule.ExactDecimals),
            net,
            tax,
            net + tax,
            row.StartsAt,
            row.EndsAt
        );
    }
}
