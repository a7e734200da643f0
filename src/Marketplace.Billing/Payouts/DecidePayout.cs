using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

/// <summary>What the network desk does with one payout.</summary>
internal sealed class DecidePayout(
    MarketplaceDbContext db,
    ActorContext actor,
    PayoutStore store,
    AccruePayouts accrue,
    Destinations destinations,
    FinishPayout finish,
    IOptions<PayoutOptions> options,
    TimeProvider time
)
{
    private const int MaxText = 300;

    public async Task<Outcome<PayoutRow>> ActAsync(string payoutId, PayoutAction action, string? text, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        string said = (text ?? "").Trim();
        if (Invalid(action, said) is { } invalid)
            return invalid;
        return await db.InTransactionAsync(t => DecideAsync(payoutId, action, said, t), ct, o => o.IsOk);
    }

    private static Problem? Invalid(PayoutAction action, string text)
    {
        if (!Enum.IsDefined(action))
            return Problem.Invalid("/action", $"There is no action {action}.", "Use one of the listed actions.");
        if (text.Length > MaxText)
            return Problem.Invalid("/text", $"At most {MaxText} characters fit.", "Make it shorter.");
        if (text.Length > 0)
            return null;
        return action switch
        {
            PayoutAction.Hold or PayoutAction.MarkReturned => Problem.Invalid("/text", "Say why.", "Enter a reason; the party reads it."),
            PayoutAction.MarkPaid => Problem.Invalid(
                "/text",
                "The bank's reference is missing.",
                "Enter the reference from the bank's statement."
            ),
            _ => null,
        };
    }

    private async Task<Outcome<PayoutRow>> DecideAsync(string payoutId, PayoutAction action, string text, CancellationToken ct)
    {
        var seen = await db.Set<PayoutRow>().AsNoTracking().SingleOrDefaultAsync(p => p.Id == payoutId, ct);
        if (seen is null)
            return Problem.NotFound("payout", payoutId);
        await db.TakeTurnAsync(PayoutStore.Turn(seen.PartyId), ct);
        PayoutRow row = (await store.LockAsync(payoutId, ct))!;
        Outcome<PayoutRow> done = action switch
        {
            PayoutAction.Propose => Propose(row),
            PayoutAction.Approve => Approve(row),
            PayoutAction.Hold => Hold(row, text),
            PayoutAction.Release => await ReleaseAsync(row, ct),
            PayoutAction.MarkPaid => await FinishAsync(row, PayoutState.Paid, text, ct),
            _ => await FinishAsync(row, PayoutState.Returned, text, ct),
        };
        return done;
    }

    private Outcome<PayoutRow> Propose(PayoutRow row)
    {
        string who = PayoutStore.Who(actor.Current);
        if (row.State != PayoutState.Eligible)
            return WrongState(row, "proposed");
        if (row.ProposedBy is { } other && other != who)
            return Problem.Conflict("payout-proposed", "Somebody has proposed it already. Approve it, or hold it.");
        if (row.ProposedBy is null)
        {
            row.ProposedBy = who;
            store.Touch(row, time.GetUtcNow());
            Note("payout.proposed", row);
        }
        return row;
    }

    private Outcome<PayoutRow> Approve(PayoutRow row)
    {
        string who = PayoutStore.Who(actor.Current);
        if (row.State == PayoutState.Approved && row.ApprovedBy == who)
            return row;
        if (row.State != PayoutState.Eligible)
            return WrongState(row, "approved");
        if (row.TwoPerson && row.ProposedBy is null)
            return TwoPeople("One person proposes it first, another approves it.");
        if (row.TwoPerson && row.ProposedBy == who)
            return TwoPeople("You proposed it: another person approves it.");
        row.ApprovedBy = who;
        store.Move(row, PayoutState.Approved, time.GetUtcNow());
        Note("payout.approved", row);
        return row;
    }

    private Outcome<PayoutRow> Hold(PayoutRow row, string reason)
    {
        if (row.State == PayoutState.Held && row.Reason == reason)
            return row;
        if (!PayoutRule.States.Allows(row.State, PayoutState.Held))
            return WrongState(row, "held");
        store.Hold(row, reason, time.GetUtcNow());
        Note("payout.held", row, reason);
        return row;
    }

    private async Task<Outcome<PayoutRow>> ReleaseAsync(PayoutRow row, CancellationToken ct)
    {
        if (row.State != PayoutState.Held)
            return WrongState(row, "released");
        PayoutSide side = PayoutSide.Of(row);
        Money amount = PayoutRule.Amount(await store.EarningsAsync(side, ct), side.Currency);
        PayoutDestinationRow? destination = await destinations.NewestAsync(side.PartyId, side.Currency, ct);
        DateTimeOffset now = time.GetUtcNow();
        var minimum = Money.From(options.Value.PayoutMinimum, side.Currency);
        string? why = PayoutRule.WaitsFor(amount, minimum, destination?.UsableFrom, now) switch
        {
            PayoutRule.NoDestination => "The party has not said where to pay.",
            PayoutRule.CoolingOff => "The party's new destination is still cooling off.",
            PayoutRule.BelowMinimum => $"Only {amount} is payable; the least that is paid is {minimum}.",
            _ => null,
        };
        if (why is not null)
            return Problem.Conflict("payout-not-eligible", why);
        accrue.MakeEligible(row, amount, destination!, now);
        Note("payout.released", row);
        return row;
    }

    private async Task<Outcome<PayoutRow>> FinishAsync(PayoutRow row, PayoutState to, string text, CancellationToken ct)
    {
        if (row.State == to && (to == PayoutState.Paid ? row.BankReference : row.Reason) == text)
            return row;
        if (row.State != PayoutState.Submitted)
            return WrongState(row, to == PayoutState.Paid ? "marked as paid" : "marked as returned");
        if (row.Provider != BankTransferProvider.ProviderName)
            return Problem.Conflict("payout-by-provider", $"{row.Provider} itself says what becomes of this payout.");
        await finish.FinishAsync(row, to, to == PayoutState.Paid ? text : null, to == PayoutState.Returned ? text : null, ct);
        return row;
    }

    private void Note(string action, PayoutRow row, string? reason = null) =>
        db.Audit(action, "payout", row.Id, $"{PayoutStore.AmountOf(row)}{(reason is null ? "" : $": {reason}")}");

    private static Problem WrongState(PayoutRow row, string done) =>
        Problem.Conflict("payout-state", $"A payout that is {row.State} cannot be {done}.");

    private static Problem TwoPeople(string detail) => Problem.Conflict("two-people-needed", detail);
}
