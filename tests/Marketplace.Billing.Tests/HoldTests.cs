using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

public sealed class HoldTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_hold_takes_promotional_credit_first_and_its_release_returns_each_part()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 100);
        await house.GrantAsync(customer, 30);

        var hold = Ok(await house.HoldAsync(customer, 50, "order:a" + customer));

        Assert.Equal(Money(50), hold.Remaining);
        var wallet = await house.WalletAsync(customer);
        Assert.Equal((Money(80), Money(0), Money(50)), (wallet.Available, wallet.Promo, wallet.Held));

        Assert.Equal(Money(50), await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync(hold.Reference, default)));
        wallet = await house.WalletAsync(customer);
        Assert.Equal((Money(100), Money(30), Money(0)), (wallet.Available, wallet.Promo, wallet.Held));
    }

    [Fact]
    public async Task Many_holds_are_placed_in_order_as_far_as_the_credit_reaches()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 100);
        await house.GrantAsync(customer, 30);
        HoldGroup Group(params (string Name, decimal Amount)[] holds) =>
            new([.. holds.Select(h => new HoldRequest($"contract:{h.Name}{customer}", Money(h.Amount)))]);
        Task<IReadOnlyList<Problem?>> HoldAsync(params HoldGroup[] groups) =>
            house.LedgerAsync(Customer(customer), l => l.HoldManyAsync(customer, groups, default));

        // The second group's second hold is not covered, so its first one is not held either; the third finds the credit untouched.
        var problems = await HoldAsync(
            Group(("a", 50)),
            Group(("b", 40), ("c", 60)),
            Group(("d", 70), ("free", 0)),
            Group(("e", 11)),
            Group(("f", 10))
        );
        Assert.Equal([null, "insufficient-funds", null, "insufficient-funds", null], problems.Select(p => p?.Code));
        Assert.Equal("This needs 60.00 CNY and you have 40.00 CNY of credit: 20.00 CNY is missing.", problems[1]!.Detail);
        Assert.Equal("This needs 11.00 CNY and you have 10.00 CNY of credit: 1.00 CNY is missing.", problems[3]!.Detail);
        var wallet = await house.WalletAsync(customer);
        Assert.Equal((Money(0), Money(0), Money(130)), (wallet.Available, wallet.Promo, wallet.Held));

        // The same again changes nothing; another amount is a conflict.
        Assert.Equal([null, "hold-exists"], (await HoldAsync(Group(("a", 50)), Group(("d", 71)))).Select(p => p?.Code));
        // Promotional credit was used first, and goes back as such.
        await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync($"contract:a{customer}", default));
        wallet = await house.WalletAsync(customer);
        Assert.Equal((Money(20), Money(30)), (wallet.Available, wallet.Promo));
        Assert.Equal(
            "forbidden",
            Assert
                .Single(await house.LedgerAsync(Customer(house.NewParty()), l => l.HoldManyAsync(customer, [Group(("x", 1))], default)))!
                .Code
        );
    }

    [Fact]
    public async Task Releasing_twice_returns_nothing_the_second_time()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        var hold = Ok(await house.HoldAsync(customer, 10, "order:" + customer));
        await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync(hold.Reference, default));

        Assert.Equal(Money(0), await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync(hold.Reference, default)));
        Assert.True((await house.LedgerAsync(Customer(customer), l => l.FindHoldAsync(hold.Reference, default)))!.Resolved);
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task The_same_reference_and_amount_is_the_same_hold_and_another_amount_a_conflict()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 100);
        var first = Ok(await house.HoldAsync(customer, 40, "order:" + customer));

        Assert.Equal(first, Ok(await house.HoldAsync(customer, 40, first.Reference)));
        Assert.Equal("hold-exists", Refused(await house.HoldAsync(customer, 41, first.Reference)).Code);
        Assert.Equal(Money(40), (await house.WalletAsync(customer)).Held);
    }

    [Fact]
    public async Task Missing_credit_is_named_and_nothing_is_held()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);

        var problem = Refused(await house.HoldAsync(customer, 12.5m, "order:" + customer));

        Assert.Equal((ProblemKind.PaymentRequired, "insufficient-funds"), (problem.Kind, problem.Code));
        Assert.Contains("2.50 CNY is missing", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("2.50 CNY", Assert.Single(problem.Errors).Fix, StringComparison.Ordinal);
        Assert.Null(await house.LedgerAsync(Customer(customer), l => l.FindHoldAsync("order:" + customer, default)));
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task A_hold_grows_once_per_key()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        string reference = "order:" + customer;
        await house.TopUpAsync(customer, 100);
        Ok(await house.HoldAsync(customer, 10, reference));

        Task<Outcome<HoldView>> Grow(decimal by, string key) =>
            house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(reference, Money(by), key, default));
        Assert.Equal(Money(15), Ok(await Grow(5, "k1")).Remaining);
        Assert.Equal(Money(15), Ok(await Grow(5, "k1")).Remaining);
        Assert.Equal("idempotency-key-reused", Refused(await Grow(6, "k1")).Code);
        Assert.Equal(Money(18), Ok(await Grow(3, "k2")).Amount);
        Assert.Equal("insufficient-funds", Refused(await Grow(1000, "k3")).Code);
        Assert.Equal(
            "hold-currency",
            Refused(
                await house.LedgerAsync(Customer(customer), l => l.GrowHoldAsync(reference, new Money(1, Currency.Usd), "k4", default))
            ).Code
        );
        // Repeating the first request after growth still finds the same hold.
        Assert.Equal(Money(18), Ok(await house.HoldAsync(customer, 10, reference)).Amount);

        await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync(reference, default));
        Assert.Equal("hold-resolved", Refused(await Grow(1, "k5")).Code);
        Assert.Equal(Money(100), (await house.WalletAsync(customer)).Available);
    }

    [Fact]
    public async Task Of_a_hundred_concurrent_spends_of_one_balance_exactly_the_affordable_succeed()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 70);
        await house.GrantAsync(customer, 3);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => house.HoldAsync(customer, 2, $"order:{customer}/{i}")));

        Assert.Equal(36, outcomes.Count(o => o.IsOk));
        Assert.All(outcomes.Where(o => !o.IsOk), o => Assert.Equal("insufficient-funds", o.Problem!.Code));
        var wallet = await house.WalletAsync(customer);
        Assert.Equal((Money(1), Money(0), Money(72)), (wallet.Available, wallet.Promo, wallet.Held));
    }

    [Fact]
    public async Task Concurrent_repetitions_of_one_hold_hold_once()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 100);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.HoldAsync(customer, 5, "order:" + customer)));

        Assert.All(outcomes, o => Assert.True(o.IsOk));
        Assert.Equal(Money(5), (await house.WalletAsync(customer)).Held);
    }

    [Fact]
    public async Task A_hold_that_expired_is_returned_by_the_worker_and_others_are_not()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 100);
        Ok(await house.HoldAsync(customer, 10, "quote:" + customer, house.Now.AddMinutes(10)));
        Ok(await house.HoldAsync(customer, 20, "order:" + customer));

        await house.WorkAsync();
        Assert.Equal(Money(30), (await house.WalletAsync(customer)).Held);
        house.Time.Advance(TimeSpan.FromMinutes(10));
        await house.WorkAsync();

        Assert.Equal(Money(20), (await house.WalletAsync(customer)).Held);
        Assert.True((await house.LedgerAsync(Actor.System, l => l.FindHoldAsync("quote:" + customer, default)))!.Resolved);
    }

    [Fact]
    public async Task Only_the_customer_and_the_network_set_its_money_aside()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        var other = Customer(house.NewParty());

        Assert.Equal(
            ProblemKind.Forbidden,
            Refused(await house.LedgerAsync(other, l => l.HoldAsync("x" + customer, customer, Money(1), null, default))).Kind
        );
        var hold = Ok(await house.HoldAsync(customer, 1, "order:" + customer));
        Assert.Null(await house.LedgerAsync(other, l => l.FindHoldAsync(hold.Reference, default)));
        Assert.Equal(
            ProblemKind.NotFound,
            Refused(await house.LedgerAsync(other, l => l.GrowHoldAsync(hold.Reference, Money(1), "k", default))).Kind
        );
        await Assert.ThrowsAsync<InvalidOperationException>(() => house.LedgerAsync(other, l => l.ReleaseAsync(hold.Reference, default)));
    }

    [Fact]
    public async Task A_hold_of_nothing_is_a_hold()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        Ok(await house.HoldAsync(customer, 0, "order:" + customer));
        Assert.Equal(Money(0), await house.LedgerAsync(Customer(customer), l => l.ReleaseAsync("order:" + customer, default)));
    }
}
