using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>The check of the books finds what got past every guard.</summary>
[Trait("Category", "Faults")]
public sealed class TamperingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    /// <summary>Tampering that gets past every guard, by a superuser who switches them off, is still found by the check.</summary>
    [Theory]
    [InlineData(
        "update billing.leg set amount = amount + 1 where line = 1 and journal_id = (select max(id) from billing.journal)",
        "is incomplete",
        Invariants.JournalsComplete
    )]
    [InlineData(
        "delete from billing.leg where journal_id = (select max(id) from billing.journal)",
        "is incomplete",
        Invariants.JournalsComplete
    )]
    [InlineData(
        "update billing.account set credits = credits + 1 where kind = 'customer.available'",
        "its legs say",
        Invariants.BalancesEqualLegs
    )]
    [InlineData(
        "update billing.hold set available_remaining = available_remaining + 1 where resolved_at is null",
        "its legs say",
        Invariants.BalancesEqualLegs
    )]
    [InlineData("update billing.contract_cost set net = net + 1", "differ from its rated lines", Invariants.ChargesAgree)]
    [InlineData(
        "update billing.rated_line set net = net + 1, center = center + 1",
        "differs from its rated lines",
        Invariants.ChargesAgree
    )]
    [InlineData(
        "update billing.ledger_clock set snapshot_horizon = 9000000000000000000",
        "lies in the future",
        Invariants.BalancesEqualLegs
    )]
    [InlineData(
        "update billing.payment set state = 'Succeeded' where false; insert into billing.payment (id, party_id, idempotency_key, amount, fee, currency, state, provider, created_at, updated_at) values ('pay_x', 'p', 'k', 1, 0, 'CNY', 'Succeeded', 'local', now(), now())",
        "has no journal of its amount",
        Invariants.KeysOnce
    )]
    [InlineData(
        "insert into billing.invoice_series (issuer, currency, last_number) values ('X', 'CNY', 3)",
        "have a gap",
        Invariants.InvoicesAgree
    )]
    [InlineData("update billing.account set currency = 'USD' where kind = 'psp'", "crosses currencies", Invariants.DebitsEqualCredits)]
    [InlineData(
        "alter table billing.account drop constraint account_floor; update billing.account set floor = 1 where kind = 'customer.promo'",
        "is below its floor",
        Invariants.FloorsKept
    )]
    [InlineData("update billing.rated_line set journal_id = 'none'", "which is not there", Invariants.KeysOnce)]
    [InlineData("update billing.leg set hold_id = null", "was opened and has no journal", Invariants.KeysOnce)]
    [InlineData(
        "alter table billing.journal drop constraint journal_source_idem_key_key; insert into billing.journal select id || 'x', kind, source, idem_key, request_hash, effective_at, recorded_at, xid, reverses_id, group_id, actor, reason, leg_count, total from billing.journal where kind = 'hold'",
        "is there 2 times",
        Invariants.KeysOnce
    )]
    public async Task The_check_finds_what_a_superuser_tampered_with(string tampering, string found, string invariant)
    {
        await using var house = Over(db);
        house.LeavesBooksWrong = true;
        await house.RecordAsync(house.Reading(await house.ContractAsync(hold: 100), 1, 1));
        await BooksBalance.AssertAsync(house.Services);
        // Seen inside the tampering transaction, which is rolled back: the class's books stay right for the other tests.
        await using var source = NpgsqlDataSource.Create(db.Database.AdminConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(
            $"set local session_replication_role = replica; {tampering}; set local session_replication_role = origin",
            connection,
            transaction
        );
        await command.ExecuteNonQueryAsync();
        await using var check = new NpgsqlCommand(
            $"select string_agg(break, E'\\n') filter (where invariant = '{invariant}') from ({BooksCheck.BreaksSql}) b",
            connection,
            transaction
        );
        Assert.Contains(found, await check.ExecuteScalarAsync() as string ?? "", StringComparison.Ordinal);
    }
}
