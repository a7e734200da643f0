using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payouts;

/// <summary>Amounts the desk keeps of what a party would be paid, each with its reason, until it releases them.</summary>
internal sealed class HoldBack(MarketplaceDbContext db, ActorContext actor, IdFactory ids, IChangeFeed changes, TimeProvider time)
{
    private const int MaxReason = 300;
    private const int MaxKey = 200;

    public async Task<Outcome<PayoutHoldView>> PlaceAsync(PayoutSide side, Money amount, string reason, string key, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(side.PartyId))
            errors.Add(new("/partyId", "Say whose earnings are kept.", "Enter the organisation's id."));
        if (side.Role is not (PayoutSide.Center or PayoutSide.Operator))
            errors.Add(new("/role", $"'{side.Role}' is no role that earns.", "Use center or operator."));
        if (amount.Micros <= 0 || amount.RoundToExponent() != amount)
            errors.Add(new("/amount", "The amount must be more than zero, in whole coins.", "Enter another amount."));
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > MaxReason)
            errors.Add(new("/reason", $"A reason of 1 to {MaxReason} characters is needed.", "Say why it is kept."));
        if (string.IsNullOrEmpty(key) || key.Length > MaxKey)
            errors.Add(new("", $"An idempotency key of 1 to {MaxKey} characters is needed.", "Send the header Idempotency-Key."));
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        return await db.InTransactionAsync(t => SaveAsync(side, amount, reason.Trim(), key, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<PayoutHoldView>> SaveAsync(PayoutSide side, Money amount, string reason, string key, CancellationToken ct)
    {
        await db.TakeTurnAsync(PayoutStore.Turn(side.PartyId), ct);
        if (await db.Set<PayoutHoldRow>().AsNoTracking().SingleOrDefaultAsync(h => h.IdempotencyKey == key, ct) is { } there)
        {
            return
                (there.PartyId, there.Role, there.Currency, there.Amount, there.Reason)
                == (side.PartyId, side.Role, side.Currency.Code, amount.Micros, reason)
                ? View(there)
                : Problem.KeyReused();
        }
        var row = new PayoutHoldRow
        {
            Id = ids.New(IdPrefix.PayoutHold),
            PartyId = side.PartyId,
            Role = side.Role,
            Currency = side.Currency.Code,
            Amount = amount.Micros,
            Reason = reason,
            IdempotencyKey = key,
            PlacedBy = PayoutStore.Who(actor.Current),
            PlacedAt = time.GetUtcNow(),
        };
        db.Add(row);
        db.Audit("payout.amount-held-back", "organisation", side.PartyId, $"{amount}: {reason}");
        Announce(row);
        return View(row);
    }

    public async Task<Outcome<PayoutHoldView>> ReleaseAsync(string holdId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        return await db.InTransactionAsync(t => FreeAsync(holdId, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<PayoutHoldView>> FreeAsync(string holdId, CancellationToken ct)
    {
        var row = await db.Set<PayoutHoldRow>()
            .FromSql($"select * from billing.payout_hold where id = {holdId} for no key update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);
        if (row is null)
            return Problem.NotFound("payout hold", holdId);
        if (row.ReleasedAt is not null)
            return View(row);
        (row.ReleasedAt, row.ReleasedBy) = (time.GetUtcNow(), PayoutStore.Who(actor.Current));
        db.Audit("payout.amount-released", "organisation", row.PartyId, View(row).Amount.ToString());
        Announce(row);
        return View(row);
    }

    public async Task<Outcome<IReadOnlyList<PayoutHoldView>>> ListAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        var open = await db.Set<PayoutHoldRow>().AsNoTracking().Where(h => h.ReleasedAt == null).OrderBy(h => h.Id).ToListAsync(ct);
        return Outcome<IReadOnlyList<PayoutHoldView>>.Ok([.. open.Select(View)]);
    }

    private void Announce(PayoutHoldRow row)
    {
        changes.Announce($"party:{row.PartyId}");
        changes.Announce(PayoutStore.Topic);
    }

    private static PayoutHoldView View(PayoutHoldRow row) =>
        new(row.Id, row.PartyId, row.Role, new Money(row.Amount, Currency.Parse(row.Currency)), row.Reason, row.PlacedAt);
}
