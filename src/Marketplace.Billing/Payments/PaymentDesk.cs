using Marketplace.Billing.Contracts;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
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
/// Payments in three steps: the intent is committed, the provider is called outside any transaction under the intent's id, and the
/// answer is committed with its postings. A stop between the steps is finished by <see cref="ResumeAsync"/>.
/// </summary>
internal sealed class PaymentDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    IPaymentProvider provider,
    PaymentBook book,
    OpenBooks books,
    LedgerReader reader,
    Grants grants,
    IdFactory ids,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IPayments
{
    /// <summary>Longest idempotency key a caller may send.</summary>
    internal const int MaxKeyLength = 200;

    /// <summary>A payment that waits for its customer is asked about less often than one without any answer.</summary>
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromMinutes(15);

    public static readonly KeySorting<PaymentRow> Sorting = KeySorting<PaymentRow>
        .NewestFirst("createdAt", p => p.Id)
        .By("amount", p => p.Currency, p => p.Amount);

    public PaymentSetup Setup =>
        provider.TakesCards
            ? new PaymentSetup(provider.Name, TakesCards: true, options.Value.Stripe.IsTest, options.Value.Stripe.PublishableKey)
            : new PaymentSetup(provider.Name, TakesCards: false, IsTest: false, PublishableKey: null)
            {
                AwaitsTransfer = !options.Value.BankTransfer.BookAtOnce,
                Account = options.Value.BankTransfer.Account,
            };

    public Task<Outcome<PaymentView>> TopUpAsync(Money amount, string idempotencyKey, CancellationToken ct) =>
        PayAsync(new PaymentOrder { Amount = amount }, idempotencyKey, ct);

    public async Task<Outcome<PaymentView>> PayAsync(PaymentOrder order, string idempotencyKey, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        if (actor.Current.PartyId.Length == 0)
            return Problem.Forbidden("Credit is added for an organisation. Act for one.");
        return await PayForAsync(actor.Current.PartyId, order, automatic: false, idempotencyKey, ct);
    }

    /// <summary>The same for a party, by the system: whoever calls it has checked that the party wants it.</summary>
    public async Task<Outcome<PaymentView>> PayForAsync(
        string partyId,
        PaymentOrder order,
        bool automatic,
        string idempotencyKey,
        CancellationToken ct
    )
    {
        if (InvalidKey(idempotencyKey) is { } noKey)
            return noKey;
        if ((order.Amount is null) == (order.InvoiceId is null))
            return Problem.Invalid("/amount", "Say either an amount or an invoice.", "Send amount and currency, or invoiceId.");
        if (order.Method is { } method && (!provider.TakesCards || method.Length > 100))
            return Problem.Invalid(
                "/method",
                $"'{method}' is not a saved method of yours.",
                "Choose one of your saved methods, or leave it out."
            );
        if (order.Amount is { } amount && InvalidAmount(amount) is { } invalid)
            return invalid;
        if (db.HasTransaction)
            throw new InvalidOperationException("A payment calls its provider and therefore never runs inside a transaction.");
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
        var intent = await db.InTransactionAsync(
            t => IntendAsync(partyId, order, automatic, idempotencyKey, provider.Name, t),
            ct,
            o => o.IsOk
        );
        return intent.IsOk ? await FinishAsync(intent.Value, ct) : intent.Problem;
    }

    public async Task<PaymentView?> FindAsync(string paymentId, CancellationToken ct)
    {
        var row = await db.Set<PaymentRow>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == paymentId, ct);
        return row is null ? null : (await WithRefundsAsync([await FinishAsync(row, ct)], ct))[0];
    }

    public async Task<Outcome<PaymentView>> CancelAsync(string paymentId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        var row = await db.Set<PaymentRow>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == paymentId, ct);
        if (row is null)
            return Problem.NotFound("payment", paymentId);
        if (!row.State.IsOpen() || row.Provider != provider.Name)
            return Problem.Conflict("payment-not-open", $"This payment is {row.State} and can no longer be given up.");
        ProviderPayment ended = await provider.CancelAsync(row.ToOrder(), ct);
        return (await book.RecordAsync(row.Id, ended, ct)).View();
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
        if ((InvalidAmount(amount) ?? InvalidKey(idempotencyKey)) is { } invalid)
            return invalid;
        if (await books.RefuseAsync(ct) is { } behind)
            return behind;
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
        return posted.Status == PostedStatus.Conflict ? Problem.KeyReused() : await reader.JournalAsync(posted.JournalId, ct);
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
        Page<PaymentView> page = (await Sorting.PageAsync(payments, query, total, ct)).Select(PaymentRows.View);
        return page with { Items = await WithRefundsAsync(page.Items, ct) };
    }

    // With what of the refunds has not arrived yet.
    private async Task<IReadOnlyList<PaymentView>> WithRefundsAsync(IReadOnlyList<PaymentView> payments, CancellationToken ct)
    {
        var refunded = payments.Where(p => !p.Refunded.IsZero).Select(p => p.Id).ToList();
        if (refunded.Count == 0)
            return payments;
        var open = await db.Set<RefundRow>()
            .Where(r => refunded.Contains(r.PaymentId) && (r.State == RefundState.Created || r.State == RefundState.Pending))
            .GroupBy(r => r.PaymentId)
            .Select(g => new { g.Key, Micros = g.Sum(r => r.Amount) })
            .ToDictionaryAsync(g => g.Key, g => g.Micros, ct);
        return
        [
            .. payments.Select(p =>
                open.TryGetValue(p.Id, out long micros) ? p with { Refunding = new Money(micros, p.Amount.Currency) } : p
            ),
        ];
    }

    /// <summary>
    /// Finishes payments whose answer was lost, by asking the provider again under the same key, and gives up those that no customer confirmed.
    /// </summary>
    /// <param name="olderThan">Younger ones are still being worked on.</param>
    public async Task<int> ResumeAsync(DateTimeOffset olderThan, int take, CancellationToken ct)
    {
        DateTimeOffset asked = olderThan - AskedAgainAfter;
        DateTimeOffset givenUp = time.GetUtcNow() - provider.CustomerPatience;
        var open = await db.Set<PaymentRow>()
            .AsNoTracking()
            .Where(p => p.Provider == provider.Name)
            .Where(p =>
                ((p.State == PaymentState.Created || p.State == PaymentState.Processing) && p.UpdatedAt < olderThan)
                || (p.State == PaymentState.RequiresAction && p.UpdatedAt < asked)
            )
            .OrderBy(p => p.UpdatedAt)
            .Take(take)
            .ToListAsync(ct);
        foreach (PaymentRow payment in open)
        {
            if (payment.State == PaymentState.RequiresAction && payment.CreatedAt < givenUp)
                await book.RecordAsync(payment.Id, await provider.CancelAsync(payment.ToOrder(), ct), ct);
            else
                await FinishAsync(payment, ct);
        }
        return open.Count;
    }

    /// <summary>Brings an open payment as far as its provider lets it; anything else stays as it is.</summary>
    public async Task<PaymentView> FinishAsync(PaymentRow payment, CancellationToken ct)
    {
        if (!payment.State.IsOpen() || payment.Provider != provider.Name)
            return payment.View();
        // Whatever the provider says could not be written down: it is asked when the clock is right again.
        if (await books.RefuseAsync(ct) is not null)
            return payment.View();
        ProviderPayment answer = await provider.PayAsync(payment.ToOrder(), ct);
        return (await book.RecordAsync(payment.Id, answer, ct)).View();
    }

    /// <summary>Writes down what is to be paid, in the caller's transaction: by whom, and which provider takes it.</summary>
    public async Task<Outcome<PaymentRow>> IntendAsync(
        string party,
        PaymentOrder order,
        bool automatic,
        string idempotencyKey,
        string takenBy,
        CancellationToken ct
    )
    {
        var amount = order.InvoiceId is { } invoice ? await OpenOfAsync(party, invoice, idempotencyKey, ct) : order.Amount!.Value;
        if (!amount.IsOk)
            return amount.Problem;
        Money money = amount.Value;
        DateTimeOffset now = time.GetUtcNow();
        string purpose = (order.InvoiceId is null ? PaymentPurpose.TopUp : PaymentPurpose.Invoice).ToString();
        // Two requests with one key: the second waits here for the first to commit, and finds its row.
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.payment
                (id, party_id, idempotency_key, purpose, invoice_id, automatic, amount, fee, currency, state, provider, method, created_at, updated_at)
            values ({ids.New(
                IdPrefix.Payment
            )}, {party}, {idempotencyKey}, {purpose}, {order.InvoiceId}, {automatic}, {money.Micros}, 0, {money.Currency.Code}, 'Created', {takenBy}, {order.Method}, {now}, {now})
            on conflict (party_id, idempotency_key) do nothing
            """,
            ct
        );
        var payment = await db.Set<PaymentRow>()
            .AsNoTracking()
            .SingleAsync(p => p.PartyId == party && p.IdempotencyKey == idempotencyKey, ct);
        return
            payment.Amount == money.Micros
            && payment.Currency == money.Currency.Code
            && payment.InvoiceId == order.InvoiceId
            && payment.Method == order.Method
            ? payment
            : Problem.KeyReused();
    }

    /// <summary>What is open of an invoice, or was when this key first paid it.</summary>
    private async Task<Outcome<Money>> OpenOfAsync(string party, string invoiceId, string idempotencyKey, CancellationToken ct)
    {
        var row = await db.Set<InvoiceRow>().AsNoTracking().FirstOrDefaultAsync(i => i.Id == invoiceId && i.PartyId == party, ct);
        if (row is null)
            return Problem.NotFound("invoice", invoiceId);
        var before = await db.Set<PaymentRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(p => p.PartyId == party && p.IdempotencyKey == idempotencyKey && p.InvoiceId == invoiceId, ct);
        if (before is not null)
            return before.Money();
        var open = new Money(row.State == InvoiceState.Final ? row.Due - row.Collected - row.Credited : 0, Currency.Parse(row.Currency));
        return open.Micros > 0
            ? open
            : Problem.Conflict("nothing-open", "Nothing is open of this invoice. Look at its state on the invoice's page.");
    }

    internal Problem? InvalidAmount(Money amount)
    {
        var most = Money.From(options.Value.MaxTopUp, amount.Currency);
        if (amount.Micros <= 0 || amount > most)
            return Problem.Invalid("/amount", $"The amount must be more than zero and at most {most}.", "Enter another amount.");
        return amount.RoundToExponent() == amount
            ? null
            : Problem.Invalid(
                "/amount",
                Plural.Write($"{amount.Currency} has {amount.Currency.Exponent} {amount.Currency.Exponent:decimal|decimals}."),
                Plural.Write($"Enter an amount with {amount.Currency.Exponent} {amount.Currency.Exponent:decimal|decimals}.")
            );
    }

    internal static Problem? InvalidKey(string idempotencyKey) =>
        string.IsNullOrEmpty(idempotencyKey) || idempotencyKey.Length > MaxKeyLength
            ? Problem.Invalid(
                "",
                $"An idempotency key of 1 to {MaxKeyLength} characters is needed.",
                "Send the header Idempotency-Key with a new value per request."
            )
            : null;
}
