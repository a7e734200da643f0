using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments;

/// <summary>A dispute as the provider has it now.</summary>
/// <param name="Fee">Kept for it so far.</param>
/// <param name="FeeReturned">Given back when it was won.</param>
internal sealed record DisputeReport(
    string Reference,
    DisputeState State,
    Money Amount,
    Money Fee,
    Money FeeReturned,
    string Reason,
    DateTimeOffset? EvidenceDueAt
);

/// <summary>Writes what the provider says about a dispute into the books: what it took back, what is frozen for it, and how it ended.</summary>
internal sealed class DisputeBook(
    MarketplaceDbContext db,
    PaymentBook payments,
    Holds holds,
    LedgerWriter writer,
    Clawbacks clawbacks,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
)
{
    /// <summary>Announced when a dispute has changed.</summary>
    public const string Topic = "disputes";

    /// <summary>Records the report, in a transaction of its own.</summary>
    /// <param name="paymentId">Ours, the one that is disputed.</param>
    /// <exception cref="InvalidOperationException">The report contradicts how the dispute ended here.</exception>
    public Task<DisputeRow> RecordAsync(string paymentId, DisputeReport report, CancellationToken ct) =>
        db.InTransactionAsync(t => WriteAsync(paymentId, report, t), ct);

    private async Task<DisputeRow> WriteAsync(string paymentId, DisputeReport report, CancellationToken ct)
    {
        PaymentRow payment = await payments.LockAsync(paymentId, ct);
        DateTimeOffset now = time.GetUtcNow();
        DisputeRow? dispute = await db.Set<DisputeRow>().AsTracking().FirstOrDefaultAsync(d => d.Reference == report.Reference, ct);
        if (dispute is null)
        {
            dispute = New(payment, report, now);
            db.Add(dispute);
            if (dispute.State.IsTakenBack())
                await TakeBackAsync(payment, dispute, report, now, ct);
        }
        dispute.EvidenceDueAt = report.EvidenceDueAt;
        dispute.UpdatedAt = now;
        if (Follows(dispute.State, report.State))
        {
            bool before = dispute.State.IsTakenBack();
            DisputeState to = PaymentStates.Disputes.Move(dispute.State, report.State);
            if (!before && to.IsTakenBack())
                await TakeBackAsync(payment, dispute, report, now, ct);
            dispute.State = to;
            await CloseAsync(payment, dispute, report, now, ct);
        }
        changes.Announce(Topic);
        changes.Announce($"party:{payment.PartyId}");
        await db.SaveChangesAsync(ct);
        return dispute;
    }

    /// <summary>Whether a report says something new: one that was fetched before what is known says something old.</summary>
    internal static bool Follows(DisputeState known, DisputeState reported)
    {
        if (known == reported || (!known.IsClosed() && reported < known))
            return false;
        return !known.IsClosed() || reported.IsClosed();
    }

    private DisputeRow New(PaymentRow payment, DisputeReport report, DateTimeOffset now) =>
        new()
        {
            Id = ids.New(IdPrefix.Dispute),
            PartyId = payment.PartyId,
            PaymentId = payment.Id,
            Reference = report.Reference,
            // A dispute that comes to our knowledge late went through the earlier states all the same.
            State = report.State is DisputeState.Inquiry or DisputeState.InquiryClosed ? DisputeState.Inquiry : DisputeState.NeedsResponse,
            Amount = report.Amount.Micros,
            Fee = 0,
            Frozen = 0,
            Currency = report.Amount.Currency.Code,
            Reason = report.Reason,
            OpenedAt = now,
            UpdatedAt = now,
        };

    private async Task TakeBackAsync(PaymentRow payment, DisputeRow dispute, DisputeReport report, DateTimeOffset now, CancellationToken ct)
    {
        long available = (await holds.LockWalletAsync(payment.PartyId, report.Amount.Currency, ct)).Available;
        dispute.Fee = report.Fee.Micros;
        dispute.Frozen = Math.Min(available, dispute.Amount);
        await writer.PostOneAsync(
            Postings.DisputeOpened(
                dispute.Id,
                payment.PartyId,
                report.Amount,
                report.Fee,
                new Money(dispute.Frozen, report.Amount.Currency),
                now
            ),
            ct
        );
        payment.State = PaymentStates.Payments.Move(payment.State, PaymentState.Disputed);
        db.Audit("dispute.opened", "dispute", dispute.Id, $"{report.Amount} of {payment.Id}: {report.Reason}");
    }

    private async Task CloseAsync(PaymentRow payment, DisputeRow dispute, DisputeReport report, DateTimeOffset now, CancellationToken ct)
    {
        if (!dispute.State.IsClosed())
            return;
        dispute.ClosedAt = now;
        var frozen = new Money(dispute.Frozen, report.Amount.Currency);
        Money amount = dispute.Money();
        db.Audit($"dispute.{dispute.State.ToString().ToLowerInvariant()}", "dispute", dispute.Id, amount.ToString());
        switch (dispute.State)
        {
            case DisputeState.Won:
                await writer.PostOneAsync(Postings.DisputeWon(dispute.Id, payment.PartyId, amount, report.FeeReturned, frozen, now), ct);
                long settled = await db.Set<RefundRow>()
                    .Where(r => r.PaymentId == payment.Id && r.State == RefundState.Succeeded)
                    .SumAsync(r => r.Amount, ct);
                payment.State = PaymentStates.Payments.Move(payment.State, PaymentStates.ByRefunds(payment.Amount, settled));
                break;
            case DisputeState.Lost:
                Money nothing = Money.Zero(amount.Currency);
                await writer.PostOneAsync(Postings.DisputeLost(dispute.Id, payment.PartyId, amount, frozen, nothing, now), ct);
                payment.State = PaymentStates.Payments.Move(payment.State, PaymentState.ChargedBack);
                await clawbacks.CollectAsync(payment.PartyId, amount.Currency, ct);
                break;
        }
    }
}
