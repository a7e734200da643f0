using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.Options;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>What the pages read: journals by cursor, groups, accounts; balances with and without a snapshot; options.</summary>
public sealed class ReadingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Journals_are_read_in_pages_newest_first_without_gaps_or_repetitions()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        for (int i = 0; i < 5; i++)
            await house.TopUpAsync(customer, 10);
        for (int i = 0; i < 6; i++)
            Ok(await house.HoldAsync(customer, 1, $"h{i}:{customer}"));
        // Several journals of one transaction share a place in time.
        await house.PostAsync([
            .. Enumerable
                .Range(0, 7)
                .Select(i => new JournalDraft(
                    "test",
                    "test",
                    $"{customer}/{i}",
                    house.Now,
                    null,
                    "",
                    [new LegDraft(Chart.Psp(Cny), Chart.Available(customer, Cny), 1)]
                )),
        ]);

        foreach (var actor in new[] { Customer(customer), Desk })
        {
            var query = actor == Desk ? new JournalQuery { Account = "customer.available:" + customer } : new JournalQuery();
            var all = (await house.LedgerAsync(actor, l => l.JournalsAsync(query with { Limit = 500 }, default)))
                .Items.Select(j => j.Id)
                .ToList();
            Assert.Equal(18, all.Count);
            var paged = new List<string>();
            string? cursor = null;
            do
            {
                var page = await house.LedgerAsync(actor, l => l.JournalsAsync(query with { Limit = 4, Cursor = cursor }, default));
                Assert.All(page.Items, j => Assert.NotEmpty(j.Legs));
                paged.AddRange(page.Items.Select(j => j.Id));
                cursor = page.NextCursor;
                // New journals while paging do not shift the pages.
                if (paged.Count == 4)
                    await house.TopUpAsync(house.NewParty(), 1);
            } while (cursor is not null);
            Assert.Equal(all, paged);
            var skipped = await house.LedgerAsync(actor, l => l.JournalsAsync(query with { Limit = 4, Skip = 3 }, default));
            Assert.Equal(all.Skip(3).Take(4), skipped.Items.Select(j => j.Id));
        }
        Task<Platform.Pages.Page<JournalView>> Find(JournalQuery query) =>
            house.LedgerAsync(Customer(customer), l => l.JournalsAsync(query, default));
        Assert.Equal(6, (await Find(new() { Kind = "hold" })).Items.Count);
        Assert.Equal("h3:" + customer, Assert.Single((await Find(new() { GroupId = "h3:" + customer })).Items).GroupId);
        Assert.Empty((await Find(new() { Currency = "USD" })).Items);
        Assert.Empty((await Find(new() { From = house.Now.AddDays(1) })).Items);
        Assert.Empty((await Find(new() { To = house.Now })).Items);
        Assert.Equal(6, (await Find(new() { Account = "customer.held:" + customer })).Items.Count);
        Assert.Equal(18, (await Find(new() { Cursor = "nonsense" })).Items.Count);
        Assert.NotEmpty((await house.LedgerAsync(Desk, l => l.JournalsAsync(new() { Currency = "CNY", Kind = "hold" }, default))).Items);
    }

    [Fact]
    public async Task Costs_are_grouped_by_day_model_order_and_contract()
    {
        await using var house = Over(db);
        var one = await house.ContractAsync(hold: 500);
        var two = await house.ContractAsync(
            hold: 0,
            with: t =>
                t with
                {
                    CustomerId = one.CustomerId,
                    HoldReference = one.HoldReference,
                    DeviceModel = "H800",
                    OrderId = one.OrderId,
                }
        );
        house.Time.Advance(TimeSpan.FromDays(2));
        await house.RecordAsync(house.Reading(one, 1, 1), house.Reading(two, 2, 1));
        await house.RecordAsync(house.Reading(one, 4, 24));
        await house.RecordAsync(house.Reading(one, 5, 25));

        async Task<(string, decimal, decimal)[]> By(string by) =>
            [
                .. (await house.RatingAsync(Customer(one.CustomerId), r => r.GroupedAsync(by, Cny, default, house.Now, default))).Select(
                    g => (g.Key, g.Amount.Amount, g.CardHours)
                ),
            ];
        // A window counts for the day it began.
        Assert.Equal([("2030-01-15", 71.4m, 6m), ("2030-01-16", 11.9m, 1m)], await By("day"));
        Assert.Equal([("Ascend 910B", 59.5m, 5m), ("H800", 23.8m, 2m)], await By("deviceModel"));
        Assert.Equal([(one.OrderId, 83.3m, 7m)], await By("order"));
        Assert.Equal(
            [(one.ContractId, 59.5m, 5m), (two.ContractId, 23.8m, 2m)],
            (await By("contract")).OrderBy(g => g.Item1 == one.ContractId ? 0 : 1)
        );
        await Assert.ThrowsAsync<ArgumentException>(() => By("mood"));

        // Only the operator, who knows both prices, learns how the customer's money was divided.
        var earned = Assert.Single(
            await house.RatingAsync(
                Operator(one.OperatorId),
                r => r.GroupedAsync("contract", Cny, default, house.Now, "operator", default)
            ),
            g => g.Key == one.ContractId
        );
        Assert.Equal((Money(5), new TradeSplit(Money(50), Money(42.5m), Money(2.5m))), (earned.Amount, earned.Split));
        foreach (var other in new[] { Customer(one.CustomerId), Center(one.CenterId) })
            Assert.All(
                await house.RatingAsync(other, r => r.GroupedAsync("contract", Cny, default, house.Now, default)),
                g => Assert.Null(g.Split)
            );

        var page = await house.RatingAsync(Customer(one.CustomerId), r => r.ChargesAsync(new() { Limit = 3 }, default));
        var rest = await house.RatingAsync(
            Customer(one.CustomerId),
            r => r.ChargesAsync(new() { Limit = 3, Cursor = page.NextCursor }, default)
        );
        Assert.Equal((3, 1, null), (page.Items.Count, rest.Items.Count, rest.NextCursor));
        Assert.Empty(page.Items.Select(c => c.Id).Intersect(rest.Items.Select(c => c.Id)));
        Assert.Single(
            (
                await house.RatingAsync(
                    Customer(one.CustomerId),
                    r => r.ChargesAsync(new() { From = ManualTimeProvider.DefaultStart.AddHours(24) }, default)
                )
            ).Items
        );
        Assert.Equal(
            2,
            (await house.RatingAsync(Customer(one.CustomerId), r => r.CostsAsync([one.ContractId, two.ContractId], default))).Count
        );
    }

    [Fact]
    public async Task Balances_are_the_same_before_during_and_after_snapshots_with_a_transaction_in_flight()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await house.RecordAsync(house.Reading(terms, 1, 1));
        async Task<long> PendingAsync() => (await house.WalletAsync(terms.CenterId)).Pending.Micros;
        Assert.Equal(8_500_000, await PendingAsync());
        await house.WorkAsync();
        Assert.Equal(8_500_000, await PendingAsync());
        // A snapshot waits for every transaction of the server that began before it, those of other tests too.
        await Eventually.HoldsAsync(
            async () =>
            {
                await house.WorkAsync();
                return await house.AsOwnerAsync(
                    $"select s.credits from billing.balance_snapshot s join billing.account a on a.id = s.account_id where a.code = 'center.pending:{terms.CenterId}'"
                )
                    is 8_500_000L;
            },
            "the snapshot of the center's account"
        );

        // A posting that is not committed yet, but began before the next one: the snapshot must not pass it.
        await using var connection = await db.DataSource.OpenConnectionAsync();
        await using var slow = await connection.BeginTransactionAsync();
        await using (
            var post = new NpgsqlCommand(
                $"select billing.post(array['psp', 'center.pending'], array['', '{terms.CenterId}'], array['CNY', 'CNY'], array['{house.NewId("jrn")}'], array['test'], array['test'], array['{terms.CenterId}'], array[''::bytea], array[timestamptz '{house.Now:O}'], array[null::text], array[null::text], array['t'], array['t'], array[1], array[1], array[2], array[7::bigint], array[null::text])",
                connection,
                slow
            )
        )
            await post.ExecuteNonQueryAsync();
        await house.RecordAsync(house.Reading(terms, 2, 2));
        await house.WorkAsync();
        Assert.Equal(17_000_000, await PendingAsync());
        await slow.CommitAsync();
        Assert.Equal(17_000_007, await PendingAsync());
        await house.WorkAsync();
        await house.WorkAsync();
        Assert.Equal(17_000_007, await PendingAsync());
    }

    [Fact]
    public async Task The_chart_in_code_and_in_the_database_is_the_same()
    {
        await using var house = Over(db);
        var kinds = (
            (string)(await house.AsApplicationAsync("select string_agg(kind || ':' || (owner = 'party'), ',') from billing.account_kind"))!
        ).Split(',');
        Assert.Equal(
            Chart.All.Select(k => $"{k}:{(Chart.OfParties.Contains(k) ? "true" : "false")}").Order(StringComparer.Ordinal),
            kinds.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task The_report_counts_what_is_there()
    {
        await using var house = Over(db);
        var before = await BooksBalance.AssertAsync(house.Services);
        await house.TopUpAsync(house.NewParty(), 1);
        var after = await BooksBalance.AssertAsync(house.Services);
        Assert.Equal((before.Journals + 1, before.Legs + 1), (after.Journals, after.Legs));
        Assert.Equal(before.DebitMicrosByCurrency.GetValueOrDefault("CNY") + 1_000_000, after.DebitMicrosByCurrency["CNY"]);
    }

    [Theory]
    [InlineData("DisputeWindow", "-1.00:00:00")]
    [InlineData("InvoiceIssuer", " ")]
    [InlineData("InvoiceGrace", "-00:00:01")]
    [InlineData("WorkerInterval", "00:00:00")]
    [InlineData("MaxReadingsPerCall", "0")]
    [InlineData("MaxTopUp", "0")]
    [InlineData("LocalPaymentFeeRate", "0.6")]
    public void A_wrong_option_is_refused_by_its_key(string key, string value)
    {
        using var services = new Microsoft.Extensions.DependencyInjection.ServiceCollection() is var collection
            ? Microsoft.Extensions.DependencyInjection.ServiceCollectionContainerBuilderExtensions.BuildServiceProvider(
                collection.AddBilling(new Microsoft.Extensions.Configuration.ConfigurationManager { ["Billing:" + key] = value })
            )
            : null;
        var error = Assert.Throws<OptionsValidationException>(() =>
            Microsoft
                .Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<IOptions<BillingOptions>>(services!)
                .Value
        );
        Assert.Contains("Billing:" + key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_party_without_movements_has_an_empty_wallet()
    {
        await using var house = Over(db);
        string party = house.NewParty();
        var wallet = await house.LedgerAsync(Customer(party), l => l.WalletAsync(party, Cny, default));
        Assert.Equal(new WalletView(party, Cny, Money(0), Money(0), Money(0), Money(0), Money(0)), wallet);
        Assert.Empty((await house.LedgerAsync(Customer(party), l => l.AccountsAsync(new(), default))).Items);
        Assert.NotEmpty((await house.LedgerAsync(Actor.System, l => l.AccountsAsync(new() { Limit = 1 }, default))).Items);
    }
}
