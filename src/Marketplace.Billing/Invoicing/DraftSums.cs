using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Invoicing;

/// <summary>What open invoices come to at this moment: what they would bill and ask for if they were made final now, the earliest first.</summary>
internal sealed class DraftSums(MarketplaceDbContext db)
{
    /// <summary>An open invoice begins after the one before it that is open too.</summary>
    public const string PeriodBefore = """
        select max(e.period_end) from billing.invoice e
        where e.party_id = i.party_id and e.currency = i.currency and e.number is null and e.contract_id is null and e.period_end < i.period_end
        """;

    private sealed record Draft(string Id, string CustomerId, Currency Currency, InvoiceSums Sums);

    /// <returns>By the invoices' ids; also of others that are open for the same customers.</returns>
    public async Task<IReadOnlyDictionary<string, InvoiceSums>> OfAsync(IEnumerable<InvoiceRow> rows, CancellationToken ct)
    {
        var sums = new Dictionary<string, InvoiceSums>(StringComparer.Ordinal);
        string[] asked = [.. rows.Where(r => r.State.IsOpenForCharges()).Select(r => r.Id)];
        if (asked.Length == 0)
            return sums;
        var drafts = await DraftsAsync(asked, ct);
        var lent = await LentAsync([.. drafts.Select(d => d.CustomerId).Distinct(StringComparer.Ordinal)], ct);
        foreach (Draft draft in drafts)
        {
            long billed = 0;
            if (lent.TryGetValue((draft.CustomerId, draft.Currency), out var stands))
            {
                billed = new Lent(0, stands.Advanced, 0).Billable(stands.Held, draft.Sums.Covered.Micros);
                lent[(draft.CustomerId, draft.Currency)] = (stands.Advanced - billed, stands.Held);
            }
            sums[draft.Id] = draft.Sums.WithAdvance(billed);
        }
        return sums;
    }

    private Task<List<Draft>> DraftsAsync(string[] asked, CancellationToken ct) =>
        db.ReadAsync(
            $"""
            select i.id, i.party_id, i.currency,
                   coalesce(sum(r.net), 0)::bigint, coalesce(sum(r.tax), 0)::bigint, coalesce(sum(r.uncovered), 0)::bigint
            from billing.invoice i
            cross join lateral (select ({PeriodBefore}) as at) b
            left join billing.rated_line r on r.customer_id = i.party_id and r.currency = i.currency
                and r.window_to <= i.period_end and (b.at is null or r.window_to > b.at)
                and not exists (select from billing.invoiced_line l where l.rated_line_id = r.id)
            where i.id = any ($1)
               or i.number is null and i.contract_id is null and i.state in ('Draft', 'Grace')
                  and (i.party_id, i.currency) in (select a.party_id, a.currency from billing.invoice a where a.id = any ($1))
            group by i.id, i.party_id, i.currency, i.period_end
            order by i.period_end
            """,
            r =>
            {
                Currency currency = Currency.Parse(r.GetString(2));
                return new Draft(
                    r.GetString(0),
                    r.GetString(1),
                    currency,
                    InvoiceSums.Of(r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), currency)
                );
            },
            ct,
            // One parameter that is an array, not an array of parameters.
            (object)asked
        );

    // Of those only that were lent something.
    private async Task<Dictionary<(string CustomerId, Currency Currency), (long Advanced, long Held)>> LentAsync(
        string[] customers,
        CancellationToken ct
    ) =>
        (
            await db.ReadAsync(
                """
                select a.qualifier, a.currency,
                       coalesce(sum(b.debits - b.credits) filter (where a.kind = $2), 0)::bigint,
                       coalesce(sum(b.credits - b.debits) filter (where a.kind = $3), 0)::bigint
                from billing.balances(array(select id from billing.account where qualifier = any ($1) and kind in ($2, $3))) b
                join billing.account a on a.id = b.account_id
                group by a.qualifier, a.currency
                having coalesce(sum(b.debits - b.credits) filter (where a.kind = $2), 0) > 0
                """,
                r => (Of: (r.GetString(0), Currency.Parse(r.GetString(1))), Stands: (r.GetInt64(2), r.GetInt64(3))),
                ct,
                customers,
                Chart.AdvanceKind,
                Chart.HeldKind
            )
        ).ToDictionary(r => r.Of, r => r.Stands);
}
