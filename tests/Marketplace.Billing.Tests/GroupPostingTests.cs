using Marketplace.Billing.Ledger;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>
/// Postings outside a transaction that meet each other share one. The lanes are held up on locked accounts while the others gather behind them, so
/// that who meets whom is no accident.
/// </summary>
public sealed class GroupPostingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Those_who_come_while_others_are_under_way_are_committed_together()
    {
        await using var house = Over(db);
        string[] customers = [.. Enumerable.Range(0, 20).Select(_ => house.NewParty())];
        var posted = await AllBehindAsync(house, [.. customers.Select(c => TopUp(house, c, 5))]);
        Assert.All(posted, p => Assert.Equal(PostedStatus.Posted, p.Status));
        Assert.Equal(customers.Length, posted.Select(p => p.JournalId).Distinct().Count());
        Assert.Equal(
            1L,
            await house.AsOwnerAsync(
                $"select count(distinct xid) from billing.journal where id in ({string.Join(',', posted.Select(p => $"'{p.JournalId}'"))})"
            )
        );
        foreach (string customer in customers)
            Assert.Equal(Money(5), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task Who_is_refused_fails_alone()
    {
        await using var house = Over(db);
        string rich = house.NewParty();
        string poor = house.NewParty();
        JournalDraft[] drafts = [TopUp(house, rich, 7), Spend(house, poor, 1), TopUp(house, house.NewParty(), 3), Spend(house, poor, 2)];
        var asked = await BehindAsync(house, drafts);
        await Task.WhenAll(asked.Select(a => a.ContinueWith(_ => { }, TaskScheduler.Default)));
        Assert.Equal([true, false, true, false], asked.Select(a => a.IsCompletedSuccessfully));
        foreach (Task<Posted> refused in (Task<Posted>[])[asked[1], asked[3]])
            Assert.Equal(PostgresErrorCodes.CheckViolation, (await Assert.ThrowsAsync<PostgresException>(() => refused)).SqlState);
        Assert.Equal(Money(7), (await house.WalletAsync(rich)).Available);
        Assert.Equal(Money(0), (await house.WalletAsync(poor)).Available);
    }

    [Fact]
    public async Task One_key_is_posted_once_and_another_body_under_it_is_told_so()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        JournalDraft draft = TopUp(house, customer, 5);
        JournalDraft other = TopUp(house, customer, 6) with { Key = draft.Key };
        var posted = await AllBehindAsync(house, [draft, draft, TopUp(house, house.NewParty(), 1)]);
        // Who of the two was first is up to the lanes.
        Assert.Equal([PostedStatus.Posted, PostedStatus.Duplicate], posted.Take(2).Select(p => p.Status).Order());
        Assert.Equal(PostedStatus.Posted, posted[2].Status);
        Assert.Single(posted.Take(2).Select(p => p.JournalId).Distinct());
        Assert.Equal(PostedStatus.Conflict, (await PostAsync(house, other)).Status);
        Assert.Equal(Money(5), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task A_group_whose_connection_is_ended_is_posted_once_all_the_same()
    {
        await using var house = Over(db);
        await using var owner = NpgsqlDataSource.Create(db.Database.OwnerConnectionString);
        string late = house.NewParty();
        await PostAsync(house, TopUp(house, late, 1));
        string[] customers = [late, .. Enumerable.Range(0, 5).Select(_ => house.NewParty())];
        Task<Posted>[] asked;
        await using (NpgsqlConnection holder = await owner.OpenConnectionAsync())
        {
            await using NpgsqlTransaction transaction = await LockAsync(holder, late);
            asked = await BehindAsync(house, [.. customers.Select(c => TopUp(house, c, 5))]);
            await Eventually.HoldsAsync(() => HoldsUpAsync(owner, holder.ProcessID), "the group to wait for the account");
            await EndWaitingAsync(holder.ProcessID);
            await transaction.RollbackAsync();
        }
        await Task.WhenAll(asked);
        foreach (string customer in customers)
            Assert.Equal(Money(customer == late ? 6 : 5), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task Who_has_gone_before_asking_posts_nothing()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        JournalDraft draft = TopUp(house, customer, 5);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            house.ActAsync<LedgerWriter, IReadOnlyList<Posted>>(Actor.System, w => w.PostAsync([draft], new CancellationToken(true)))
        );
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
    }

    private static JournalDraft TopUp(BillingHouse house, string customer, decimal amount) =>
        Postings.TopUp(house.NewId("pay"), customer, Chart.Psp(Cny), Money(amount), Money(0), house.Now);

    private static JournalDraft Spend(BillingHouse house, string customer, decimal amount) =>
        Postings.RefundStarted(house.NewId("rfd"), customer, Money(amount), house.Now);

    private static async Task<Posted> PostAsync(BillingHouse house, JournalDraft draft) =>
        (await house.ActAsync<LedgerWriter, IReadOnlyList<Posted>>(Actor.System, w => w.PostAsync([draft], default)))[0];

    private async Task<Posted[]> AllBehindAsync(BillingHouse house, JournalDraft[] drafts) =>
        await Task.WhenAll(await BehindAsync(house, drafts));

    /// <summary>Asks for all of them, in order, while every lane waits for a lock; then lets the first lane go, and the others when it has ended.</summary>
    private async Task<Task<Posted>[]> BehindAsync(BillingHouse house, JournalDraft[] drafts)
    {
        await using var owner = NpgsqlDataSource.Create(db.Database.OwnerConnectionString);
        var holders = new List<NpgsqlTransaction>();
        var held = new List<Task<Posted>>();
        for (int lane = 0; lane < GroupPosting.Lanes; lane++)
        {
            string party = house.NewParty();
            await PostAsync(house, TopUp(house, party, 1));
            NpgsqlConnection connection = await owner.OpenConnectionAsync();
            holders.Add(await LockAsync(connection, party));
            held.Add(PostAsync(house, TopUp(house, party, 1)));
            await Eventually.HoldsAsync(() => HoldsUpAsync(owner, connection.ProcessID), "a lane to wait for the account");
        }
        // Asking needs nothing of the server, so that each has asked when its call returns.
        Task<Posted>[] asked = [.. drafts.Select(d => PostAsync(house, d))];
        Assert.All(asked, a => Assert.False(a.IsCompleted));
        foreach (var (holder, waiting) in holders.Zip(held))
        {
            NpgsqlConnection connection = holder.Connection!;
            await holder.RollbackAsync();
            await connection.DisposeAsync();
            await waiting;
        }
        return asked;
    }

    private static async Task<NpgsqlTransaction> LockAsync(NpgsqlConnection connection, string party)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("select 1 from billing.account where party_id = $1 for update", connection, transaction)
        {
            Parameters = { new NpgsqlParameter { Value = party } },
        };
        await command.ExecuteNonQueryAsync();
        return transaction;
    }

    private async Task EndWaitingAsync(int holder)
    {
        await using var admin = NpgsqlDataSource.Create(db.Database.AdminConnectionString);
        await using var command = admin.CreateCommand(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = holder });
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    private static async Task<bool> HoldsUpAsync(NpgsqlDataSource source, int holder)
    {
        await using var command = source.CreateCommand(
            "select exists (select from pg_stat_activity where $1 = any (pg_blocking_pids(pid)))"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = holder });
        return await command.ExecuteScalarAsync() is true;
    }
}
