using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments;

/// <summary>Reads disputes for whoever they concern, and answers them for the network desk.</summary>
internal sealed class DisputeDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    StripeClient stripe,
    StripeDisputes disputes,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IDisputes
{
    /// <summary>Stripe takes 20,000 characters in a text of evidence, and 150,000 in all.</summary>
    private const int MaxEvidence = 20_000;

    public static readonly KeySorting<DisputeRow> Sorting = KeySorting<DisputeRow>
        .NewestFirst("openedAt", d => d.Id)
        .By("amount", d => d.Currency, d => d.Amount);

    public async Task<Page<DisputeView>> ListAsync(DisputeQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<DisputeRow> rows = db.Set<DisputeRow>().AsNoTracking();
        if (query.State is { } state)
            rows = rows.Where(d => d.State == state);
        long? total = query.Cursor is null ? await rows.LongCountAsync(ct) : null;
        return (await Sorting.PageAsync(rows, query, total, ct)).Select(View);
    }

    public async Task<DisputeView?> FindAsync(string disputeId, CancellationToken ct) =>
        await db.Set<DisputeRow>().AsNoTracking().FirstOrDefaultAsync(d => d.Id == disputeId, ct) is { } row ? View(row) : null;

    public async Task<Outcome<DisputeView>> SubmitAsync(string disputeId, string evidence, CancellationToken ct)
    {
        string text = evidence?.Trim() ?? "";
        if (text.Length is 0 or > MaxEvidence)
            return Problem.Invalid(
                "/evidence",
                $"Evidence of 1 to {MaxEvidence} characters is needed.",
                "Say what was delivered, when and to whom, and quote the usage."
            );
        var open = await OpenAsync(disputeId, ct);
        if (!open.IsOk)
            return open.Problem;
        // Kept before it is sent: whatever becomes of the call, the desk's work is not lost.
        DateTimeOffset now = time.GetUtcNow();
        await db.InTransactionAsync(
            async t =>
            {
                DisputeRow row = await LockAsync(disputeId, t);
                row.Evidence = text;
                row.UpdatedAt = now;
                return 0;
            },
            ct
        );
        var sent = await stripe.SubmitEvidenceAsync(open.Value.Reference, text, $"{disputeId}/evidence/{now.ToUnixTimeSeconds()}", ct);
        if (sent.Error is { IsUnknown: true })
            return StripePaymentMethods.Unavailable();
        if (sent.IsOk)
            await db.InTransactionAsync(
                async t =>
                {
                    DisputeRow row = await LockAsync(disputeId, t);
                    row.EvidenceSubmittedAt = now;
                    db.Audit("dispute.evidence-submitted", "dispute", disputeId);
                    return 0;
                },
                ct
            );
        await disputes.RefreshAsync(open.Value.Reference, ct);
        return sent.IsOk ? (await FindAsync(disputeId, ct))! : Problem.Conflict("dispute-closed", sent.Error!.Words);
    }

    public async Task<Outcome<DisputeView>> AcceptAsync(string disputeId, CancellationToken ct)
    {
        var open = await OpenAsync(disputeId, ct);
        if (!open.IsOk)
            return open.Problem;
        var closed = await stripe.CloseDisputeAsync(open.Value.Reference, $"{disputeId}/close", ct);
        if (closed.Error is { IsUnknown: true })
            return StripePaymentMethods.Unavailable();
        await disputes.RefreshAsync(open.Value.Reference, ct);
        return closed.IsOk ? (await FindAsync(disputeId, ct))! : Problem.Conflict("dispute-closed", closed.Error!.Words);
    }

    private async Task<Outcome<DisputeRow>> OpenAsync(string disputeId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (!options.Value.Stripe.IsOn)
            return Problem.Conflict("payments-not-connected", "No payment provider is connected, so there is nobody to send it to.");
        var row = await db.Set<DisputeRow>().AsNoTracking().FirstOrDefaultAsync(d => d.Id == disputeId, ct);
        if (row is null)
            return Problem.NotFound("dispute", disputeId);
        return row.State is DisputeState.NeedsResponse or DisputeState.Inquiry
            ? row
            : Problem.Conflict("dispute-closed", $"This dispute is {row.State} and takes no more evidence.");
    }

    private Task<DisputeRow> LockAsync(string disputeId, CancellationToken ct) =>
        db.Set<DisputeRow>().FromSql($"select * from billing.dispute where id = {disputeId} for update").AsTracking().SingleAsync(ct);

    private static DisputeView View(DisputeRow dispute)
    {
        Currency currency = Currency.Parse(dispute.Currency);
        return new DisputeView(
            dispute.Id,
            dispute.PartyId,
            dispute.PaymentId,
            dispute.Reference,
            dispute.State,
            dispute.Money(),
            new Money(dispute.Fee, currency),
            new Money(dispute.Frozen, currency),
            new Money(dispute.State == DisputeState.Lost ? dispute.Amount - dispute.Frozen : 0, currency),
            dispute.Reason,
            dispute.Evidence,
            dispute.EvidenceDueAt,
            dispute.EvidenceSubmittedAt,
            dispute.OpenedAt,
            dispute.ClosedAt
        );
    }
}
