using Npgsql;

namespace Marketplace.E2E.Books;

/// <summary>One pod's allocation as the meter kept it.</summary>
internal sealed record Allocation(
    string PodUid,
    string ContractId,
    string Node,
    decimal Cards,
    DateTimeOffset ReadyAt,
    DateTimeOffset FinishedAt,
    decimal CardSeconds
);

/// <summary>The ledger's legs and the meter's allocations, added up by nothing but SQL: no module of the product is asked.</summary>
internal sealed class LedgerSums(NpgsqlDataSource database)
{
    /// <summary>Each row is one thing that is wrong.</summary>
    private const string Breaks = """
        with sides as (
            select debit_account as account, amount as debit, 0::bigint as credit from billing.leg
            union all
            select credit_account, 0, amount from billing.leg
        ), sums as (
            select account, sum(debit)::bigint as debits, sum(credit)::bigint as credits from sides group by account
        )
        select a.currency || ': debits and credits differ' from sums s join billing.account a on a.id = s.account
        group by a.currency having sum(s.debits) <> sum(s.credits)
        union all
        select 'account ' || a.code || ': its stored balance is not its legs' from billing.account a left join sums s on s.account = a.id
        where a.authorising and (a.debits, a.credits) is distinct from (coalesce(s.debits, 0), coalesce(s.credits, 0))
        union all
        select 'account ' || a.code || ': below its floor' from billing.account a left join sums s on s.account = a.id
        where a.authorising and coalesce(s.credits, 0) - coalesce(s.debits, 0) < a.floor
        union all
        select 'journal ' || j.id || ': incomplete' from billing.journal j left join billing.leg l on l.journal_id = j.id
        group by j.id, j.leg_count, j.total having count(l.line) <> j.leg_count or coalesce(sum(l.amount), 0) <> j.total
        union all
        select 'leg of ' || l.journal_id || ': no such journal' from billing.leg l
        where not exists (select from billing.journal j where j.id = l.journal_id)
        union all
        select 'leg of ' || l.journal_id || ': two currencies' from billing.leg l
        join billing.account d on d.id = l.debit_account join billing.account c on c.id = l.credit_account where d.currency <> c.currency
        union all
        select 'hold ' || h.reference || ': not resolved' from billing.hold h
        where h.resolved_at is null or h.promo_remaining <> 0 or h.available_remaining <> 0
        union all
        select 'usage ' || q.event_id || ': in quarantine, ' || q.reason from billing.usage_quarantine q
        union all
        select 'rated line ' || r.id || ': on no invoice' from billing.rated_line r
        where not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
        union all
        select 'allocation ' || a.pod_uid || ': not final' from provisioning.allocation a where not a.final
        union all
        select 'claim ' || c.id || ': ' || c.state from market.capacity_claim c where c.state <> 'Released'
        """;

    /// <summary>Everything that is wrong with the books once all contracts have ended; empty when they are right.</summary>
    public Task<IReadOnlyList<string>> BreaksAsync() => ReadAsync(Breaks, r => r.GetString(0));

    /// <summary>A party's position over these kinds of account: credits less debits.</summary>
    public async Task<long> PositionAsync(string partyId, params string[] kinds) =>
        (
            await ReadAsync(
                """
                select coalesce(sum(case when l.credit_account = a.id then l.amount else -l.amount end), 0)::bigint
                from billing.leg l join billing.account a on a.id in (l.debit_account, l.credit_account)
                where a.party_id = $1 and a.kind = any ($2)
                """,
                r => r.GetInt64(0),
                partyId,
                kinds
            )
        ).Single();

    /// <summary>What the charges of a contract moved, by kind of account: credits less debits.</summary>
    public async Task<IReadOnlyDictionary<string, long>> ChargedAsync(string contractId) =>
        (
            await ReadAsync(
                """
                select a.kind, sum(case when l.credit_account = a.id then l.amount else -l.amount end)::bigint
                from billing.journal j
                join billing.leg l on l.journal_id = j.id
                join billing.account a on a.id in (l.debit_account, l.credit_account)
                where j.kind = 'charge' and j.group_id = $1
                group by a.kind
                """,
                r => (Kind: r.GetString(0), Micros: r.GetInt64(1)),
                contractId
            )
        ).ToDictionary(r => r.Kind, r => r.Micros, StringComparer.Ordinal);

    public Task<IReadOnlyList<Allocation>> AllocationsAsync() =>
        ReadAsync(
            """
            select pod_uid, contract_id, node, cards, ready_at, finished_at, measured_card_seconds from provisioning.allocation
            order by pod_uid collate "C"
            """,
            r => new Allocation(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.GetDecimal(3),
                r.GetFieldValue<DateTimeOffset>(4),
                r.GetFieldValue<DateTimeOffset>(5),
                r.GetDecimal(6)
            )
        );

    /// <summary>Every node of which the market ever held or sold anything.</summary>
    public Task<IReadOnlyList<string>> ClaimedNodesAsync() =>
        ReadAsync("select distinct node_id from market.capacity_grant order by 1", r => r.GetString(0));

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> row, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(row(reader));
        return rows;
    }
}
