using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Time;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// The invoices that are not final yet, one per customer, currency and month. A draft holds no lines: what is charged and on no invoice is
/// what it will bill, so that late usage and corrections are on it the moment they are rated.
/// </summary>
internal sealed class OpenInvoices(
    MarketplaceDbContext db,
    IPartyNames names,
    IdFactory ids,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    internal sealed record InGrace(string Id, string CustomerId, Currency Currency);

    /// <summary>Begins drafts for this month's charges, and moves those of a month that is over to grace. A job runs it often.</summary>
    /// <returns>How many were begun or moved.</returns>
    public Task<int> KeepAsync(CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset start = now.StartOfMonth();
        DateTimeOffset end = start.AddMonths(1);
        return db.InTransactionAsync(
            async t =>
            {
                // By contract, so that a quiet month costs a look at the contracts and not at all usage there ever was.
                int begun = await BeginAsync(
                    """
                    select distinct c.customer_id, c.currency from billing.contract_cost c
                    where c.through > $1 and c.through <= $2
                      and exists (
                          select from billing.rated_line r
                          where r.contract_id = c.contract_id and r.window_to > $1
                            and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id))
                      and not exists (
                          select from billing.invoice i
                          where i.party_id = c.customer_id and i.currency = c.currency and i.period_end = $2 and i.number is null and i.contract_id is null)
                    order by 1, 2
                    """,
                    start,
                    end,
                    t,
                    start,
                    end
                );
                return begun + await OverAsync(now, t);
            },
            ct
        );
    }

    /// <summary>Sees to it that everything charged through a moment is on an invoice in grace.</summary>
    /// <returns>Those in grace, in the order they are made final.</returns>
    public Task<List<InGrace>> ThroughAsync(DateTimeOffset end, CancellationToken ct)
    {
        DateTimeOffset last = end.AddTicks(-1);
        DateTimeOffset start = last.StartOfMonth();
        return db.InTransactionAsync(
            async t =>
            {
                await BeginAsync(
                    """
                    select distinct r.customer_id, r.currency from billing.rated_line r
                    where r.window_to <= $1 and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
                      and not exists (
                          select from billing.invoice i
                          where i.party_id = r.customer_id and i.currency = r.currency and i.period_end <= $1 and i.number is null and i.contract_id is null)
                    order by 1, 2
                    """,
                    start,
                    end,
                    t,
                    end
                );
                await OverAsync(end, t);
                return await db.ReadAsync(
                    """
                    select id, party_id, currency from billing.invoice
                    where state = 'Grace' and contract_id is null and period_end <= $1 order by period_end, party_id, currency
                    """,
                    r => new InGrace(r.GetString(0), r.GetString(1), Currency.Parse(r.GetString(2))),
                    t,
                    end
                );
            },
            ct
        );
    }

    private async Task<int> BeginAsync(
        string customersSql,
        DateTimeOffset start,
        DateTimeOffset end,
        CancellationToken ct,
        params object?[] parameters
    )
    {
        var customers = await db.ReadAsync(customersSql, r => (Id: r.GetString(0), Currency: r.GetString(1)), ct, parameters);
        if (customers.Count == 0)
            return 0;
        var named = new List<string>(customers.Count);
        foreach (var customer in customers)
            named.Add(await names.NameAsync(customer.Id, ct) ?? customer.Id);
        await using NpgsqlBatch batch = db.WritingBatch();
        // Another replica may have begun the same one.
        batch.Add(
            """
            insert into billing.invoice
                (id, party_id, customer_name, issuer, currency, state, period_start, period_end, net, tax, rounding, total, due)
            select w.id, w.party_id, w.name, $4, w.currency, 'Draft', $5, $6, 0, 0, 0, 0, 0
            from unnest($1, $2, $3, $7) w (id, party_id, currency, name)
            on conflict (party_id, currency, period_end) where number is null and contract_id is null do nothing
            """,
            (string[])[.. customers.Select(_ => ids.New(IdPrefix.Invoice))],
            (string[])[.. customers.Select(c => c.Id)],
            (string[])[.. customers.Select(c => c.Currency)],
            options.Value.InvoiceIssuer,
            start,
            end,
            (string[])[.. named]
        );
        return await batch.ExecuteNonQueryAsync(ct);
    }

    private async Task<int> OverAsync(DateTimeOffset moment, CancellationToken ct)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            update billing.invoice i set state = 'Grace'
            from (select id from billing.invoice where state = 'Draft' and contract_id is null and period_end <= $1 order by id for update skip locked) o
            where i.id = o.id
            """,
            moment
        );
        return await batch.ExecuteNonQueryAsync(ct);
    }
}
