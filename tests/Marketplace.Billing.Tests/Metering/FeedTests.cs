using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>Usage in the database: how far it is known, what is unknown, what waits for it; revisions, resets and other meters end at the oracle's charge.</summary>
public sealed class FeedTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    private static DateTimeOffset At(double hours) => Start.AddHours(hours);

    private static UsageHeard Heard(ContractTerms terms, double since, double through, string source = "agent") =>
        new(source, terms.ContractId, At(since), At(through));

    private static Task<UsageReceipt> TakeAsync(BillingHouse house, IReadOnlyList<UsageHeard> heard, params UsageReading[] readings) =>
        house.ActAsync<IMetering, UsageReceipt>(Actor.System, m => m.TakeAsync(new UsageReport(readings, heard), default));

    private static async Task<ContractUsage> UsageAsync(BillingHouse house, ContractTerms terms) =>
        (await house.ActAsync<IMetering, ContractUsage?>(Customer(terms.CustomerId), m => m.UsageAsync(terms.ContractId, default)))!;

    [Fact]
    public async Task Silence_is_unknown_and_not_zero_and_late_usage_closes_the_gap()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 500);
        // Nobody answers for it yet: nothing is known, nothing is missing.
        Assert.Equal((null, null, 0), ((await UsageAsync(house, terms)).KnownThrough, (await UsageAsync(house, terms)).ClosedThrough, 0));
        await TakeAsync(house, [Heard(terms, 0, 1)], house.Reading(terms, 1, 1));
        house.Time.Advance(TimeSpan.FromHours(5));
        await TakeAsync(house, [Heard(terms, 3, 4)], house.Reading(terms, 3, 4));

        ContractUsage usage = await UsageAsync(house, terms);
        Assert.Equal((At(1), At(1).AddMinutes(-5)), (usage.KnownThrough, usage.ClosedThrough));
        // What is younger than the grace is on its way, what is older and was not told is unknown.
        Assert.Equal([new TimeRange(At(1), At(3)), new TimeRange(At(4), At(5).AddMinutes(-5))], usage.Unknown);
        Assert.Equal([new MeterTotal("card-seconds", 10_800, "card-hour", 3600)], usage.Meters);

        // The missing hours come late, told as nothing to read: they are known now.
        await TakeAsync(house, [Heard(terms, 1, 3)]);
        usage = await UsageAsync(house, terms);
        Assert.Equal(At(4), usage.KnownThrough);
        Assert.Equal([new TimeRange(At(4), At(5).AddMinutes(-5))], usage.Unknown);
        // Another source answers for it too and has told less.
        await TakeAsync(house, [Heard(terms, 0, 2, "gateway")]);
        Assert.Equal((At(2), At(2)), ((await UsageAsync(house, terms)).KnownThrough, (await UsageAsync(house, terms)).Unknown[0].From));
        // Others see nothing of it.
        Assert.Null(
            await house.ActAsync<IMetering, ContractUsage?>(Customer(house.NewParty()), m => m.UsageAsync(terms.ContractId, default))
        );
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            house.AsOwnerAsync($"update billing.usage_feed set covered = '{{}}' where contract_id = '{terms.ContractId}'")
        );
    }

    [Fact]
    public async Task Stretches_in_any_order_and_repetition_cover_what_their_union_covers()
    {
        await using var house = Over(db);
        var random = new Random(Properties.SeedFor());
        house.Time.Advance(TimeSpan.FromHours(50));
        for (int round = 0; round < 12; round++)
        {
            var terms = await house.ContractAsync(hold: 0, retail: 0, wholesale: 0);
            var stretches = Enumerable
                .Range(0, 8)
                .Select(_ => random.Next(0, 40))
                .Select(from => (From: from, To: from + random.Next(0, 6)))
                .ToList();
            (int From, int To)[] sent = [.. stretches, .. stretches.Take(3)];
            random.Shuffle(sent);
            foreach (var pair in sent.Chunk(2))
                await TakeAsync(house, [.. pair.Select(s => Heard(terms, s.From, s.To))]);
            // The oracle: hour by hour.
            int since = stretches.Min(s => s.From);
            bool Known(int hour) => stretches.Exists(s => s.From <= hour && hour < s.To);
            int known = since;
            while (Known(known))
                known++;
            ContractUsage usage = await UsageAsync(house, terms);
            Assert.Equal(At(known), usage.KnownThrough);
            for (int hour = since; hour < 49; hour++)
                Assert.Equal(!Known(hour), usage.Unknown.Any(u => u.From <= At(hour) && At(hour) < u.To));
        }
    }

    [Fact]
    public async Task Late_duplicate_reordered_corrected_and_reset_readings_of_two_meters_end_at_the_oracles_charge()
    {
        await using var house = Over(db);
        house.Time.Advance(TimeSpan.FromHours(2));
        var random = new Random(Properties.SeedFor());
        for (int round = 0; round < 8; round++)
        {
            // With a hold that is enough, with one that is not, and without.
            var terms = await house.ContractAsync(
                hold: round % 3 * 0.4m,
                with: t => t with { Meters = [new MeterPrice("tokens", "million-token", 1_000_000, 12.5m, 9m)] }
            );
            var world = MeterWorld.Of(random.Next(), terms.ContractId, MeterRule.CardSeconds, "tokens");
            foreach (UsageReading[] call in world.Calls())
                await TakeAsync(house, [], call);
            var cost = (await house.RatingAsync(Customer(terms.CustomerId), r => r.CostAsync(terms.ContractId, default)))!;
            Share worth = default;
            foreach (var meter in world.Truth.GroupBy(t => t.Key.Meter, t => t.Value))
            {
                worth +=
                    meter.Key == "tokens"
                        ? RatingRule.Rate(meter.Sum(), new(1, "million-token", 1_000_000, 12.5m, 9m, 0.05m, 0.19m)).Share
                        : RatingRule.Rate(meter.Sum(), new(1, "card-hour", 3600, 10, 8.5m, 0.05m, 0.19m)).Share;
            }
            Assert.Equal((worth.Net, worth.Tax), (cost.Net.Micros, cost.Tax.Micros));
            Assert.Equal(world.Truth.Where(t => t.Key.Meter == MeterRule.CardSeconds).Sum(t => t.Value), cost.CardSeconds);
            ContractUsage usage = await UsageAsync(house, terms);
            Assert.Equal(
                world.Truth.Where(t => t.Key.Meter == "tokens").Sum(t => t.Value),
                usage.Meters.Single(m => m.Meter == "tokens").Quantity
            );
        }
        // Disposing the house checks every promise of the books.
    }

    [Fact]
    public async Task A_correction_gives_back_to_the_hold_while_it_is_open_and_to_the_credit_afterwards()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        var hour = house.Reading(terms, 1, 1, eventId: "w1r0-" + terms.ContractId);
        await house.RecordAsync(hour);
        var half = hour with { EventId = "w1r1-" + terms.ContractId, Quantity = 1800, Revision = 1, Final = true };
        Assert.Equal(Money(-5.95m), Assert.Single(await house.RecordAsync(half)).Charged);
        Assert.Equal(Money(94.05m), (await house.WalletAsync(terms.CustomerId)).Held);
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        await house.RecordAsync(half with { EventId = "w1r2-" + terms.ContractId, Quantity = 0, Revision = 2 });
        Assert.Equal(
            (Money(100), Money(0)),
            ((await house.WalletAsync(terms.CustomerId)).Available, (await house.WalletAsync(terms.CenterId)).Pending)
        );
        var charges = (
            await house.RatingAsync(Customer(terms.CustomerId), r => r.ChargesAsync(new() { ContractId = terms.ContractId }, default))
        ).Items;
        Assert.Equal([null, "correction", "correction"], charges.OrderBy(c => c.Id, StringComparer.Ordinal).Select(c => c.Adjustment));
        Assert.All(charges, c => Assert.Equal(hour.From, c.From));
    }

    [Fact]
    public async Task A_contract_that_ended_and_is_read_to_the_end_is_not_waited_for()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        await TakeAsync(house, [Heard(terms, 0, 1)], house.Reading(terms, 1, 1));
        house.Time.Advance(TimeSpan.FromHours(30));
        Task<bool> CompleteAsync() =>
            house.ActAsync<IMetering, bool>(Actor.System, m => m.IsCompleteAsync(terms.CustomerId, At(20), default));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        Assert.False(await CompleteAsync());
        await TakeAsync(house, [], house.Reading(terms, 2, 2, final: true));
        Assert.True(await CompleteAsync());
        ContractUsage usage = await UsageAsync(house, terms);
        Assert.Equal((true, At(2)), (usage.Complete, usage.KnownThrough));
        // Of the hour that no source answered for, the counter tells what was used.
        Assert.Equal([new TimeRange(At(1), At(2))], usage.Unknown);
    }

    [Fact]
    public async Task The_desk_sees_every_source_and_which_is_silent_and_nobody_else_does()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        string source = "cluster-" + terms.ContractId;
        await TakeAsync(house, [Heard(terms, 0, 1, source)]);
        house.Time.Advance(TimeSpan.FromHours(1));
        async Task<UsageSourceView> SourceAsync() =>
            Ok(
                    await house.ActAsync<IMetering, Platform.Outcomes.Outcome<IReadOnlyList<UsageSourceView>>>(
                        Desk,
                        m => m.SourcesAsync(default)
                    )
                )
                .Single(s => s.Source == source);
        Assert.Equal(
            (terms.CenterId, 1L, 1L, At(1), false),
            await SourceAsync() is var s ? (s.CenterId, s.Contracts, s.Running, s.KnownThrough!.Value, s.Silent) : default
        );
        house.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.True((await SourceAsync()).Silent);
        foreach (var other in new[] { Customer(terms.CustomerId), Center(terms.CenterId), Operator(terms.OperatorId) })
            Assert.Equal(
                Platform.Outcomes.ProblemKind.Forbidden,
                Refused(
                    await house.ActAsync<IMetering, Platform.Outcomes.Outcome<IReadOnlyList<UsageSourceView>>>(
                        other,
                        m => m.SourcesAsync(default)
                    )
                ).Kind
            );
    }
}
