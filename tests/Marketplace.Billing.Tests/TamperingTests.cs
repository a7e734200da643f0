using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>The check of the books finds what got past every guard.</summary>
public sealed class TamperingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    /// <summary>Tampering that gets past every guard, by a superuser who switches them off, is still found by the check.</summary>
    [Theory]
    [InlineData(
        "update billing.leg set amount = amount + 1 where line = 1 and journal_id = (select max(id) from billing.journal)",
        "is incomplete"
    )]
    [InlineData("delete from billing.leg where journal_id = (select max(id) from billing.journal)", "is incomplete")]
    [InlineData("update billing.account set credits = credits + 1 where kind = 'customer.available'", "its legs say")]
    [InlineData("update billing.hold set available_remaining = available_remaining + 1 where resolved_at is null", "its legs say")]
    [InlineData("update billing.contract_cost set net = net + 1", "differ from its rated lines")]
    [InlineData("update billing.rated_line set net = net + 1, center = center + 1", "differs from its rated lines")]
    [InlineData("update billing.ledger_clock set snapshot_horizon = 9000000000000000000", "lies in the future")]
    [InlineData(
        "update billing.payment set state = 'Succeeded' where false; insert into billing.payment (id, party_id, idempotency_key, amount, fee, currency, state, provider, created_at, updated_at) values ('pay_x', 'p', 'k', 1, 0, 'CNY', 'Succeeded', 'local', now(), now())",
        "has no journal of its amount"
    )]
    [InlineData("insert into billing.invoice_series (issuer, currency, last_number) values ('X', 'CNY', 3)", "have a gap")]
    public async Task The_check_finds_what_a_superuser_tampered_with(string tampering, string found)
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
            "select string_agg(break, E'\\n') from (select break from billing.check_ledger() union all select break from billing.check_keys() union all select break from billing.check_usage() union all select break from billing.check_invoices()) b",
            connection,
            transaction
        );
        Assert.Contains(found, await check.ExecuteScalarAsync() as string ?? "", StringComparison.Ordinal);
    }
}
