using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

/// <summary>
/// Makes the payouts of the schedule's latest date, and lets those that wait go on when what they wait for is there. Each party is one
/// transaction under the party's turn; a run beside it or after it finds the row.
/// </summary>
internal sealed class AccruePayouts(
    MarketplaceDbContext db,
    PayoutStore store,
    Destinations destinations,
    IdFactory ids,
    IOptions<PayoutOptions> options,
    TimeProvider time
)
{
    internal const string CameBack = "The last payout to this destination came back.";
    internal const string NoLongerCovered = "Less is payable than when this amount was set.";

    /// <returns>How many payouts were made or went on.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        int changed = 0;
        foreach (PayoutSide side in await store.SidesAsync(ct))
            changed += await db.InTransactionAsync(t => AccrueAsync(side, t), ct) ? 1 : 0;
        return changed;
    }

    private async Task<bool> AccrueAsync(PayoutSide side, CancellationToken ct)
    {
        await db.TakeTurnAsync(PayoutStore.Turn(side.PartyId), ct);
        DateTimeOffset now = time.GetUtcNow();
        Money amount = PayoutRule.Amount(await store.EarningsAsync(side, ct), side.Currency);
        PayoutDestinationRow? destination = await destinations.NewestAsync(side.PartyId, side.Currency, ct);
        var open = await store.LockOpenAsync(side, ct);
        bool made = false;
        if (open is null)
        {
            DateOnly due = PayoutRule.LastDue(options.Value.PayoutRhythm, now);
            if (amount.IsZero || await PaidForAsync(side, due, ct))
                return false;
            open = New(side, due, now);
            db.Add(open);
            // The row begins as accrued; what becomes of it is a move of its own.
            await db.SaveChangesAsync(ct);
            made = true;
            if (destination is not null && await CameBackAsync(side, destination.Id, ct))
            {
                open.Amount = amount.Micros;
                store.Hold(open, CameBack, now);
                return true;
            }
        }
        if (open.State == PayoutState.Accrued)
            return GoOn(open, amount, destination, now) || made;
        if (open.State == PayoutState.Eligible && amount.Micros < open.Amount)
        {
            store.Hold(open, NoLongerCovered, now);
            return true;
        }
        return false;
    }

    private bool GoOn(PayoutRow open, Money amount, PayoutDestinationRow? destination, DateTimeOffset now)
    {
        string? waits = PayoutRule.WaitsFor(amount, Money.From(options.Value.PayoutMinimum, amount.Currency), destination?.UsableFrom, now);
        if (waits is not null && open.Amount == amount.Micros && open.WaitsFor == waits)
            return false;
        (open.Amount, open.WaitsFor) = (amount.Micros, waits);
        if (waits is null)
            MakeEligible(open, amount, destination!, now);
        else
            store.Touch(open, now);
        return true;
    }

    /// <summary>Sets what is approved from here on: amount, destination, and whether it takes two.</summary>
    public void MakeEligible(PayoutRow row, Money amount, PayoutDestinationRow destination, DateTimeOffset now)
    {
        (row.Amount, row.DestinationId, row.WaitsFor, row.Reason) = (amount.Micros, destination.Id, null, null);
        row.TwoPerson = amount.Amount > options.Value.PayoutTwoPersonAbove;
        store.Move(row, PayoutState.Eligible, now);
    }

    private Task<bool> PaidForAsync(PayoutSide side, DateOnly due, CancellationToken ct) =>
        db.Set<PayoutRow>()
            .AnyAsync(
                p =>
                    p.PartyId == side.PartyId
                    && p.Role == side.Role
                    && p.Currency == side.Currency.Code
                    && p.DueOn == due
                    && p.State != PayoutState.Returned,
                ct
            );

    private async Task<bool> CameBackAsync(PayoutSide side, string destinationId, CancellationToken ct) =>
        await db.Set<PayoutRow>()
            .Where(p => p.PartyId == side.PartyId && p.Role == side.Role && p.DestinationId == destinationId && p.FinishedAt != null)
            .OrderByDescending(p => p.Id)
            .Select(p => (PayoutState?)p.State)
            .FirstOrDefaultAsync(ct) == PayoutState.Returned;

    private PayoutRow New(PayoutSide side, DateOnly due, DateTimeOffset now) =>
        new()
        {
            Id = ids.New(IdPrefix.Payout),
            PartyId = side.PartyId,
            Role = side.Role,
            Currency = side.Currency.Code,
            Amount = 0,
            State = PayoutState.Accrued,
            DueOn = due,
            CreatedAt = now,
            UpdatedAt = now,
        };
}
