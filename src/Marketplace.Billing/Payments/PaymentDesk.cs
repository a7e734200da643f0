using Marketplace.Billing.Contracts;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments;

/// <summary>
/// Top-ups in three steps: the intent is committed, the provider is called outside any transaction under the intent's id, and the
/// answer is committed with its postings. A stop between the steps is finished by <see cref="ResumeAsync"/>.
/// </summary>
internal sealed class PaymentDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    IPaymentProvider provider,
    LedgerWriter writer,
    LedgerReader reader,
    Collection collection,
    Grants grants,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IPayments
{
    private const int MaxKeyLength = 200;

    public static readonly KeySorting<PaymentRow> Sorting = KeySorting<PaymentRow>
        .NewestFirst("createdAt", p => p.Id)
        .By("amount", p => p.Currency, p => p.Amount);

    public async Task<Outcome<PaymentView>> TopUpAsync(Money amount, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        if (actor.Current.PartyId.Length == 0)
            return Problem.Forbidden("Credit is added for an organisation. Act for one.");
        if (Invalid(amount, idempotencyKey) is { } invalid)
            return invalid;
        if (db.Database.CurrentTransaction is not null)
            throw new InvalidOperationException("A payment calls its provider and therefore never runs inside a transaction.");
        var intent = await db.InTransactionAsync(t => IntendAsync(amount, idempotencyKey, t), ct, o => o.IsOk);
        return intent.IsOk ? await FinishAsync(intent.Value, ct) : intent.Problem;
    }

    public async Task<Outcome<JournalView>> GrantAsync(
        string partyId,
        Money amount,
        string reason,
        string idempotencyKey,
        CancellationToken ct
    )
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (string.IsNullOrWhiteSpace(reason))
            return Problem.Invalid("/reason", "Say why the credit is granted.", "Enter a reason, for example a campaign's name.");
        if (Invalid(amount, idempotencyKey) is { } invalid)
            return invalid;
        JournalDraft draft = Postings.Grant(partyId, amount, reason.Trim(), $"{partyId}/{idempotencyKey}", time.GetUtcNow());
        Posted posted = await db.InTransactionAsync(
            async t =>
            {
                Posted made = await grants.PostAsync(draft, new NewGrant(partyId, amount, "grant", draft.Reason, ExpiresAt: null), t);
                if (made.Status == PostedStatus.Posted)
                    db.Audit("credit.granted", "organisation", partyId, $"{amount}: {reason.Trim()}");
                return made;
            },
            ct
        );
        return posted.Status == PostedStatus.Conflict ? KeyReused() : await reader.JournalAsync(posted.JournalId, ct);
    }

    public async Task<Page<PaymentView>> ListAsync(PageQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        IQueryable<PaymentRow> payments = db.Set<PaymentRow>().AsNoTracking();
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string search = $"%{query.Search.Trim()}%";
            payments = payments.Where(p => EF.Functions.ILike(p.Id, search) || EF.Functions.ILike(p.ProviderReference!, search));
        }
        long? total = query.Cursor is null ? await payments.LongCountAsync(ct) : null;
        return (await Sorting.PageAsync(payments, query, total, ct)).Select(View);
    }

    /// <summary>Finishes payments whose answer was lost, by asking the provider again under the same key.</summary>
    /// <param name="olderThan">Younger ones are still being worked on.</param>
    public async Task<int> ResumeAsync(DateTimeOffset olderThan, int take, CancellationToken ct)
    {
        var open = await db.Set<PaymentRow>()
            .AsNoTracking()
            .Where(p => p.State == PaymentState.Created && p.CreatedAt < olderThan && p.Provider == provider.Name)
            .OrderBy(p => p.CreatedAt)
            .Take(take)
            .ToListAsync(ct);
        foreach (PaymentRow payment in open)
            await FinishAsync(payment, ct);
        return open.Count;
    }

    private async Task<Outcome<PaymentRow>> IntendAsync(Money amount, string idempotencyKey, CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        DateTimeOffset now = time.GetUtcNow();
        // Two requests with one key: the second waits here for the first to commit, and finds its row.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.payment (id, party_id, idempotency_key, amount, fee, currency, state, provider, created_at, updated_at)
            values ({ids.New(
                IdPrefix.Payment
            )}, {party}, {idempotencyKey}, {amount.Micros}, 0, {amount.Currency.Code}, 'Created', {provider.Name}, {now}, {now})
            on conflict (party_id, idempotency_key) do nothing
            """,
            ct
        );
        var payment = await db.Set<PaymentRow>()
            .AsNoTracking()
            .SingleAsync(p => p.PartyId == party && p.IdempotencyKey == idempotencyKey, ct);
        return payment.Amount == amount.Micros && payment.Currency == amount.Currency.Code ? payment : KeyReused();
    }

    private async Task<PaymentView> FinishAsync(PaymentRow payment, CancellationToken ct)
    {
        if (payment.State != PaymentState.Created)
            return View(payment);
        ProviderPayment answer = await provider.PayAsync(payment.Id, payment.PartyId, AmountOf(payment), ct);
        return View(await db.InTransactionAsync(t => RecordAsync(payment.Id, answer, t), ct));
    }

    private async Task<PaymentRow> RecordAsync(string paymentId, ProviderPayment answer, CancellationToken ct)
    {
        var payment = await db.Set<PaymentRow>()
            .FromSql($"select * from billing.payment where id = {paymentId} for update")
            .AsTracking()
            .SingleAsync(ct);
        if (payment.State != PaymentState.Created || answer.State == PaymentState.Created)
            return payment;
        DateTimeOffset now = time.GetUtcNow();
        payment.State = answer.State switch
        {
            PaymentState.Succeeded => PaymentState.Succeeded,
            PaymentState.Failed => PaymentState.Failed,
            _ => throw new InvalidOperationException($"A payment that is being made cannot become {answer.State}."),
        };
        payment.ProviderReference = answer.Reference;
        payment.Failure = answer.Failure;
        payment.UpdatedAt = now;
        db.Audit(
            payment.State == PaymentState.Succeeded ? "payment.succeeded" : "payment.failed",
            "payment",
            payment.Id,
            AmountOf(payment).ToString()
        );
        if (payment.State == PaymentState.Succeeded)
        {
            payment.Fee = answer.Fee.Micros;
            await writer.PostOneAsync(Postings.TopUp(payment.Id, payment.PartyId, AmountOf(payment), answer.Fee, now), ct);
            await collection.CollectAsync(payment.PartyId, AmountOf(payment).Currency, ct);
        }
        changes.Announce($"party:{payment.PartyId}");
        await db.SaveChangesAsync(ct);
        return payment;
    }

    private Problem? Invalid(Money amount, string idempotencyKey)
    {
        var most = Money.From(options.Value.MaxTopUp, amount.Currency);
        if (amount.Micros <= 0 || amount > most)
            return Problem.Invalid("/amount", $"The amount must be more than zero and at most {most}.", "Enter another amount.");
        if (amount.RoundToExponent() != amount)
            return Problem.Invalid(
                "/amount",
                Plural.Write($"{amount.Currency} has {amount.Currency.Exponent} {amount.Currency.Exponent:decimal|decimals}."),
                Plural.Write($"Enter an amount with {amount.Currency.Exponent} {amount.Currency.Exponent:decimal|decimals}.")
            );
        return string.IsNullOrEmpty(idempotencyKey) || idempotencyKey.Length > MaxKeyLength
            ? Problem.Invalid(
                "",
                $"An idempotency key of 1 to {MaxKeyLength} characters is needed.",
                "Send the header Idempotency-Key with a new value per request."
            )
            : null;
    }

    private static Problem KeyReused() =>
        Problem.Conflict("idempotency-key-reused", "This idempotency key was used for another request. Send a new key with a new request.");

    private static Money AmountOf(PaymentRow payment) => new(payment.Amount, Currency.Parse(payment.Currency));

    private static PaymentView View(PaymentRow payment) =>
        new(
            payment.Id,
            payment.PartyId,
            AmountOf(payment),
            new Money(payment.Fee, Currency.Parse(payment.Currency)),
            payment.State,
            payment.Provider,
            payment.ProviderReference,
            payment.Failure,
            payment.CreatedAt
        );
}
