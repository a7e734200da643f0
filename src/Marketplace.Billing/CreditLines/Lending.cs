using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.CreditLines;

/// <summary>Where a customer stands with what the network lends it, in micro-units of one currency.</summary>
/// <param name="Limit">The line; zero without one.</param>
/// <param name="Advanced">Lent for holds, not yet on an invoice and not yet given back.</param>
/// <param name="Owed">All it owes: <paramref name="Advanced"/>, charged without cover, open on invoices, and what a lost payment left.</param>
internal readonly record struct Lent(long Limit, long Advanced, long Owed)
{
    /// <summary>What may still be lent. Open invoices count: a line is what the network risks in all.</summary>
    public long Left => Math.Max(0, checked(Limit - Owed));

    /// <summary>
    /// What an invoice asks for of what was lent: as much of it as was charged and not what running holds still have, at most what the invoice bills.
    /// Held money counts as lent first, so that nobody pays by invoice for what may still be given back.
    /// </summary>
    /// <param name="held">In all of the customer's holds.</param>
    /// <param name="covered">Charged by the invoice and covered by holds.</param>
    public long Billable(long held, long covered) => Math.Max(0, Math.Min(checked(Advanced - held), covered));
}

/// <summary>Reads what is lent. With the customer's wallet locked nobody lends or gives back meanwhile.</summary>
internal sealed class Lending(MarketplaceDbContext db)
{
    public async Task<Lent> OfAsync(string customerId, Currency currency, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select coalesce((select amount from billing.credit_line where party_id = $1 and currency = $2), 0),
                       coalesce(sum(b.debits - b.credits) filter (where a.kind = $4), 0)::bigint, coalesce(sum(b.debits - b.credits), 0)::bigint
                from billing.balances(array(
                    select id from billing.account where qualifier = $1 and currency = $2 and kind = any ($3))) b
                join billing.account a on a.id = b.account_id
                """,
                r => new Lent(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)),
                ct,
                customerId,
                currency.Code,
                (string[])[Chart.AdvanceKind, Chart.UnbilledKind, Chart.ReceivableKind, Chart.ClawbackKind],
                Chart.AdvanceKind
            )
        ).Single();
}
