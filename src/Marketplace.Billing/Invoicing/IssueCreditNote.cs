using System.Globalization;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>Takes back a part of a final invoice: the document, its postings and what is open of the invoice, in one transaction.</summary>
internal sealed class IssueCreditNote(
    MarketplaceDbContext db,
    ActorContext actor,
    Holds holds,
    LedgerWriter writer,
    Collection collection,
    IOutbox outbox,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    private const int MaxKeyLength = 200;

    private sealed record Invoice(
        string Id,
        string? Number,
        string CustomerId,
        string CustomerName,
        Currency Currency,
        InvoiceState State,
        long Total,
        long Open,
        long Credited,
        string? Buyer
    );

    /// <returns>The credit note's id.</returns>
    public async Task<Outcome<string>> RunAsync(string invoiceId, CreditNoteRequest request, string key, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        string reason = request.Reason?.Trim() ?? "";
        if (reason.Length is < 1 or > 500)
            return Problem.Invalid("/reason", "Say in 1 to 500 characters why it is credited.", "Enter a reason; the customer reads it.");
        if (string.IsNullOrEmpty(key) || key.Length > MaxKeyLength)
            return Problem.Invalid(
                "",
                $"An idempotency key of 1 to {MaxKeyLength} characters is needed.",
                "Send the header Idempotency-Key with a new value per request."
            );
        var owner = await db.ReadAsync(
            "select party_id, currency from billing.invoice where id = $1",
            r => (CustomerId: r.GetString(0), Currency: Currency.Parse(r.GetString(1))),
            ct,
            invoiceId
        );
        if (owner is not [var (customerId, currency)])
            return Problem.NotFound("invoice", invoiceId);
        return await db.InTransactionAsync(
            async t =>
            {
                // The customer's credit first, then the invoice, as everybody does who moves both.
                await holds.LockWalletAsync(customerId, currency, t);
                return await WriteAsync(await LockAsync(invoiceId, t), request with { Reason = reason }, key, t);
            },
            ct,
            o => o.IsOk
        );
    }

    private async Task<Outcome<string>> WriteAsync(Invoice invoice, CreditNoteRequest request, string key, CancellationToken ct)
    {
        string text = JsonSerializer.Serialize(request);
        var before = await db.ReadAsync(
            "select id, request from billing.credit_note where invoice_id = $1 and idempotency_key = $2",
            r => (Id: r.GetString(0), Request: r.GetString(1)),
            ct,
            invoice.Id,
            key
        );
        if (before is [var there])
            return there.Request == text ? there.Id : Problem.KeyReused();
        if (invoice.State is not (InvoiceState.Final or InvoiceState.Paid))
            return Problem.Conflict(
                "invoice-not-creditable",
                $"The invoice is {invoice.State}. Only a final or paid invoice can be credited."
            );
        var decided = Decide(invoice, await RestsAsync(invoice, ct), request);
        if (!decided.IsOk)
            return decided.Problem;
        Credit credit = decided.Value;
        string id = ids.New(IdPrefix.CreditNote);
        DateTimeOffset now = time.GetUtcNow();
        long settled = Math.Min(credit.Total, invoice.Open);
        var journals = await PostAsync(id, invoice, credit, settled, request.Reason, now, ct);
        string number = await NumberAsync(invoice.Currency, ct);
        long creditedTotal = checked(invoice.Credited + credit.Total);
        InvoiceState state = InvoiceStates.AfterSettling(invoice.State, invoice.Open - settled, creditedTotal, invoice.Total);
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.credit_note
                    (id, number, party_id, customer_name, issuer, currency, invoice_id, invoice_number, reason, issued_at, net, tax, rounding, total,
                     settled, seller, buyer, idempotency_key, request)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb, $17::jsonb, $18, $19)
                """,
                id,
                number,
                invoice.CustomerId,
                invoice.CustomerName,
                options.Value.InvoiceIssuer,
                invoice.Currency.Code,
                invoice.Id,
                invoice.Number,
                request.Reason,
                now,
                credit.Net,
                credit.Tax,
                credit.Rounding,
                credit.Total,
                settled,
                JsonSerializer.Serialize(options.Value.Seller),
                invoice.Buyer,
                key,
                text
            );
            AddLines(batch, id, invoice, credit, journals);
            batch.Add(
                "update billing.invoice set credited = credited + $2, credited_total = credited_total + $3, state = $4 where id = $1",
                invoice.Id,
                settled,
                credit.Total,
                state.ToString()
            );
            await batch.ExecuteNonQueryAsync(ct);
        }
        await collection.CollectAsync(invoice.CustomerId, invoice.Currency, ct);
        db.Audit("credit-note.issued", "invoice", invoice.Id, $"{number}, {new Money(credit.Total, invoice.Currency)}: {request.Reason}");
        outbox.Publish(new CreditNoteIssued(id, invoice.CustomerId, number), key: id);
        changes.Announce($"party:{invoice.CustomerId}");
        return id;
    }

    private static Outcome<Credit> Decide(Invoice invoice, List<LineRest> rests, CreditNoteRequest request)
    {
        var rest = new Money(invoice.Total - invoice.Credited, invoice.Currency);
        List<LineRest> left = rests.FindAll(r => r.Gross > 0);
        if (rest.Micros <= 0 || left.Count == 0)
            return Problem.Conflict("nothing-to-credit", "This invoice is credited in full already.");
        List<LineRest> chosen = left;
        if (request.Lines is { Count: > 0 } lines)
        {
            if (lines.FirstOrDefault(l => rests.TrueForAll(r => r.Line != l)) is var unknown and not 0)
                return Problem.Invalid("/lines", $"The invoice has no line {unknown}.", "Name lines of this invoice.");
            chosen = left.FindAll(r => lines.Contains(r.Line));
            if (chosen.Count == 0)
                return Problem.Conflict("nothing-to-credit", "These lines are credited in full already.");
        }
        bool takesAll = chosen.Count == left.Count;
        long most = Math.Min(rest.Micros, chosen.Aggregate(0L, (sum, l) => checked(sum + l.Gross)));
        long? take = null;
        if (request.Amount is { } amount)
        {
            if (amount <= 0 || amount > 1_000_000_000_000m)
                return Problem.Invalid("/amount", "The amount must be more than zero.", "Enter what is to be credited, tax included.");
            var asked = Money.From(amount, invoice.Currency);
            if (asked.RoundToExponent() != asked)
                return Problem.Invalid(
                    "/amount",
                    Plural.Write($"{invoice.Currency} has {invoice.Currency.Exponent} {invoice.Currency.Exponent:decimal|decimals}."),
                    "Enter a whole minor unit."
                );
            // What is left of the whole invoice is its total, which differs from its lines by the rounding.
            bool everything = takesAll && asked == rest;
            if (!everything && asked.Micros > most)
                return Problem.Invalid(
                    "/amount",
                    $"At most {new Money(most, invoice.Currency)} is left to credit here.",
                    "Enter less, or choose more lines."
                );
            take = everything ? null : asked.Micros;
        }
        Credit credit = CreditRule.Decide(chosen, take, rest, takesAll);
        return credit.Total > 0 ? credit : Problem.Conflict("nothing-to-credit", "What is left of these lines is less than a minor unit.");
    }

    private async Task<Dictionary<int, string>> PostAsync(
        string id,
        Invoice invoice,
        Credit credit,
        long settled,
        string reason,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var drafts = new List<JournalDraft>();
        long open = settled;
        foreach (var (index, (line, back)) in credit.Lines.Index())
        {
            long part = Math.Min(open, checked(back.Net + back.Tax));
            drafts.Add(writer.Identify(Postings.CreditNote(id, index + 1, line.Parties, back, part, reason, now)));
            open -= part;
        }
        var journals = drafts.Index().ToDictionary(d => d.Index + 1, d => d.Item.Id);
        // What the lines put to the customer's credit is corrected by the rounding.
        long byLines = checked(credit.Net + credit.Tax - (settled - open));
        if (
            Postings.CreditNoteRounding(
                id,
                invoice.CustomerId,
                new Money(open, invoice.Currency),
                new Money(checked(credit.Total - settled - byLines), invoice.Currency),
                now
            ) is
            { } rounding
        )
            drafts.Add(rounding);
        foreach (var (draft, posted) in drafts.Zip(await writer.PostAsync(drafts, ct)))
        {
            if (posted.Status != PostedStatus.Posted)
                throw LedgerWriter.KeyReused(draft);
        }
        return journals;
    }

    private static void AddLines(NpgsqlBatch batch, string id, Invoice invoice, Credit credit, Dictionary<int, string> journals)
    {
        var lines = credit.Lines;
        batch.Add(
            """
            insert into billing.credit_note_line
                (credit_note_id, line, party_id, invoice_id, invoice_line, net, tax, center, operator, commission, journal_id)
            select $1, w.ord, $2, $3, w.line, w.net, w.tax, w.center, w.operator, w.commission, w.journal_id
            from unnest($4, $5, $6, $7, $8, $9, $10) with ordinality w (line, net, tax, center, operator, commission, journal_id, ord)
            """,
            id,
            invoice.CustomerId,
            invoice.Id,
            (int[])[.. lines.Select(l => l.Line.Line)],
            (long[])[.. lines.Select(l => l.Back.Net)],
            (long[])[.. lines.Select(l => l.Back.Tax)],
            (long[])[.. lines.Select(l => l.Back.Center)],
            (long[])[.. lines.Select(l => l.Back.Operator)],
            (long[])[.. lines.Select(l => l.Back.Commission)],
            (string[])[.. Enumerable.Range(1, lines.Count).Select(i => journals[i])]
        );
    }

    private async Task<Invoice> LockAsync(string invoiceId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select id, number, party_id, customer_name, currency, state, total, due - collected - credited, credited_total, buyer::text
                from billing.invoice where id = $1 for no key update
                """,
                r => new Invoice(
                    r.GetString(0),
                    r.TextOrNull(1),
                    r.GetString(2),
                    r.GetString(3),
                    Currency.Parse(r.GetString(4)),
                    Enum.Parse<InvoiceState>(r.GetString(5)),
                    r.GetInt64(6),
                    r.GetInt64(7),
                    r.GetInt64(8),
                    r.TextOrNull(9)
                ),
                ct,
                invoiceId
            )
        ).Single();

    private Task<List<LineRest>> RestsAsync(Invoice invoice, CancellationToken ct) =>
        db.ReadAsync(
            """
            select l.line, t.contract_id, t.operator_id, t.center_id, t.tax_jurisdiction, t.hold_reference,
                   r.net - c.net, r.tax - c.tax, r.center - c.center, r.operator - c.operator, r.commission - c.commission
            from billing.invoice_line l
            join billing.contract_terms t on t.contract_id = l.contract_id
            cross join lateral (
                select coalesce(sum(r.net), 0)::bigint as net, coalesce(sum(r.tax), 0)::bigint as tax, coalesce(sum(r.center), 0)::bigint as center,
                       coalesce(sum(r.operator), 0)::bigint as operator, coalesce(sum(r.commission), 0)::bigint as commission
                from billing.invoiced_line i join billing.rated_line r on r.id = i.rated_line_id
                where i.invoice_id = l.invoice_id and i.line = l.line
            ) r
            cross join lateral (
                select coalesce(sum(c.net), 0)::bigint as net, coalesce(sum(c.tax), 0)::bigint as tax, coalesce(sum(c.center), 0)::bigint as center,
                       coalesce(sum(c.operator), 0)::bigint as operator, coalesce(sum(c.commission), 0)::bigint as commission
                from billing.credit_note_line c where c.invoice_id = l.invoice_id and c.invoice_line = l.line
            ) c
            where l.invoice_id = $1
            order by l.line
            """,
            r => new LineRest(
                r.GetInt32(0),
                new ChargeParties(
                    r.GetString(1),
                    invoice.CustomerId,
                    r.GetString(2),
                    r.GetString(3),
                    invoice.Currency,
                    r.GetString(4),
                    r.GetString(5)
                ),
                new Share(r.GetInt64(6), r.GetInt64(7), r.GetInt64(8), r.GetInt64(9), r.GetInt64(10))
            ),
            ct,
            invoice.Id
        );

    // The series' row is locked until this commits: a number is used exactly when its credit note exists.
    private async Task<string> NumberAsync(Currency currency, CancellationToken ct)
    {
        string issuer = options.Value.InvoiceIssuer;
        long number = (
            await db.ReadAsync(
                """
                insert into billing.credit_note_series as s (issuer, currency, last_number) values ($1, $2, 1)
                on conflict (issuer, currency) do update set last_number = s.last_number + 1
                returning last_number
                """,
                r => r.GetInt64(0),
                ct,
                issuer,
                currency.Code
            )
        ).Single();
        return string.Create(CultureInfo.InvariantCulture, $"{issuer}-CN-{currency.Code}-{number:D6}");
    }
}
