using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>Reports that are repeated, lost, late, out of order or wrong, from several workers at once. Single cases are in UsageTests.</summary>
public sealed class UsageFaultTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Allocations = 4;
    private const int Minutes = 30;

    [Fact]
    public Task Whatever_happens_on_the_way_the_last_counter_is_what_is_charged() => Rounds.RunAsync(brief: 2, extended: 60, RoundAsync);

    private async Task RoundAsync(int seed)
    {
        await using BillingHouse house = Over(db);
        var random = new Random(seed);
        var terms = await house.ContractAsync(hold: 20, retail: 7.123456789m, wholesale: 5.987654321m);
        List<UsageReading> sent = [];
        decimal[] counters = new decimal[Allocations];
        for (int allocation = 0; allocation < Allocations; allocation++)
        {
            for (int minute = 1; minute <= Minutes; minute++)
            {
                counters[allocation] += random.Next(0, 61);
                UsageReading reading = At(house, terms, allocation, counters[allocation], minute);
                switch (random.Next(10))
                {
                    case 0:
                        // Lost: the next one pays for it.
                        break;
                    case 1:
                        sent.AddRange([reading, reading, reading]);
                        break;
                    case 2:
                        // The agent started again and counts from nothing, under an id of its own.
                        sent.AddRange([reading, At(house, terms, allocation, random.Next(0, 3), minute)]);
                        break;
                    case 3:
                        // The same id with another payload.
                        sent.AddRange([reading, reading with { Quantity = reading.Quantity + 1 }]);
                        break;
                    default:
                        sent.Add(reading);
                        break;
                }
            }
        }
        // What is sent with another payload may come first and be believed: the last reading of all is above every one of them.
        UsageReading[] last = [.. Enumerable.Range(0, Allocations).Select(a => At(house, terms, a, counters[a] + 61, Minutes + 1))];
        UsageReading[] shuffled = [.. sent];
        random.Shuffle(shuffled);
        await Task.WhenAll(
            shuffled.Chunk(shuffled.Length / 6 + 1).Select(part => Task.Run(() => InPartsAsync(house, random.Next(), part)))
        );
        await house.RecordAsync(last);
        await house.RecordAsync([.. sent, .. last]);

        // A contract is rated on the whole of what its pods used, and rounded once.
        var one = new LedgerOracle([terms]);
        one.Contracts[terms.ContractId].Seconds = counters.Sum() + 61 * Allocations;
        long expected = one.Charge(one.Contracts[terms.ContractId]);
        ContractCost cost = (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!;
        Assert.Equal(expected, cost.Total.Micros);
        Assert.Equal(counters.Sum() + 61 * Allocations, cost.CardSeconds);
        // Nothing that was sent is forgotten: each report was accepted, or lies in quarantine.
        Assert.Equal(
            (long)sent.Concat(last).Select(r => r.EventId).Distinct(StringComparer.Ordinal).Count(),
            await house.AsApplicationAsync(
                $"""
                select count(distinct event_id) from (
                    select event_id from billing.usage_event where contract_id = '{terms.ContractId}'
                    union all select event_id from billing.usage_quarantine where contract_id = '{terms.ContractId}') e
                """
            )
        );
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    private static UsageReading At(BillingHouse house, ContractTerms terms, int allocation, decimal seconds, int minute) =>
        house.Reading(terms, 0, minute / 60.0, $"alc_{allocation}") with
        {
            Quantity = seconds,
        };

    private static async Task InPartsAsync(BillingHouse house, int seed, UsageReading[] readings)
    {
        var random = new Random(seed);
        for (int at = 0; at < readings.Length; )
        {
            int next = Math.Min(readings.Length, at + random.Next(1, 8));
            await house.RecordAsync(readings[at..next]);
            at = next;
        }
    }
}
