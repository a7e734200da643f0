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
        "update billing.payment set amount = amount + 1 where id = (select max(id) from billing.payment)",
        "succeeded and has no journal of its amount",
        Invariants.KeysOnce
    )]
    [InlineData(
        "update billing.payment set state = 'Failed' where id = (select max(id) from billing.payment)",
        "did not succeed and has a journal",
        Invariants.KeysOnce
    )]
    [InlineData(
        "insert into billing.invoice_series (issuer, currency, last_number) values ('X', 'CNY', 3)",
        "have a gap",
        Invariants.InvoicesAgree
    )]
    [InlineData("update billing.account set currency = 'USD' where kind = 'bank'", "crosses currencies", Invariants.DebitsEqualCredits)]
    [InlineData(
        "alter table billing.account drop constraint account_floor; update billing.account set floor = 1 where kind = 'customer.available'",
        "is below its floor",
        Invariants.FloorsKept
    )]
    [InlineData(
        "insert into billing.payout (id, party_id, role, currency, amount, state, due_on, created_at, updated_at, approved_by, destination_id, journal_id, provider, submitted_at) values ('pyo_x', 'p', 'center', 'CNY', 1, 'Submitted', now(), now(), now(), 'd', 'd', 'none', 'bank-transfer', now())",
        "has no journal of its amount from its party",
        Invariants.PayoutsAgree
    )]
    [InlineData(
        "insert into billing.journal select 'jrn_x', 'payout', 'payout', 'pyo_y', request_hash, effective_at, recorded_at, xid, null, null, actor, reason, leg_count, total from billing.journal limit 1",
        "says payout, the payout does not",
        Invariants.PayoutsAgree
    )]
    [InlineData("update billing.promo_grant set amount = amount + 1", "disagree about its amount", Invariants.CreditsAgree)]
    [InlineData("delete from billing.promo_grant", "grants leave", Invariants.CreditsAgree)]
    [InlineData("update billing.promo_grant set expired = 1", "the ledger says 0", Invariants.CreditsAgree)]
    [InlineData(
        "insert into billing.voucher_campaign (id, name, currency, amount, valid_from, valid_to, codes, uses_per_code, max_redemptions, max_per_customer, minimum_spend, new_customers_only, redemptions, created_by, created_at) values ('vcm_x', 'x', 'CNY', 1, now(), now() + interval '1 day', 1, 1, 1, 1, 0, false, 1, 'd', now())",
        "counts 1 redemptions, there are 0",
        Invariants.CreditsAgree
    )]
    [InlineData("update billing.rated_line set journal_id = 'none'", "which is not there", Invariants.KeysOnce)]
    [InlineData("update billing.leg set hold_id = null", "was opened and has no journal", Invariants.KeysOnce)]
    [InlineData(
        "alter table billing.journal drop constraint journal_source_idem_key_key; insert into billing.journal select id || 'x', kind, source, idem_key, request_hash, effective_at, recorded_at, xid, reverses_id, group_id, actor, reason, leg_count, total from billing.journal where kind = 'hold'",
        "is there 2 times",
        Invariants.KeysOnce
    )]
    [InlineData(
        "insert into billing.credit_note_series (issuer, currency, last_number) values ('X', 'CNY', 3)",
        "the numbers of credit notes of X CNY have a gap",
        Invariants.InvoicesAgree
    )]
    [InlineData(
        "update billing.rated_line set net = net + 5, operator = operator + 5 where id = (select max(id) from billing.rated_line)",
        "customers' net differs from the ledger's by 5 micro-units",
        Invariants.StatementsAgree
    )]
    [InlineData(
        "update billing.leg set amount = amount - 7 where credit_account = (select max(id) from billing.account where kind = 'tax') and journal_id = (select max(journal_id) from billing.rated_line)",
        "customers' tax differs from the ledger's by 7 micro-units",
        Invariants.StatementsAgree
    )]
    public async Task The_check_finds_what_a_superuser_tampered_with(string tampering, string found, string invariant)
    {
        await using var house = Over(db);
        house.LeavesBooksWrong = true;
        var terms = await house.ContractAsync(hold: 100);
        await house.GrantAsync(terms.CustomerId, 5);
        await house.RecordAsync(house.Reading(terms, 1, 1));
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
