using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments.Bank;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments;

/// <summary>
/// Refunds in three steps, like payments: the amount leaves the customer's credit and the intent is committed, the provider is called, the answer is
/// committed. Refused money is credit again.
/// </summary>
internal sealed class RefundDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    IPaymentProvider active,
    LocalPaymentProvider local,
    OpenBooks books,
    PaymentBook payments,
    Holds holds,
    Collection collection,
    LedgerWriter writer,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
) : IRefunds
{
    private const int MaxReason = 300;

    public static readonly KeySorting<RefundRow> Sorting = KeySorting<RefundRow>
        .NewestFirst("createdAt", r => r.Id)
        .By("amount", r => r.Currency, r => r.Amount);

    public async Task<Outcome<RefundView>> RequestAsync(RefundRequest request, string idempotencyKey, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (actor.Current.Check(actor.Current.SeesAll ? Permission.PlatformWrite : Permission.MoneyWrite) is { } refused)
            return refused;
        if (PaymentDesk.InvalidKey(idempotencyKey) is { } noKey)
            return noKey;
        string reason = request.Reason?.Trim() ?? "";
        if (reason.Length is 0 or > MaxReason)
            return Problem.Invalid("/reason", $"A reason of 1 to {MaxReason} characters is needed.", "Say why the money goes back.");
        if (db.HasTransaction)
            throw new InvalidOperationException("A refund calls its provider and therefore never runs inside a transaction.");
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        var intent = await db.InTransactionAsync(t => IntendAsync(request, reason, idempotencyKey, t), ct, o => o.IsOk);
        return intent.IsOk ? await FinishAsync(intent.Value, ct) : intent.Problem;
    }

    public async Task<RefundView?> FindAsync(string refundId, CancellationToken ct) =>
        await db.Set<RefundRow>().AsNoTracking().FirstOrDefaultAsync(r => r.Id == refundId, ct) is { } row
            ? View(row, await Transferred().AnyAsync(p => p.Id == row.PaymentId, ct))
            : null;

    public async Task<Page<RefundView>> ListAsync(RefundQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<RefundRow> refunds = db.Set<RefundRow>().AsNoTracking();
        if (query.PaymentId is { } payment)
            refunds = refunds.Where(r => r.PaymentId == payment);
        if (query.AwaitsTransfer)
            refunds = refunds.Where(r => r.State == RefundState.Pending && Transferred().Any(p => p.Id == r.PaymentId));
        long? total = query.Cursor is null ? await refunds.LongCountAsync(ct) : null;
        Page<RefundRow> page = await Sorting.PageAsync(refunds, query, total, ct);
        var of = page.Items.Select(r => r.PaymentId).ToList();
        var transferred = await Transferred().Where(p => of.Contains(p.Id)).Select(p => p.Id).ToListAsync(ct);
        return page.Select(r => View(r, transferred.Contains(r.PaymentId, StringComparer.Ordinal)));
    }

    private IQueryable<PaymentRow> Transferred() => db.Set<PaymentRow>().AsNoTracking().Where(p => p.Provider == local.Name);

    /// <summary>Asks about refunds that have no last answer yet.</summary>
    public async Task<int> ResumeAsync(DateTimeOffset olderThan, int take, CancellationToken ct)
    {
        var open = await db.Set<RefundRow>()
            .AsNoTracking()
            .Where(r => (r.State == RefundState.Created || r.State == RefundState.Pending) && r.UpdatedAt < olderThan)
            .OrderBy(r => r.UpdatedAt)
            .Take(take)
            .ToListAsync(ct);
        foreach (RefundRow refund in open)
            await FinishAsync(refund, ct);
        return open.Count;
    }

    /// <summary>Writes what the provider said about a refund into the books. An answer that is older than what is known changes nothing.</summary>
    public Task<RefundRow> RecordAsync(string refundId, ProviderRefund answer, CancellationToken ct) =>
        db.InTransactionAsync(t => WriteAsync(refundId, answer, t), ct);

    private async Task<Outcome<RefundRow>> IntendAsync(RefundRequest request, string reason, string idempotencyKey, CancellationToken ct)
    {
        if (!await db.Set<PaymentRow>().AnyAsync(p => p.Id == request.PaymentId, ct))
            return Problem.NotFound("payment", request.PaymentId);
        PaymentRow payment = await payments.LockAsync(request.PaymentId, ct);
        Currency currency = Currency.Parse(payment.Currency);
        Money amount = Money.From(request.Amount, currency);
        // The desk's keys are its own: a customer may use the same words.
        string key = actor.Current.SeesAll ? $"desk/{idempotencyKey}" : idempotencyKey;
        if (
            await db.Set<RefundRow>()
                .AsNoTracking()
                .FirstOrDefaultAsync(r => r.PartyId == payment.PartyId && r.IdempotencyKey == key, ct) is
            { } before
        )
            return before.PaymentId == payment.Id && before.Amount == amount.Micros && before.Reason == reason
                ? before
                : Problem.KeyReused();
        if (RefundRule.Refuse(payment, amount) is { } refused)
            return refused;
        // What was lent is given back before anything leaves.
        await collection.CollectAsync(payment.PartyId, currency, ct);
        long available = (await holds.LockWalletAsync(payment.PartyId, currency, ct)).Available;
        if (available < amount.Micros)
            return new Problem(
                ProblemKind.PaymentRequired,
                "insufficient-funds",
                "Not enough unspent credit",
                $"{new Money(available, currency)} of the credit is unspent. Ask for that much at most, or end a run to release what it holds."
            );
        DateTimeOffset now = time.GetUtcNow();
        string id = ids.New(IdPrefix.Refund);
        string journal = await writer.PostOneAsync(Postings.RefundStarted(id, payment.PartyId, amount, now), ct);
        payment.Refunded = checked(payment.Refunded + amount.Micros);
        payment.UpdatedAt = now;
        var refund = new RefundRow
        {
            Id = id,
            PartyId = payment.PartyId,
            PaymentId = payment.Id,
            IdempotencyKey = key,
            Amount = amount.Micros,
            Currency = currency.Code,
            State = RefundState.Created,
            Reason = reason,
            Attempt = 1,
            StartedJournal = journal,
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(refund);
        db.Audit("refund.requested", "refund", id, $"{amount} of {payment.Id}: {reason}");
        changes.Announce($"party:{payment.PartyId}");
        changes.Announce(BankDesk.Topic);
        await db.SaveChangesAsync(ct);
        return refund;
    }

    private async Task<RefundView> FinishAsync(RefundRow refund, CancellationToken ct)
    {
        if (refund.State is RefundState.Succeeded or RefundState.Failed)
            return View(refund, transferred: false);
        PaymentRow payment = await db.Set<PaymentRow>().AsNoTracking().SingleAsync(p => p.Id == refund.PaymentId, ct);
        var order = new ProviderRefundOrder(
            refund.Id,
            payment.ProviderReference ?? throw new InvalidOperationException($"Payment {payment.Id} was paid and has no reference."),
            refund.Money(),
            refund.CreatedAt,
            refund.Attempt
        )
        {
            Reference = refund.ProviderReference,
        };
        // A payment may be older than the provider in use today.
        if (payment.Provider != active.Name && payment.Provider != local.Name)
            return View(refund, transferred: false);
        IPaymentProvider provider = payment.Provider == active.Name ? active : local;
        ProviderRefund answer = await provider.RefundAsync(order, ct);
        return View(await RecordAsync(refund.Id, answer, ct), payment.Provider == local.Name);
    }

    /// <summary>Records an answer in the caller's transaction; as <see cref="RecordAsync"/>.</summary>
    public async Task<RefundRow> WriteAsync(string refundId, ProviderRefund answer, CancellationToken ct)
    {
        string paymentId = await db.Set<RefundRow>().Where(r => r.Id == refundId).Select(r => r.PaymentId).SingleAsync(ct);
        // The payment first, then the refund, then the wallet: the one order everybody locks in.
        PaymentRow payment = await payments.LockAsync(paymentId, ct);
        RefundRow refund = await db.Set<RefundRow>()
            .FromSql($"select * from billing.refund where id = {refundId} for update")
            .AsTracking()
            .SingleAsync(ct);
        refund.ProviderReference ??= answer.Reference;
        refund.UpdatedAt = time.GetUtcNow();
        if (answer.NeedsNewAttempt)
            refund.Attempt++;
        if (answer.State != refund.State && PaymentStates.Refunds.Allows(refund.State, answer.State))
            await MoveAsync(payment, refund, answer, ct);
        else if (
            refund.State == RefundState.Failed
            && answer.State == RefundState.Succeeded
            && refund.ProviderReference != answer.Reference
        )
            throw new InvalidOperationException($"Refund {refundId} failed here, and {answer.Reference} says it was paid.");
        await db.SaveChangesAsync(ct);
        return refund;
    }

    private async Task MoveAsync(PaymentRow payment, RefundRow refund, ProviderRefund answer, CancellationToken ct)
    {
        Money amount = refund.Money();
        DateTimeOffset now = refund.UpdatedAt;
        bool hadArrived = refund.State == RefundState.Succeeded;
        refund.State = PaymentStates.Refunds.Move(refund.State, answer.State);
        refund.Failure = answer.Failure;
        if (refund.State == RefundState.Succeeded)
            refund.SettledJournal = await writer.PostOneAsync(Postings.RefundSettled(refund.Id, payment.Cash(), amount, now), ct);
        if (refund.State == RefundState.Failed)
        {
            if (hadArrived)
                await writer.PostOneAsync(Postings.RefundCameBack(refund.Id, refund.SettledJournal!, payment.Cash(), amount, now), ct);
            await writer.PostOneAsync(Postings.RefundFailed(refund.Id, refund.StartedJournal, refund.PartyId, amount, now), ct);
            payment.Refunded = checked(payment.Refunded - amount.Micros);
        }
        await db.SaveChangesAsync(ct);
        long settled = await db.Set<RefundRow>()
            .Where(r => r.PaymentId == payment.Id && r.State == RefundState.Succeeded)
            .SumAsync(r => r.Amount, ct);
        PaymentState stands = PaymentStates.ByRefunds(payment.Amount, settled);
        // A disputed payment stays so; what was refunded shows again when it is won.
        if (payment.State is not (PaymentState.Disputed or PaymentState.ChargedBack) && payment.State != stands)
            payment.State = PaymentStates.Payments.Move(payment.State, stands);
        db.Audit($"refund.{refund.State.ToString().ToLowerInvariant()}", "refund", refund.Id, amount.ToString());
        changes.Announce($"party:{refund.PartyId}");
        changes.Announce(BankDesk.Topic);
    }

    internal static RefundView View(RefundRow refund, bool transferred) =>
        new(
            refund.Id,
            refund.PartyId,
            refund.PaymentId,
            refund.Money(),
            refund.State,
            refund.Reason,
            refund.ProviderReference,
            refund.Failure,
            refund.CreatedAt
        )
        {
            TransferReference =
                transferred && refund.State == RefundState.Pending ? LocalPaymentProvider.TransferReference(refund.Id) : null,
        };
}

/// <summary>Which payments can be refunded by how much.</summary>
internal static class RefundRule
{
    /// <summary>null when the amount may go back, as far as the payment is concerned.</summary>
    public static Problem? Refuse(PaymentRow payment, Money amount)
    {
        if (payment.State is not (PaymentState.Succeeded or PaymentState.PartiallyRefunded))
            return Problem.Conflict("not-refundable", $"This payment is {payment.State}: there is nothing to give back.");
        if (payment.Purpose != PaymentPurpose.TopUp)
            return Problem.Conflict("not-refundable", "This payment paid an invoice. Ask for a credit note instead.");
        if (amount.Micros <= 0 || amount.RoundToExponent() != amount)
            return Problem.Invalid(
                "/amount",
                "The amount must be more than zero and have no more decimals than the currency.",
                "Enter another amount."
            );
        var left = new Money(payment.Amount - payment.Refunded, amount.Currency);
        return amount > left
            ? Problem.Invalid("/amount", $"{left} of this payment can still be given back.", "Enter that much at most.")
            : null;
    }
}
