using System.Globalization;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Rating.Reservations;

/// <summary>What falls due with reservations: what is left at their end is earned unused, and earnings past the dispute window become payable.</summary>
internal sealed class ReservationJobs(
    MarketplaceDbContext db,
    LedgerWriter writer,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    private const int PerRound = 200;

    private sealed record Parties(string Id, ChargeParties Trade, ReservationTerms Terms);

    /// <param name="Draws">How many there are, which makes the key: a correction can bring what was served back to where it was.</param>
    private sealed record Earned(Parties Of, decimal Served, long Draws, long CenterDue, long OperatorDue);

    /// <summary>Closes what has ended, once late usage of its time has had the grace of an invoice.</summary>
    public async Task<int> CloseAsync(CancellationToken ct)
    {
        DateTimeOffset ended = time.GetUtcNow() - options.Value.InvoiceGrace;
        var over = await ReadAsync("r.closed_at is null and r.ends_at <= $1 order by r.ends_at", ended, ct);
        foreach (Parties reservation in over)
            await db.InTransactionAsync(t => CloseAsync(reservation, ended, t), ct);
        return over.Count;
    }

    private async Task<bool> CloseAsync(Parties reservation, DateTimeOffset ended, CancellationToken ct)
    {
        var left = await db.ReadAsync(
            "select billing.lock_ended_reservation($1, $2)",
            r => r.IsDBNull(0) ? (decimal?)null : r.GetDecimal(0),
            ct,
            reservation.Id,
            ended
        );
        if (left is not [{ } unused])
            return false;
        DateTimeOffset now = time.GetUtcNow();
        if (unused == 0)
        {
            await db.ReadAsync("select billing.close_reservation($1, $2)::text", r => 0, ct, reservation.Id, now);
            return true;
        }
        Share share =
            reservation.Terms.EarnedAt(reservation.Terms.Quantity) - reservation.Terms.EarnedAt(reservation.Terms.Quantity - unused);
        string? journal = share.IsZero
            ? null
            : await writer.PostOneAsync(Postings.ReservationUnused(reservation.Id, reservation.Trade, share, "unused", now), ct);
        await db.ReadAsync(
            "select billing.draw_reservations($1, $2, $3, $4, $5, $6)::text",
            r => 0,
            ct,
            (string[])[ids.New(ReservationDesk.IdPrefix)],
            (string[])[reservation.Id],
            (string?[])[null],
            (decimal[])[unused],
            (string?[])[journal],
            now
        );
        Announce(reservation.Trade);
        return true;
    }

    /// <summary>Makes earnings payable that have passed the dispute window.</summary>
    public Task<int> MakeDueAsync(CancellationToken ct) => db.InTransactionAsync(RoundAsync, ct);

    private async Task<int> RoundAsync(CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset past = now - options.Value.DisputeWindow;
        var rows = await db.ReadAsync(
            $"""
            select {Columns}, d.served, d.draws, r.center_due, r.operator_due
            from billing.reservation r
            cross join lateral (
                select coalesce(sum(d.quantity), 0) as served, count(*) as draws from billing.reservation_draw d
                where d.reservation_id = r.id and d.drawn_at <= greatest($1::timestamptz, r.due_through)
            ) d
            where (r.closed_at is null or r.center_due <> r.center or r.operator_due <> r.operator) and d.draws > 0
            order by r.id limit {PerRound} for no key update of r skip locked
            """,
            r => new Earned(Read(r), r.GetDecimal(15), r.GetInt64(16), r.GetInt64(17), r.GetInt64(18)),
            ct,
            past
        );
        int due = 0;
        foreach (Earned row in rows)
        {
            Share earned = row.Of.Terms.EarnedAt(row.Served);
            Currency currency = row.Of.Trade.Currency;
            var center = new Money(earned.Center - row.CenterDue, currency);
            var @operator = new Money(earned.Operator - row.OperatorDue, currency);
            if (center.IsZero && @operator.IsZero)
                continue;
            string key = $"{row.Of.Id}/{row.Draws.ToString(CultureInfo.InvariantCulture)}";
            await writer.PostOneAsync(
                Postings.Due(row.Of.Id, row.Of.Trade.CenterId, row.Of.Trade.OperatorId, center, @operator, key, now),
                ct
            );
            await db.ReadAsync(
                "update billing.reservation set center_due = $2, operator_due = $3, due_through = greatest($4::timestamptz, due_through) where id = $1 returning id",
                r => 0,
                ct,
                row.Of.Id,
                earned.Center,
                earned.Operator,
                past
            );
            Announce(row.Of.Trade);
            due++;
        }
        return due;
    }

    private const string Columns = """
        r.id, r.customer_id, r.operator_id, r.center_id, r.currency, r.tax_jurisdiction, r.quantity, r.net, r.tax, r.center, r.operator,
        r.commission, r.remaining, r.starts_at, r.ends_at
        """;

    private Task<List<Parties>> ReadAsync(string where, DateTimeOffset moment, CancellationToken ct) =>
        db.ReadAsync($"select {Columns} from billing.reservation r where {where} limit {PerRound}", Read, ct, moment);

    private static Parties Read(Npgsql.NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            new ChargeParties(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.GetString(3),
                Currency.Parse(r.GetString(4)),
                r.GetString(5),
                HoldReference: ""
            ),
            new ReservationTerms(r.GetDecimal(6), new Share(r.GetInt64(7), r.GetInt64(8), r.GetInt64(9), r.GetInt64(10), r.GetInt64(11)))
        );

    private void Announce(ChargeParties parties)
    {
        foreach (string party in new[] { parties.CustomerId, parties.OperatorId, parties.CenterId })
            changes.Announce($"party:{party}");
    }
}
