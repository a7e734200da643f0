using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Sealing;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Contracts.SealBreakKind;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>A superuser who switches every guard off and rewrites what was sealed is found by the walk along the chain.</summary>
[Trait("Category", "Faults")]
public sealed class SealTamperingTests : IAsyncLifetime
{
    private readonly PostgresFixture db = new();

    public Task InitializeAsync() => db.InitializeAsync();

    public Task DisposeAsync() => db.DisposeAsync();

    // Six journals in three blocks; {3} is the id of the third journal, the first of the second block.
    [Theory]
    [InlineData("update billing.leg set amount = amount + 1 where journal_id = '{3}' and line = 1", JournalChanged, 2, 3)]
    [InlineData(
        "update billing.leg set amount = amount + 1 where journal_id = '{4}' and line = 1; update billing.journal set total = total + 1 where id = '{4}'",
        JournalChanged,
        2,
        4
    )]
    [InlineData("delete from billing.leg where journal_id = '{6}' and line = 2", JournalChanged, 3, 6)]
    [InlineData(
        "insert into billing.leg (journal_id, line, debit_account, credit_account, amount, xid) select journal_id, 3, credit_account, debit_account, 5, xid from billing.leg where journal_id = '{1}' and line = 1",
        JournalChanged,
        1,
        1
    )]
    [InlineData(
        "update billing.leg set debit_account = credit_account, credit_account = debit_account where journal_id = '{2}' and line = 1",
        JournalChanged,
        1,
        2
    )]
    [InlineData("update billing.leg set line = line + 1 where journal_id = '{5}' and line = 2", JournalChanged, 3, 5)]
    [InlineData("update billing.journal set reason = reason || 'x' where id = '{5}'", JournalChanged, 3, 5)]
    [InlineData("update billing.journal set effective_at = effective_at + interval '1 microsecond' where id = '{2}'", JournalChanged, 1, 2)]
    [InlineData("update billing.journal set group_id = '' where id = '{2}'", JournalChanged, 1, 2)]
    [InlineData("update billing.account set qualifier = 'else' where kind = 'tax'", JournalChanged, 2, 4)]
    [InlineData("delete from billing.leg where journal_id = '{3}'; delete from billing.journal where id = '{3}'", JournalMissing, 2, 3)]
    [InlineData("update billing.journal set xid = xid + 100000 where id = '{4}'", JournalMissing, 2, 4)]
    [InlineData(
        "insert into billing.journal select 'a' || substr(id, 2), kind, source, idem_key || 'x', request_hash, effective_at, recorded_at, xid, reverses_id, group_id, actor, reason, leg_count, total from billing.journal where id = '{3}'",
        JournalAdded,
        2,
        0
    )]
    [InlineData("update billing.seal_block set journal_hashes[2] = journal_hashes[1] where number = 2", BlockChanged, 2, 4)]
    [InlineData("update billing.seal_block set sealed_at = sealed_at - interval '1 day' where number = 2", BlockChanged, 2, 3)]
    [InlineData("update billing.seal_block set hash = sha256('else') where number = 2", BlockChanged, 2, 3)]
    [InlineData("update billing.seal_block set previous_hash = sha256('else') where number = 3", BlockChanged, 3, 5)]
    [InlineData("update billing.seal_block set last_xid = last_xid + 1 where number = 3", BlockChanged, 3, 5)]
    [InlineData("update billing.seal_head set hash = sha256('else')", BlockChanged, 3, 6)]
    [InlineData("delete from billing.seal_block where number = 1", BlockMissing, 1, 1)]
    [InlineData("delete from billing.seal_block where number = 2", BlockMissing, 2, 3)]
    [InlineData("delete from billing.seal_block where number = 3", BlockMissing, 3, 5)]
    [InlineData("delete from billing.seal_block", BlockMissing, 1, 1)]
    // The end cut off with all its traces: only the earlier verification knows.
    [InlineData(
        "delete from billing.seal_block where number = 3; update billing.seal_head set number = b.number, hash = b.hash, last_xid = b.last_xid, last_journal = b.last_journal from billing.seal_block b where b.number = 2",
        BlockMissing,
        3,
        5
    )]
    public async Task The_walk_names_the_first_journal_that_does_not_match(string tampering, SealBreakKind kind, long block, int journal)
    {
        await using var house = await SealedAsync();
        string[] ids = await IdsAsync();
        for (int i = 0; i < ids.Length; i++)
            tampering = tampering.Replace($"{{{i + 1}}}", ids[i], StringComparison.Ordinal);
        await TamperAsync(tampering);
        string expected = journal == 0 ? "a" + ids[2][1..] : ids[journal - 1];
        for (int walk = 0; walk < 2; walk++)
        {
            // Kept, as the job keeps it: a broken chain is not what the next walk compares with.
            await house.ActAsync<SealChain, int>(Actor.System, c => c.ReportAsync(default));
            var report = (await house.LedgerAsync(Desk, l => l.SealsAsync(default))).LastVerification!;
            Assert.Equal(new SealBreak(kind, block, expected), report.Break);
            Assert.Equal((false, 3L), (report.Intact, report.FurthestBlock));
        }
    }

    [Fact]
    public async Task A_chain_made_anew_over_changed_journals_is_not_the_one_that_was_verified()
    {
        await using var house = await SealedAsync();
        string[] ids = await IdsAsync();
        await TamperAsync(
            $"update billing.leg set amount = amount + 1 where journal_id = '{ids[5]}' and line = 1; delete from billing.seal_block where number = 3; update billing.seal_head set number = b.number, hash = b.hash, last_xid = b.last_xid, last_journal = b.last_journal from billing.seal_block b where b.number = 2"
        );
        await house.SealAllAsync();
        Assert.Equal(new SealBreak(BlockChanged, 3, ids[4]), (await house.VerifySealsAsync()).Break);
    }

    [Fact]
    public async Task A_wrong_function_in_the_database_convinces_nobody()
    {
        await using var house = await SealedAsync();
        await TamperAsync(
            "create or replace function billing.journal_hash(of_journal billing.journal) returns bytea language sql stable as 'select sha256(''constant'')'"
        );
        await house.PostAsync(Draft(house, "later", 1));
        await house.SealAllAsync();
        var found = (await house.VerifySealsAsync()).Break!;
        Assert.Equal((JournalChanged, 4L), (found.Kind, found.Block));
    }

    private async Task<BillingHouse> SealedAsync()
    {
        BillingHouse house = Over(db);
        house.LeavesBooksWrong = true;
        for (int block = 1; block <= 3; block++)
        {
            // In one transaction each, so that no horizon comes between the two.
            await house.PostAsync(Draft(house, $"{block}/1", 1), Draft(house, $"{block}/2", block));
            await house.SealAllAsync();
        }
        await house.ActAsync<SealChain, int>(Actor.System, c => c.ReportAsync(default));
        var standing = await house.LedgerAsync(Desk, l => l.SealsAsync(default));
        Assert.Equal((3L, 0L, true), (standing.Blocks, standing.Unsealed, standing.LastVerification!.Intact));
        return house;
    }

    // The second journal of the second block is the first that touches a tax account.
    private static JournalDraft Draft(BillingHouse house, string key, int block) =>
        new(
            "test",
            "test",
            key,
            house.Now,
            null,
            "why",
            [
                new LegDraft(Chart.PspFee(Cny), Chart.Psp(Cny), 10),
                new LegDraft(Chart.PspFee(Cny), block == 2 ? Chart.Tax("CN", Cny) : Chart.Commission(Cny), 20),
            ]
        );

    private async Task<string[]> IdsAsync()
    {
        await using var command = db.DataSource.CreateCommand(
            "select array_agg(id order by number, ord) from billing.seal_block, unnest(journal_ids) with ordinality e (id, ord)"
        );
        return (string[])(await command.ExecuteScalarAsync())!;
    }

    private async Task TamperAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(db.Database.AdminConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand($"set session_replication_role = replica; {sql}");
        await command.ExecuteNonQueryAsync();
    }
}
