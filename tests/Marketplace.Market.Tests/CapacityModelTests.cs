using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Market.Tests;

/// <summary>Random holds, sales, releases and time against a model that keeps only sets; afterwards every counter must agree with the claims.</summary>
public sealed class CapacityModelTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Cards = 6;
    private const int MemoryMib = 81_920;

    [Fact]
    public async Task The_store_agrees_with_a_model_after_every_step()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(Cards, shared: true);
        int seed = Properties.SeedFor();
        var random = new Random(seed);
        var model = new Model();
        for (int step = 0; step < 200; step++)
        {
            string reference = $"r{random.Next(12)}";
            string what = "";
            switch (random.Next(10))
            {
                case < 5:
                    var wishes = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Wish(random)).ToArray();
                    what = $"hold {reference} {string.Join(';', wishes)}";
                    DateTimeOffset until = world.Time.GetUtcNow() + TimeSpan.FromMinutes(random.Next(1, 20));
                    var held = await world.HoldFor(
                        reference,
                        until - world.Time.GetUtcNow(),
                        [.. wishes.Select(w => World.Card(shop, w.Card, w.Compute, w.Memory, 0))]
                    );
                    Same(
                        model.Hold(reference, wishes, until, world.Time.GetUtcNow()),
                        held.IsOk ? "" : held.Problem!.Code,
                        seed,
                        step,
                        what
                    );
                    break;
                case < 7:
                    string target = $"c{random.Next(12)}";
                    what = $"sell {reference} to {target}";
                    var sold = await world.Sell(reference, target);
                    Same(model.Sell(reference, target, world.Time.GetUtcNow()), sold.IsOk ? "" : sold.Problem!.Code, seed, step, what);
                    break;
                case < 9:
                    string gone = random.Next(2) == 0 ? reference : $"c{random.Next(12)}";
                    what = $"release {gone}";
                    await world.Release(gone);
                    model.Release(gone);
                    break;
                default:
                    world.Time.Advance(TimeSpan.FromMinutes(random.Next(1, 6)));
                    break;
            }
            ListingView listing = await world.Look(shop);
            var (soldMilli, heldMilli) = model.Totals();
            Assert.True(
                (listing.SoldCards, listing.HeldCards) == (Listing.CardsUp(soldMilli), Listing.CardsUp(heldMilli)),
                $"seed {seed}, step {step}, {what}: sold {listing.SoldCards} held {listing.HeldCards}, model {soldMilli} {heldMilli}"
            );
        }
        Assert.Empty(await BreaksAsync(db));
    }

    /// <summary>Counters that do not equal the sum of active claims; empty when the books are right.</summary>
    internal static async Task<IReadOnlyList<string>> BreaksAsync(PostgresFixture db)
    {
        await using var command = db.DataSource.CreateCommand(
            """
            select 'listing ' || l.id from market.listing l cross join lateral (
              select coalesce(sum(c.card_milli) filter (where c.state = 'Held'), 0) as held, coalesce(sum(c.card_milli) filter (where c.state = 'Sold'), 0) as sold
              from market.capacity_claim c where c.listing_id = l.id) s
            where l.held_milli <> s.held or l.sold_milli <> s.sold
            union all
            select 'use ' || u.node_id || ' ' || u.device_id from market.capacity_use u cross join lateral (
              select coalesce(sum(case when u.device_id = '' then g.cpu_milli else g.compute_milli end), 0) as compute,
                     coalesce(sum(case when u.device_id = '' then g.host_memory_mib else g.memory_mib end), 0) as memory
              from market.capacity_grant g join market.capacity_claim c on c.id = g.claim_id and c.state <> 'Released'
              where g.node_id = u.node_id and (u.device_id = '' or g.device_id = u.device_id)) s
            where u.compute_milli <> s.compute or u.memory_mib <> s.memory
            """
        );
        List<string> breaks = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            breaks.Add(reader.GetString(0));
        return breaks;
    }

    [Fact]
    public async Task The_check_of_the_books_finds_a_wrong_counter()
    {
        await using var world = new World(db);
        Shop shop = await world.Shop(1);
        await world.Hold("tampered", World.Card(shop, 0));
        await using (var tamper = db.DataSource.CreateCommand("update market.listing set held_milli = 0 where id = @id"))
        {
            tamper.Parameters.AddWithValue("id", shop.ListingId);
            await tamper.ExecuteNonQueryAsync();
        }
        Assert.Equal([$"listing {shop.ListingId}"], await BreaksAsync(db));
        await using var repair = db.DataSource.CreateCommand("update market.listing set held_milli = 1000 where id = @id");
        repair.Parameters.AddWithValue("id", shop.ListingId);
        await repair.ExecuteNonQueryAsync();
    }

    private static void Same(string expected, string actual, int seed, int step, string what) =>
        Assert.True(expected == actual, $"seed {seed}, step {step}, {what}: expected '{expected}', got '{actual}'");

    private static Share Wish(Random random)
    {
        int compute = random.Next(1, 5) * 250;
        return new Share(random.Next(Cards), compute, random.Next(1, 5) * (MemoryMib / 4));
    }

    private sealed record Share(int Card, int Compute, int Memory);

    private sealed record Entry(IReadOnlyList<Share> Shares, DateTimeOffset? Until);

    private sealed class Model
    {
        private readonly Dictionary<string, Entry> active = new(StringComparer.Ordinal);
        private readonly HashSet<string> released = new(StringComparer.Ordinal);

        public (long Sold, long Held) Totals() =>
            (
                active.Values.Where(e => e.Until is null).Sum(e => e.Shares.Sum(s => (long)s.Compute)),
                active.Values.Where(e => e.Until is not null).Sum(e => e.Shares.Sum(s => (long)s.Compute))
            );

        public string Hold(string reference, IReadOnlyList<Share> shares, DateTimeOffset until, DateTimeOffset now)
        {
            // The reference is looked at before what has run out is freed, so an expired hold under the same name still blocks it once.
            bool inUse = active.ContainsKey(reference);
            var due = active.Where(e => e.Value.Until <= now).Select(e => e.Key).ToList();
            if (inUse)
                return "claim-exists";
            var left = active.Where(e => !due.Contains(e.Key)).ToDictionary();
            bool fits =
                Enumerable
                    .Range(0, Cards)
                    .All(c =>
                    {
                        var on = left.Values.SelectMany(e => e.Shares).Concat(shares).Where(s => s.Card == c).ToList();
                        return on.Sum(s => s.Compute) <= 1000 && on.Sum(s => s.Memory) <= MemoryMib;
                    })
                && left.Values.SelectMany(e => e.Shares).Concat(shares).Sum(s => s.Compute) <= Cards * 1000;
            if (!fits)
                return "capacity-taken";
            foreach (string key in due)
                Release(key);
            active[reference] = new Entry(shares, until);
            return "";
        }

        public string Sell(string reference, string target, DateTimeOffset now)
        {
            if (!active.TryGetValue(reference, out Entry? entry))
                return released.Contains(reference) ? "hold-expired" : "not-found";
            if (entry.Until <= now)
                return "hold-expired";
            if (active.ContainsKey(target))
                return "claim-exists";
            active.Remove(reference);
            active[target] = entry with { Until = null };
            return "";
        }

        public void Release(string reference)
        {
            if (active.Remove(reference))
                released.Add(reference);
        }
    }
}
