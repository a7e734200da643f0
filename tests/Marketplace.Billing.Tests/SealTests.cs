using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Sealing;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>The seal chain beside postings: what is sealed, in which order, once.</summary>
public sealed class SealTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Every_journal_is_sealed_once_and_sealing_again_seals_nothing()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        // Whatever a text holds, it is read back as it was sealed.
        await house.PostAsync(
            new JournalDraft("test", "test", $"3:é,-,{terms.ContractId}", house.Now, null, "名:1,", [Leg()]),
            new JournalDraft("test", "test", $"b{terms.ContractId}", house.Now.AddYears(-80), terms.ContractId, "", [Leg(), Leg()])
        );
        string journal = (await house.LedgerAsync(Desk, l => l.JournalsAsync(new() { Kind = "charge", Limit = 1 }, default))).Items[0].Id;
        await house.SealAllAsync();
        var report = await house.VerifySealsAsync();
        Assert.Null(report.Break);
        Assert.Equal(await house.AsApplicationAsync("select count(*) from billing.journal"), report.Journals);
        Assert.Equal((report.Blocks, report.Journals), (report.FurthestBlock, await SealedOnceAsync(house)));
        Assert.Equal(0, await house.ActAsync<SealChain, int>(Actor.System, c => c.SealAsync(default)));

        var seal = (await house.LedgerAsync(Customer(terms.CustomerId), l => l.FindJournalAsync(journal, default)))!.Seal!;
        Assert.Equal(
            (string)(await house.AsApplicationAsync($"select encode(hash, 'hex') from billing.seal_block where number = {seal.Block}"))!,
            seal.Hash
        );
        Assert.Equal(
            true,
            await house.AsApplicationAsync($"select '{journal}' = any (journal_ids) from billing.seal_block where number = {seal.Block}")
        );
    }

    [Fact]
    public async Task What_is_posted_after_the_last_block_waits_for_the_next()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 1);
        await house.SealAllAsync();
        long blocks = (await house.LedgerAsync(Desk, l => l.SealsAsync(default))).Blocks;
        await house.TopUpAsync(customer, 2);
        var journal = (await house.LedgerAsync(Customer(customer), l => l.JournalsAsync(new() { Limit = 1 }, default))).Items[0].Id;
        Assert.Null((await house.LedgerAsync(Desk, l => l.FindJournalAsync(journal, default)))!.Seal);
        var waiting = await house.LedgerAsync(Desk, l => l.SealsAsync(default));
        Assert.Equal((blocks, 1), (waiting.Blocks, waiting.Unsealed));
        await house.SealAllAsync();
        var done = await house.LedgerAsync(Desk, l => l.SealsAsync(default));
        Assert.Equal(
            new SealView(blocks + 1, done.Hash, done.SealedAt!.Value),
            (await house.LedgerAsync(Desk, l => l.FindJournalAsync(journal, default)))!.Seal
        );
    }

    [Fact]
    public async Task A_journal_that_commits_late_keeps_its_place_and_those_after_it_wait()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.SealAllAsync();
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var open = await connection.BeginTransactionAsync();
        string late = house.NewId("jrn");
        await using (
            var post = new NpgsqlCommand(
                $"select billing.post(array['psp', 'psp_fee'], array['', ''], array['CNY', 'CNY'], array['{late}'], array['test'], array['test'], array['{late}'], array[''::bytea], array[timestamptz '{house.Now:O}'], array[null::text], array[null::text], array['t'], array['t'], array[1], array[1], array[2], array[7::bigint], array[null::text])",
                connection,
                open
            )
        )
            await post.ExecuteNonQueryAsync();
        await house.TopUpAsync(customer, 1);
        Assert.Equal(0, await house.ActAsync<SealChain, int>(Actor.System, c => c.SealAsync(default)));
        Assert.Equal(1, (await house.LedgerAsync(Desk, l => l.SealsAsync(default))).Unsealed);
        await open.CommitAsync();
        await house.SealAllAsync();
        Assert.Null((await house.VerifySealsAsync()).Break);
        Assert.Equal(
            late,
            await house.AsApplicationAsync(
                "select id from (select number, id, ord from billing.seal_block, unnest(journal_ids) with ordinality e (id, ord)) e order by number desc, ord desc offset 1 limit 1"
            )
        );
    }

    [Fact]
    public async Task Sealers_and_postings_at_once_seal_each_journal_once()
    {
        await using var house = Over(db);
        async Task PostAsync()
        {
            string customer = house.NewParty();
            for (int i = 0; i < 12; i++)
                await house.TopUpAsync(customer, 1);
        }
        async Task SealAsync()
        {
            for (int i = 0; i < 12; i++)
                await house.ActAsync<SealChain, int>(Actor.System, c => c.SealAsync(default));
        }
        await Task.WhenAll(PostAsync(), SealAsync(), PostAsync(), SealAsync(), PostAsync(), SealAsync());
        await house.SealAllAsync();
        var report = await house.VerifySealsAsync();
        Assert.Null(report.Break);
        Assert.Equal(report.Journals, await SealedOnceAsync(house));
        Assert.Equal(await house.AsApplicationAsync("select count(*) from billing.journal"), report.Journals);
    }

    [Fact]
    public async Task A_second_sealer_waits_for_the_first_and_finds_nothing_left()
    {
        await using var house = Over(db);
        await house.TopUpAsync(house.NewParty(), 1);
        await using var connection = await db.DataSource.OpenConnectionAsync();
        // The first one's block may have to wait for transactions of other tests.
        NpgsqlTransaction? first = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                if (first is not null)
                    await first.DisposeAsync();
                first = await connection.BeginTransactionAsync();
                await using var seal = new NpgsqlCommand("select sum(sealed_journals) from billing.seal_journals(1000)", connection, first);
                return await seal.ExecuteScalarAsync() is long and > 0;
            },
            "the first sealer to seal"
        );
        await using var held = first!;
        long blocks = (await house.LedgerAsync(Desk, l => l.SealsAsync(default))).Blocks;
        var second = house.ActAsync<SealChain, int>(Actor.System, c => c.SealAsync(default));
        await Eventually.HoldsAsync(
            async () =>
                await house.AsOwnerAsync(
                    "select count(*) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()"
                )
                    is > 0L,
            "the second sealer to wait"
        );
        await held.CommitAsync();
        Assert.Equal(0, await second);
        Assert.Equal(blocks + 1, (await house.LedgerAsync(Desk, l => l.SealsAsync(default))).Blocks);
    }

    [Fact]
    public async Task The_chain_and_the_balances_go_on_after_a_restore_into_a_server_that_counts_from_the_start()
    {
        var fresh = new PostgresFixture();
        await fresh.InitializeAsync();
        try
        {
            await using var house = Over(fresh);
            // As in a server whose transactions are numbered a million ahead of ours.
            await house.AsOwnerAsync("update billing.ledger_clock set xid_offset = 1000000");
            var terms = await house.ContractAsync(hold: 100);
            await house.RecordAsync(house.Reading(terms, 1, 1));
            await house.SealAllAsync();
            await house.WorkAsync();
            await house.AsOwnerAsync("update billing.ledger_clock set xid_offset = 0");
            Assert.Contains(
                "lies in the future",
                Assert.Single((await house.LedgerAsync(Desk, l => l.CheckBooksAsync(default))).Breaks),
                StringComparison.Ordinal
            );
            await house.AsOwnerAsync("select billing.continue_after_restore()");
            await house.RecordAsync(house.Reading(terms, 2, 2));
            await house.SealAllAsync();
            await house.WorkAsync();
            Assert.Equal(17_000_000, (await house.WalletAsync(terms.CenterId)).Pending.Micros);
            var report = await house.VerifySealsAsync();
            Assert.Null(report.Break);
            Assert.Equal(await house.AsApplicationAsync("select count(*) from billing.journal"), report.Journals);
            object? offset = await house.AsOwnerAsync("select xid_offset from billing.ledger_clock");
            Assert.Equal(offset, await house.AsOwnerAsync("select billing.continue_after_restore()"));
        }
        finally
        {
            await fresh.DisposeAsync();
        }
    }

    private static async Task<long> SealedOnceAsync(BillingHouse house) =>
        (long)
            (
                await house.AsApplicationAsync(
                    "select case when count(*) = count(distinct id) then count(*) else -1 end from billing.seal_block, unnest(journal_ids) id"
                )
            )!;

    private static LegDraft Leg() => new(Chart.PspFee(Cny), Chart.Psp(Cny), 1);
}
