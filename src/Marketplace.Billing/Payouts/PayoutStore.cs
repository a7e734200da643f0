using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payouts;

/// <summary>Whose payout: one party in one role and currency.</summary>
internal readonly record struct PayoutSide(string PartyId, string Role, Currency Currency)
{
    public const string Center = "center";
    public const string Operator = "operator";

    public AccountRef PayableAccount => Role == Center ? Chart.CenterPayable(PartyId, Currency) : Chart.OperatorPayable(PartyId, Currency);

    public static PayoutSide Of(PayoutRow row) => new(row.PartyId, row.Role, Currency.Parse(row.Currency));
}

/// <summary>Rows of payouts under lock, and what the ledger says about a party.</summary>
internal sealed class PayoutStore(MarketplaceDbContext db, IChangeFeed changes)
{
    /// <summary>Announced when any payout changes; for the desk's page.</summary>
    public const string Topic = "payouts";

    private static readonly string[] Kinds =
    [
        Chart.CenterPendingKind,
        Chart.CenterPayableKind,
        Chart.OperatorPendingKind,
        Chart.OperatorPayableKind,
    ];

    /// <summary>The turn whoever changes what a party is paid takes: one at a time per party.</summary>
    public static string Turn(string partyId) => "payout:" + partyId;

    public static string Who(Actor actor) => actor.IsSystem ? "system" : actor.UserId ?? actor.CredentialId ?? actor.PartyId;

    public static Money AmountOf(PayoutRow row) => new(row.Amount, Currency.Parse(row.Currency));

    /// <summary>Tracked and locked until the transaction ends; null when there is none the actor may see.</summary>
    public Task<PayoutRow?> LockAsync(string payoutId, CancellationToken ct) =>
        db.Set<PayoutRow>()
            .FromSql($"select * from billing.payout where id = {payoutId} for no key update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);

    /// <summary>The payout on its way to approval, locked.</summary>
    public Task<PayoutRow?> LockOpenAsync(PayoutSide side, CancellationToken ct) =>
        db.Set<PayoutRow>()
            .FromSql(
                $"""
                select * from billing.payout
                where party_id = {side.PartyId} and role = {side.Role} and currency = {side.Currency.Code}
                  and state in ('Accrued', 'Held', 'Eligible', 'Approved')
                for no key update
                """
            )
            .AsTracking()
            .SingleOrDefaultAsync(ct);

    /// <summary>Everybody to whom something is payable, and whoever has a payout that may go on.</summary>
    public Task<List<PayoutSide>> SidesAsync(CancellationToken ct) =>
        db.ReadAsync(
            """
            select a.party_id, split_part(a.kind, '.', 1), a.currency
            from billing.balances(array(select id from billing.account where kind in ('center.payable', 'operator.payable'))) b
            join billing.account a on a.id = b.account_id
            where b.credits > b.debits
            union
            select party_id, role, currency from billing.payout where state in ('Accrued', 'Eligible')
            order by 1, 2, 3
            """,
            r => new PayoutSide(r.GetString(0), r.GetString(1), Currency.Parse(r.GetString(2))),
            ct
        );

    public async Task<Earnings> EarningsAsync(PayoutSide side, CancellationToken ct)
    {
        var balances = (
            await db.ReadAsync(
                """
                select a.kind, b.credits - b.debits
                from billing.balances(array(select id from billing.account where party_id = $1 and currency = $2 and kind = any ($3))) b
                join billing.account a on a.id = b.account_id
                """,
                r => (Kind: r.GetString(0), Micros: r.GetInt64(1)),
                ct,
                side.PartyId,
                side.Currency.Code,
                Kinds
            )
        ).ToDictionary(b => b.Kind, b => b.Micros, StringComparer.Ordinal);
        long held = (
            await db.ReadAsync(
                """
                select coalesce(sum(amount), 0)::bigint from billing.payout_hold
                where party_id = $1 and role = $2 and currency = $3 and released_at is null
                """,
                r => r.GetInt64(0),
                ct,
                side.PartyId,
                side.Role,
                side.Currency.Code
            )
        ).Single();
        string other = side.Role == PayoutSide.Center ? PayoutSide.Operator : PayoutSide.Center;
        long Of(string role, string part) => balances.GetValueOrDefault($"{role}.{part}");
        return new Earnings(Of(side.Role, "payable"), Of(side.Role, "pending"), checked(Of(other, "payable") + Of(other, "pending")), held);
    }

    /// <summary>The transition, or an exception: whoever calls has asked before whether it is allowed.</summary>
    public void Move(PayoutRow row, PayoutState to, DateTimeOffset now)
    {
        row.State = PayoutRule.States.Move(row.State, to);
        Touch(row, now);
    }

    public void Touch(PayoutRow row, DateTimeOffset now)
    {
        row.UpdatedAt = now;
        changes.Announce($"party:{row.PartyId}");
        changes.Announce(Topic);
    }

    /// <summary>Stops it. Approval is asked for anew when it goes on.</summary>
    public void Hold(PayoutRow row, string reason, DateTimeOffset now)
    {
        Move(row, PayoutState.Held, now);
        (row.Reason, row.WaitsFor, row.ProposedBy, row.ApprovedBy) = (reason, null, null, null);
    }
}
