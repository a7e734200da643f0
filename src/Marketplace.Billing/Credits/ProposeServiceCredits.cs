using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Time;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Credits;

/// <summary>After a month: what each charged contract was down, and what credit that is worth. Once per contract and month.</summary>
internal sealed class ProposeServiceCredits(
    MarketplaceDbContext db,
    IContractUptime uptime,
    ServiceCredits credits,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<CreditOptions> options,
    IOptions<BillingOptions> billing,
    TimeProvider time
)
{
    private const int ContractsPerCommit = 500;

    private sealed record Charged(string ContractId, string CustomerId, string OperatorId, string CenterId, string Currency, Share Share);

    /// <returns>How many credits were proposed.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        DateTimeOffset late = time.GetUtcNow() - billing.Value.InvoiceGrace;
        DateTimeOffset to = late.StartOfMonth();
        DateTimeOffset from = await NextPeriodAsync(ct) ?? to.AddMonths(-1);
        int proposed = 0;
        for (; from < to; from = from.AddMonths(1))
            proposed += await MonthAsync(from, from.AddMonths(1), ct);
        // A run that stopped between proposing and posting is finished here.
        if (options.Value.ServiceCreditsAutomatic)
            await ConfirmAsync(ct);
        return proposed;
    }

    private async Task<DateTimeOffset?> NextPeriodAsync(CancellationToken ct) =>
        (await db.ReadAsync("select max(period_start) from billing.service_credit_period", r => r.InstantOrNull(0), ct)).Single()
            is { } last
            ? new DateTimeOffset(last.UtcDateTime, TimeSpan.Zero).AddMonths(1)
            : null;

    private async Task<int> MonthAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        int proposed = 0;
        string after = "";
        while (true)
        {
            var charged = await ChargedAsync(from, to, after, ct);
            if (charged.Count == 0)
                break;
            after = charged[^1].ContractId;
            var served = (await uptime.FindManyAsync([.. charged.Select(c => c.ContractId)], from, to, ct)).ToDictionary(
                u => u.ContractId,
                StringComparer.Ordinal
            );
            List<ServiceCreditRow> rows =
            [
                .. charged.Select(c => served.TryGetValue(c.ContractId, out var u) ? Row(c, u, from) : null).OfType<ServiceCreditRow>(),
            ];
            proposed += await db.InTransactionAsync(t => SaveAsync(rows, t), ct);
        }
        await db.InTransactionAsync(
            t =>
                ExecuteAsync("insert into billing.service_credit_period values ($1, $2) on conflict do nothing", t, from, time.GetUtcNow()),
            ct
        );
        return proposed;
    }

    private ServiceCreditRow? Row(Charged charged, ContractUptime up, DateTimeOffset from)
    {
        decimal fraction = ServiceCreditRule.Fraction(options.Value.Tiers, ServiceCreditRule.Availability(up.Served, up.Down));
        Share share = charged.Share;
        var credit = new Money(
            ServiceCreditRule.Amount(checked(share.Net + share.Tax), fraction, credited: 0),
            Currency.Parse(charged.Currency)
        );
        if (credit.IsZero)
            return null;
        ServiceCreditParts parts = ServiceCreditParts.Of(share, credit);
        return new ServiceCreditRow
        {
            Id = ids.New(IdPrefix.ServiceCredit),
            ContractId = charged.ContractId,
            PeriodStart = from,
            CustomerId = charged.CustomerId,
            OperatorId = charged.OperatorId,
            CenterId = charged.CenterId,
            Currency = charged.Currency,
            ServedSeconds = Math.Max(1, (long)up.Served.TotalSeconds),
            DownSeconds = Math.Min(Math.Max(1, (long)up.Served.TotalSeconds), (long)up.Down.TotalSeconds),
            Fraction = fraction,
            ChargedNet = share.Net,
            ChargedTax = share.Tax,
            ChargedCenter = share.Center,
            ChargedOperator = share.Operator,
            ChargedCommission = share.Commission,
            Amount = credit.Micros,
            ByNetwork = false,
            CenterPart = parts.Center,
            OperatorPart = parts.Operator,
            NetworkPart = parts.Network,
            TaxPart = parts.Tax,
            State = ServiceCreditState.Proposed,
            ProposedAt = time.GetUtcNow(),
        };
    }

    private async Task<int> SaveAsync(List<ServiceCreditRow> rows, CancellationToken ct)
    {
        // Two runs at once take turns; the second finds what the first proposed.
        await db.TakeTurnAsync("service-credits", ct);
        var there = (
            await db.ReadAsync(
                "select contract_id from billing.service_credit s join unnest($1, $2) w (c, p) on s.contract_id = w.c and s.period_start = w.p",
                r => r.GetString(0),
                ct,
                (string[])[.. rows.Select(r => r.ContractId)],
                (DateTimeOffset[])[.. rows.Select(r => r.PeriodStart)]
            )
        ).ToHashSet(StringComparer.Ordinal);
        List<ServiceCreditRow> fresh = [.. rows.Where(r => !there.Contains(r.ContractId))];
        db.AddRange(fresh);
        if (fresh.Count > 0)
            changes.Announce(ServiceCredits.Topic);
        await db.SaveChangesAsync(ct);
        return fresh.Count;
    }

    private async Task ConfirmAsync(CancellationToken ct)
    {
        var waiting = await db.ReadAsync(
            "select id from billing.service_credit where state = 'Proposed' order by id",
            r => r.GetString(0),
            ct
        );
        foreach (string id in waiting)
        {
            var decided = await credits.DecideAsync(id, ServiceCreditDecision.Confirm, null, ct);
            // The desk was faster; anything else is a bug.
            if (!decided.IsOk && decided.Problem.Code != "service-credit-decided")
                throw new InvalidOperationException($"Service credit {id}: {decided.Problem.Detail}");
        }
    }

    private Task<List<Charged>> ChargedAsync(DateTimeOffset from, DateTimeOffset to, string after, CancellationToken ct) =>
        db.ReadAsync(
            """
            select r.contract_id, max(r.customer_id), max(r.operator_id), max(r.center_id), max(r.currency), sum(r.net)::bigint, sum(r.tax)::bigint,
                   sum(r.center)::bigint, sum(r.operator)::bigint, sum(r.commission)::bigint
            from billing.rated_line r
            where r.window_from >= $1 and r.window_from < $2 and r.contract_id > $3
            group by r.contract_id
            having sum(r.net + r.tax) > 0
            order by r.contract_id
            limit $4
            """,
            r => new Charged(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.GetString(3),
                r.GetString(4),
                new Share(r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.GetInt64(8), r.GetInt64(9))
            ),
            ct,
            from,
            to,
            after,
            ContractsPerCommit
        );

    private async Task<int> ExecuteAsync(string sql, CancellationToken ct, params object[] parameters)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(sql, parameters);
        return await batch.ExecuteNonQueryAsync(ct);
    }
}
