using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Load;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Faults.Tests;

/// <summary>
/// Several customers live at random and at once, in two currencies, with the same centers and operator, each next to its oracle. Meanwhile
/// connections are cut on their way and ended at the server, and journals meet serialisation failures, also at commit.
/// </summary>
public sealed class ModelTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int LifeCount = 6;

    [Fact]
    public Task Random_lives_agree_with_their_oracles_whatever_breaks() => Rounds.RunAsync(brief: 1, extended: 20, RoundAsync);

    private async Task RoundAsync(int seed)
    {
        string trade = $"m{seed}";
        await using var proxy = new CutProxy(db.ConnectionString, seed, probability: 0.004);
        await using var cut = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using var saboteur = await Saboteur.HireAsync(db.Database.AdminConnectionString, seed);
        List<Life> lives = [];
        await using (
            BillingHouse house = BillingHouse.Over(PostgresFixture.Over(cut, db.Database), settings: ("DisputeWindow", "00:00:00"))
        )
        {
            // Rounds share a database, and books that were closed stay closed.
            house.Time.StepTo(await ClosedThroughAsync() ?? house.Now);
            for (int i = 0; i < LifeCount; i++)
                lives.Add(new Life(house, unchecked(seed * 31 + i), $"{trade}_{i}", trade, i % 3 == 2 ? Currency.Usd : Currency.Cny));
            proxy.Armed = true;
            Task living = Task.WhenAll(lives.Select(life => Task.Run(() => life.RunAsync(Properties.Of(20, 60)))));
            await saboteur.WorkUntilAsync(living);
            await living;
            proxy.Armed = false;
            await saboteur.LeaveAsync();
            cut.Clear();
            await EndAsync(house, lives);
            Assert.True(
                proxy.LostRequests + proxy.LostAnswers > 0 && lives.Sum(l => l.Repeated) > 0,
                $"nothing was cut: {proxy.LostRequests} requests, {proxy.LostAnswers} answers"
            );
            await BooksRight.AssertAsync(house, db.DataSource);
        }
    }

    private async Task<DateTimeOffset?> ClosedThroughAsync()
    {
        await using var command = db.DataSource.CreateCommand(
            "select closed_through from billing.ledger_clock where isfinite(closed_through)"
        );
        return await command.ExecuteScalarAsync() is DateTime closed ? new DateTimeOffset(closed) : null;
    }

    /// <summary>The month ends: one invoice for all that is not invoiced yet. Then the centers' earnings are what the oracles say.</summary>
    private static async Task EndAsync(BillingHouse house, List<Life> lives)
    {
        DateTimeOffset end = house.Now.AddDays(1);
        house.Time.StepTo(end);
        await house.InvoicesAsync(Actor.System, i => i.CloseAsync(end, default));
        foreach (Life life in lives)
        {
            life.Oracle.Invoice([.. life.Oracle.Contracts.Values]);
            var wallet = await life.WalletAsync();
            Assert.Equal(
                (life.Oracle.Available, life.Oracle.Promo, life.Oracle.Held),
                (wallet.Available.Micros, wallet.Promo.Micros, wallet.Held.Micros)
            );
        }
        foreach (Currency currency in Currency.All)
        {
            var mine = lives.SelectMany(l => l.Oracle.Contracts.Values).Where(c => c.Terms.Currency == currency.Code);
            foreach (var center in mine.GroupBy(c => c.Terms.CenterId, StringComparer.Ordinal))
            {
                var wallet = await house.LedgerAsync(Actor.System, l => l.WalletAsync(center.Key, currency, default));
                Assert.Equal(center.Sum(c => c.Center), wallet.Pending.Micros + wallet.Payable.Micros);
            }
        }
    }
}
