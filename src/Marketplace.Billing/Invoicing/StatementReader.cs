using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Invoicing;

/// <summary>
/// Statements straight from the legs. A customer's position is credit and holds less what it owes; a center's or operator's is what it
/// has earned. Moves between a party's own accounts do not change the position and are left out; usage is added up per contract and day.
/// </summary>
internal sealed class StatementReader(MarketplaceDbContext db)
{
    private sealed record Movement(DateTimeOffset At, string JournalId, string Kind, string? ContractId, string Description, long Micros);

    public async Task<StatementView> ReadAsync(
        string partyId,
        string role,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    )
    {
        string[] kinds = [.. Chart.OfRole(role)];
        const string Legs = """
            own as (select id from billing.account where party_id = $1 and currency = $2 and kind = any ($3)),
            moves as (
                select l.journal_id, -l.amount as micros from billing.leg l where l.debit_account in (select id from own)
                union all
                select l.journal_id, l.amount from billing.leg l where l.credit_account in (select id from own)
            ),
            nets as (select journal_id, sum(micros) as micros from moves group by journal_id having sum(micros) <> 0)
            """;
        long opening = (
            await db.ReadAsync(
                $"""
                with {Legs}
                select coalesce(sum(n.micros), 0)::bigint from nets n join billing.journal j on j.id = n.journal_id where j.effective_at < $4
                """,
                r => r.GetInt64(0),
                ct,
                partyId,
                currency.Code,
                kinds,
                from.ToUniversalTime()
            )
        ).Single();
        var movements = await db.ReadAsync(
            $"""
            with {Legs}
            select max(j.effective_at), max(j.id), j.kind, t.contract_id, coalesce(t.description, max(j.reason)), sum(n.micros)::bigint
            from nets n
            join billing.journal j on j.id = n.journal_id
            left join billing.contract_terms t on t.contract_id = j.group_id
            where j.effective_at >= $4 and j.effective_at < $5
            group by j.kind, t.contract_id, t.description,
                     case when j.kind = 'charge' then to_char(j.effective_at at time zone 'UTC', 'YYYY-MM-DD') else j.id end
            order by 1, 2
            """,
            r => new Movement(r.Instant(0), r.GetString(1), r.GetString(2), r.TextOrNull(3), r.GetString(4), r.GetInt64(5)),
            ct,
            partyId,
            currency.Code,
            kinds,
            from.ToUniversalTime(),
            to.ToUniversalTime()
        );
        long balance = opening;
        var lines = new List<StatementLine>(movements.Count);
        foreach (Movement movement in movements)
        {
            balance = checked(balance + movement.Micros);
            lines.Add(
                new StatementLine(
                    movement.At,
                    movement.JournalId,
                    movement.Kind,
                    movement.ContractId,
                    movement.Description,
                    new Money(movement.Micros, currency),
                    new Money(balance, currency)
                )
            );
        }
        return new StatementView(partyId, role, currency, from, to, new Money(opening, currency), new Money(balance, currency), lines)
        {
            Contracts = role == "customer" ? [] : await ContractsAsync(partyId, role, currency, from, to, ct),
        };
    }

    // Counted when the charge was booked, as the movements are.
    private async Task<IReadOnlyList<StatementContract>> ContractsAsync(
        string partyId,
        string role,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    )
    {
        var (party, price, billed, earned) =
            role == "center" ? ("center_id", "p.wholesale", "r.center", "r.center") : ("operator_id", "p.retail", "r.net", "r.operator");
        return await db.ReadAsync(
            $"""
            select r.contract_id, t.description, r.meter, sum(r.quantity) / p.quantity_per_unit, p.unit, {price}, sum({billed})::bigint,
                   sum({earned})::bigint
            from billing.rated_line r
            join billing.journal j on j.id = r.journal_id and j.effective_at >= $3 and j.effective_at < $4
            join billing.contract_terms t on t.contract_id = r.contract_id
            join billing.price_version p on p.contract_id = r.contract_id and p.meter = r.meter and p.version = r.price_version
            where r.{party} = $1 and r.currency = $2 and r.id > $5
            group by r.contract_id, t.description, r.meter, r.price_version, p.quantity_per_unit, p.unit, {price}
            order by r.contract_id, r.meter, r.price_version
            """,
            r => new StatementContract(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                decimal.Round(r.GetDecimal(3), Rating.RatingRule.ExactDecimals, MidpointRounding.ToEven),
                r.GetString(4),
                r.GetDecimal(5),
                new Money(r.GetInt64(6), currency),
                new Money(r.GetInt64(7), currency)
            ),
            ct,
            partyId,
            currency.Code,
            from.ToUniversalTime(),
            to.ToUniversalTime(),
            // Usage is never booked ahead of the clock that made its id. A day, because servers' clocks differ.
            IdFactory.Least(
                IntakePlanner.LinePrefix,
                from <= DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : from - TimeSpan.FromDays(1)
            )
        );
    }
}
