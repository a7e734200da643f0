using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Bulk;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Batch;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Many lines in one call: each for itself, or all or none.</summary>
public sealed class BulkTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_thousand_lines_best_effort_are_all_placed()
    {
        await using var house = await OpenAsync(db, cards: 1_000, credit: 100_000);
        var bulk = await RunAsync(house, BulkMode.BestEffort, Lines(house, 1_000));
        Assert.Equal((BulkState.Completed, 1_000, 1_000, 0), (bulk.State, bulk.Done, bulk.Accepted, bulk.Refused));
        Assert.Equal((1_000, 0), ((await house.ListingAsync()).SoldCards, (await house.ListingAsync()).HeldCards));
        Assert.Equal(bulk.Total, (await house.WalletAsync()).Held);
        Assert.Equal(1_000, await house.CountAsync("provisioning.workload", "customer_id", house.Customer.PartyId));
        var results = await ResultsAsync(house, bulk.Id, limit: PageQuery.MaxLimit);
        Assert.All(results, r => Assert.Equal(("accepted", house.OfferId), (r.Status, r.OfferId)));
    }

    [Fact]
    public async Task A_thousand_lines_are_one_atomic_order_and_can_be_read_one_by_one()
    {
        await using var house = await OpenAsync(db, cards: 1_000, credit: 100_000);
        var bulk = await RunAsync(house, BulkMode.Atomic, Lines(house, 1_000));
        Assert.Equal((BulkState.Completed, 1_000, 1_000, 0), (bulk.State, bulk.Done, bulk.Accepted, bulk.Refused));
        Assert.Equal((1_000, 0), ((await house.ListingAsync()).SoldCards, (await house.ListingAsync()).HeldCards));
        Assert.Equal(bulk.Total, (await house.WalletAsync()).Held);
        var results = await ResultsAsync(house, bulk.Id, limit: PageQuery.MaxLimit);
        var contract = await house.ContractAsync(results[700 % results.Count].ContractId!);
        Assert.Equal((ContractState.Scheduled, results[700 % results.Count].Total), (contract.State, contract.Held));
        Assert.NotNull(contract.Explanation);
        Assert.Equal(WorkloadPhase.Pending, (await house.WorkloadAsync(contract.Id)).Phase);
        var order = await house.OrderAsync(results[0].OrderId!);
        Assert.Equal((bulk.Id, LineState.Scheduled), (order.BulkOrderId, order.State));
    }

    [Theory]
    [InlineData(BulkMode.Atomic)]
    [InlineData(BulkMode.BestEffort)]
    public async Task Lines_that_can_go_elsewhere_leave_the_cheap_hall_to_lines_that_cannot(BulkMode mode)
    {
        await using var house = await OpenAsync(db, cards: 8);
        string far = await house.AddHallAsync("sg-1", 8, Wholesale * 3);
        // Eight lines may go anywhere and arrive first; eight are bound to the cheap hall.
        var lines = Lines(house, 16)
            .Select((l, i) => With(With(l, "offerId", null), "regions", i < 8 ? Array.Empty<string>() : ["cn-north-1"]));
        var bulk = await RunAsync(house, mode, [.. lines]);
        Assert.Equal((BulkState.Completed, 16, 0), (bulk.State, bulk.Accepted, bulk.Refused));
        Assert.Equal(new BulkPlacing(BatchOrder.Market, 16, 8, 16), bulk.Placing);
        var results = await ResultsAsync(house, bulk.Id);
        Assert.Equal([.. Enumerable.Repeat(far, 8), .. Enumerable.Repeat(house.OfferId, 8)], results.Select(r => r.OfferId!));
        Assert.Equal(8, (await house.ListingAsync()).SoldCards);
        var explained = await house.ContractAsync(results[0].ContractId!);
        Assert.Contains(explained.Explanation!.Funnel, s => s.Rule == RuleCodes.BatchMarket);
    }

    [Fact]
    public async Task With_room_for_all_the_lines_keep_the_order_of_arrival()
    {
        await using var house = await OpenAsync(db);
        var bulk = await RunAsync(house, BulkMode.BestEffort, Lines(house, 3));
        Assert.Equal(new BulkPlacing(BatchOrder.Arrival, 3, 3, 3), bulk.Placing);
    }

    [Fact]
    public async Task Steps_add_up_how_their_lines_were_placed()
    {
        await using var house = await OpenAsync(db, settings: new() { ["Orders:BulkChunk"] = "7" });
        var bulk = await RunAsync(house, BulkMode.BestEffort, Lines(house, 20));
        Assert.Equal((16, 4), (bulk.Accepted, bulk.Refused));
        // The last step knows that nothing is left: none of its lines could be placed.
        Assert.Equal(new BulkPlacing(BatchOrder.Arrival, 16, 16, 16), bulk.Placing);
    }

    [Fact]
    public async Task Each_line_keeps_its_own_deadline_and_policy()
    {
        await using var house = await OpenAsync(db);
        await house.SellAsync(house.Center, "L40S", 8, 1m, "cn-east-1", SiteTier.Edge);
        var request = house.Request() with { OfferId = null, Work = "llama3-8b", WorkUnits = 20_000_000 };
        var line = JsonSerializer.SerializeToElement(request, OrdersJson.Options);
        var cloud = With(line, "policy", new { tiers = new[] { new { siteTiers = new[] { "cloud" } } } });
        JsonElement[] lines = [line, With(line, "deadlineHours", 1), cloud, With(line, "deadlineHours", 0.1)];
        var bulk = await RunAsync(house, BulkMode.BestEffort, lines);
        var results = await ResultsAsync(house, bulk.Id);
        var chips = new List<string?>();
        foreach (BulkLineResult result in results.Take(3))
            chips.Add((await house.ContractAsync(result.ContractId!)).DeviceModel);
        Assert.Equal(["L40S", FakeInventories.Model, FakeInventories.Model], chips);
        Assert.Equal($"/lines/{results[3].Line}/deadlineHours", results[3].Problem!.Errors[0].Pointer);
    }

    [Fact]
    public async Task Forty_lines_take_as_many_round_trips_as_four()
    {
        await using var house = await OpenAsync(db, cards: 100);
        var counts = new Dictionary<int, int>();
        foreach (int lines in new[] { 2, 4, 40 })
        {
            var bulk = Ok(await SubmitAsync(house, BulkMode.Atomic, Lines(house, lines)));
            using var trips = new RoundTrips();
            await house.RelayAsync(new BulkSubmitted(bulk.Id));
            counts[lines] = trips.Count;
            Assert.Equal(lines, (await FindAsync(house, bulk.Id)).Accepted);
        }
        // Two lines warm up; a round trip per line would make forty at least 36 more.
        Assert.Equal(counts[4], counts[40]);
        Assert.InRange(counts[4], 1, 40);
    }

    [Fact]
    public async Task Lines_that_others_were_faster_for_are_planned_again()
    {
        await using var house = await OpenAsync(db);
        var rows = new List<BulkOrder>();
        foreach (var mode in new[] { BulkMode.Atomic, BulkMode.BestEffort, BulkMode.Atomic })
        {
            string id = Ok(await SubmitAsync(house, mode, Lines(house, 5))).Id;
            rows.Add(
                await house.As<MarketplaceDbContext, BulkOrder>(
                    Platform.Parties.Actor.System,
                    c => c.Set<BulkOrder>().AsNoTracking().FirstAsync(b => b.Id == id)
                )
            );
        }
        // All three see the same free cards first, and choose the same.
        await Task.WhenAll(rows.Select(r => Task.Run(() => house.As<PlaceBulk, bool>(house.Customer, p => p.StepAsync(r, 100, default)))));
        foreach (var row in rows)
            Assert.Equal(5, (await FindAsync(house, row.Id)).Accepted);
        Assert.Equal((15, 0), ((await house.ListingAsync()).SoldCards, (await house.ListingAsync()).HeldCards));
    }

    [Fact]
    public async Task A_step_that_lost_its_lines_to_another_one_places_nothing()
    {
        await using var house = await OpenAsync(db);
        string id = Ok(await SubmitAsync(house, BulkMode.BestEffort, Lines(house, 6))).Id;
        var row = await house.As<MarketplaceDbContext, BulkOrder>(
            Platform.Parties.Actor.System,
            c => c.Set<BulkOrder>().AsNoTracking().FirstAsync(b => b.Id == id)
        );
        await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(_ => Task.Run(() => house.As<PlaceBulk, bool>(house.Customer, p => p.StepAsync(row, 100, default))))
        );
        Assert.Equal(6, (await FindAsync(house, id)).Accepted);
        Assert.Equal(6, await house.CountAsync("orders.\"order\"", "party_id", house.Customer.PartyId));
        Assert.Equal((6, 0), ((await house.ListingAsync()).SoldCards, (await house.ListingAsync()).HeldCards));
    }

    [Fact]
    public async Task A_dry_run_counts_what_its_own_lines_would_take()
    {
        await using var house = await OpenAsync(db, settings: new() { ["Orders:BulkChunk"] = "3" });
        var bulk = await RunAsync(house, BulkMode.BestEffort, Lines(house, 18), dryRun: true);
        Assert.Equal((16, 2), (bulk.Accepted, bulk.Refused));
        await AssertNothingAsync(house);
    }

    [Fact]
    public async Task Malformed_lines_are_reported_at_their_place_and_the_others_are_unharmed()
    {
        await using var house = await OpenAsync(db);
        var lines = Lines(house, 8);
        lines[1] = JsonSerializer.SerializeToElement("not an object");
        lines[2] = With(lines[2], "hours", "three");
        lines[3] = With(lines[3], "hours", 0);
        lines[4] = With(lines[4], "variants", null);
        lines[5] = With(lines[5], "variants", new object?[] { null });
        lines[6] = With(lines[6], "replicas", 999);
        var bulk = await RunAsync(house, BulkMode.BestEffort, lines);
        Assert.Equal((BulkState.Completed, 2, 6), (bulk.State, bulk.Accepted, bulk.Refused));
        var results = await ResultsAsync(house, bulk.Id);
        Assert.Equal(
            ["accepted", "refused", "refused", "refused", "refused", "refused", "refused", "accepted"],
            results.Select(r => r.Status)
        );
        Assert.Equal(
            ["/lines/1", "/lines/2/hours", "/lines/3/hours", "/lines/4/variants", "/lines/5/variants/0"],
            results.Skip(1).Take(5).Select(r => r.Problem!.Errors[0].Pointer)
        );
        Assert.All(results.Skip(1).Take(6), r => Assert.NotEmpty(r.Problem!.Errors[0].Fix));
        Assert.Equal("no-placement", results[6].Problem!.Code);
        Assert.Equal(2, (await house.ListingAsync()).SoldCards);
    }

    [Fact]
    public async Task One_bad_line_takes_the_whole_atomic_order_back()
    {
        await using var house = await OpenAsync(db);
        var lines = Lines(house, 6);
        lines[4] = With(lines[4], "hours", -1);
        var bulk = await RunAsync(house, BulkMode.Atomic, lines);
        Assert.Equal((BulkState.Failed, 0, 6), (bulk.State, bulk.Accepted, bulk.Refused));
        var results = await ResultsAsync(house, bulk.Id);
        Assert.Equal("refused", results[4].Status);
        Assert.Equal("/lines/4/hours", results[4].Problem!.Errors[0].Pointer);
        Assert.Equal(5, results.Count(r => r.Status == "not-done"));
        await AssertNothingAsync(house);
        // The same lines without the bad one do go through.
        lines.RemoveAt(4);
        Assert.Equal(5, (await RunAsync(house, BulkMode.Atomic, lines)).Accepted);
    }

    [Fact]
    public async Task An_atomic_order_that_the_credit_does_not_cover_leaves_nothing()
    {
        await using var house = await OpenAsync(db, credit: 60);
        var bulk = await RunAsync(house, BulkMode.Atomic, Lines(house, 6));
        Assert.Equal((BulkState.Failed, 0, 6), (bulk.State, bulk.Accepted, bulk.Refused));
        Assert.Equal("insufficient-funds", Assert.Single(await ResultsAsync(house, bulk.Id), r => r.Status == "refused").Problem!.Code);
        await AssertNothingAsync(house);
    }

    [Fact]
    public async Task Best_effort_places_what_the_credit_covers_and_refuses_the_rest()
    {
        await using var house = await OpenAsync(db, credit: 60);
        var lines = Lines(house, 6);
        lines[0] = With(lines[0], "hours", "x");
        var bulk = await RunAsync(house, BulkMode.BestEffort, lines);
        // One line costs 2 h × 12.50 and tax: two of them fit into 60.
        Assert.Equal((BulkState.Completed, 2, 4), (bulk.State, bulk.Accepted, bulk.Refused));
        var results = await ResultsAsync(house, bulk.Id);
        Assert.Equal(3, results.Count(r => r.Problem?.Code == "insufficient-funds"));
        Assert.Equal((2, 0), ((await house.ListingAsync()).SoldCards, (await house.ListingAsync()).HeldCards));
    }

    [Fact]
    public async Task A_dry_run_prices_and_holds_nothing()
    {
        await using var house = await OpenAsync(db, credit: 0);
        foreach (var mode in new[] { BulkMode.BestEffort, BulkMode.Atomic })
        {
            var bulk = await RunAsync(house, mode, Lines(house, 4), dryRun: true);
            Assert.Equal((BulkState.Completed, 4), (bulk.State, bulk.Accepted));
            Assert.True(bulk.Total!.Value.Micros > 0);
            Assert.All(await ResultsAsync(house, bulk.Id), r => Assert.Equal(("priced", null), (r.Status, r.OrderId)));
        }
        await AssertNothingAsync(house);
    }

    [Fact]
    public async Task A_highest_price_is_kept()
    {
        await using var house = await OpenAsync(db);
        var bulk = await RunAsync(house, BulkMode.BestEffort, Lines(house, 2), maxUnitPrice: Retail - 0.01m);
        Assert.Equal(0, bulk.Accepted);
        Assert.All(await ResultsAsync(house, bulk.Id), r => Assert.Equal("no-placement", r.Problem!.Code));
        Assert.Equal(2, (await RunAsync(house, BulkMode.BestEffort, Lines(house, 2), maxUnitPrice: Retail)).Accepted);
    }

    [Fact]
    public async Task After_a_crash_between_steps_it_goes_on_and_no_line_is_placed_twice()
    {
        await using var house = await OpenAsync(db, settings: new() { ["Orders:BulkChunk"] = "3" });
        var bulk = Ok(await SubmitAsync(house, BulkMode.BestEffort, Lines(house, 8)));
        var row = await house.As<MarketplaceDbContext, BulkOrder>(
            Platform.Parties.Actor.System,
            c => c.Set<BulkOrder>().AsNoTracking().FirstAsync(b => b.Id == bulk.Id)
        );
        // One step, then the process is gone.
        Assert.True(await house.As<PlaceBulk, bool>(house.Customer, p => p.StepAsync(row, 3, default)));
        Assert.Equal(3, (await FindAsync(house, bulk.Id)).Accepted);
        await house.DeliverAsync<BulkSubmitted>();
        var done = await FindAsync(house, bulk.Id);
        Assert.Equal((BulkState.Completed, 8), (done.State, done.Accepted));
        Assert.Equal(8, (await house.ListingAsync()).SoldCards);
        // And delivered again, it changes nothing, not even the time it was finished.
        house.Time.Advance(TimeSpan.FromMinutes(1));
        await house.RelayAsync(new BulkSubmitted(bulk.Id));
        Assert.Equal(done, await FindAsync(house, bulk.Id));
        Assert.Equal(8, (await house.ListingAsync()).SoldCards);
    }

    [Fact]
    public async Task Submitting_is_idempotent_and_checks_its_size()
    {
        await using var house = await OpenAsync(db);
        string key = house.NewKey();
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SubmitAsync(house, BulkMode.BestEffort, Lines(house, 2), key)));
        Assert.Single(all.Select(b => Ok(b).Id).Distinct());
        Assert.Equal("idempotency-key-reused", Refused(await SubmitAsync(house, BulkMode.BestEffort, Lines(house, 3), key)).Code);
        Assert.Equal("/lines", Refused(await SubmitAsync(house, BulkMode.BestEffort, [])).Errors[0].Pointer);
        var other = await house.PartyAsync(Platform.Parties.PartyKinds.Customer, "Other");
        Assert.Null(await house.As<IBulkOrders, BulkOrderView?>(other, b => b.FindAsync(all[0].Value.Id, default)));
        Assert.Empty(
            (await house.As<IBulkOrders, Page<BulkLineResult>>(other, b => b.ResultsAsync(all[0].Value.Id, new PageQuery(), default))).Items
        );
    }

    private static List<JsonElement> Lines(OrdersHouse house, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    JsonSerializer.SerializeToElement(
                        new
                        {
                            name = $"line-{i}",
                            product = "job",
                            image = "team/train:1",
                            hours = 2,
                            offerId = house.OfferId,
                        }
                    )
                ),
        ];

    private static JsonElement With(JsonElement line, string field, object? value)
    {
        var fields = line.Deserialize<Dictionary<string, object?>>()!;
        fields[field] = value;
        return JsonSerializer.SerializeToElement(fields);
    }

    private static Task<Outcome<BulkOrderView>> SubmitAsync(
        OrdersHouse house,
        BulkMode mode,
        IReadOnlyList<JsonElement> lines,
        string? key = null,
        bool dryRun = false,
        decimal? maxUnitPrice = null
    ) =>
        house.As<IBulkOrders, Outcome<BulkOrderView>>(
            house.Customer,
            b =>
                b.SubmitAsync(
                    new BulkOrderRequest
                    {
                        Mode = mode,
                        DryRun = dryRun,
                        MaxUnitPrice = maxUnitPrice,
                        Lines = lines,
                    },
                    key ?? house.NewKey(),
                    default
                )
        );

    private static async Task<BulkOrderView> RunAsync(
        OrdersHouse house,
        BulkMode mode,
        IReadOnlyList<JsonElement> lines,
        bool dryRun = false,
        decimal? maxUnitPrice = null
    )
    {
        var bulk = Ok(await SubmitAsync(house, mode, lines, dryRun: dryRun, maxUnitPrice: maxUnitPrice));
        Assert.Equal((BulkState.Running, 0), (bulk.State, bulk.Done));
        Assert.Contains(await house.DeliverAsync<BulkSubmitted>(), m => m.BulkOrderId == bulk.Id);
        return await FindAsync(house, bulk.Id);
    }

    private static async Task<BulkOrderView> FindAsync(OrdersHouse house, string id) =>
        (await house.As<IBulkOrders, BulkOrderView?>(house.Customer, b => b.FindAsync(id, default)))!;

    private static async Task<IReadOnlyList<BulkLineResult>> ResultsAsync(OrdersHouse house, string id, int limit = 50) =>
        (
            await house.As<IBulkOrders, Page<BulkLineResult>>(
                house.Customer,
                b => b.ResultsAsync(id, new PageQuery { Limit = limit }, default)
            )
        ).Items;

    private static async Task AssertNothingAsync(OrdersHouse house)
    {
        Assert.Equal(0, await house.CountAsync("orders.\"order\"", "party_id", house.Customer.PartyId));
        Assert.Equal(0, await house.CountAsync("orders.quote", "party_id", house.Customer.PartyId));
        Assert.Equal(0, await house.CountAsync("provisioning.workload", "customer_id", house.Customer.PartyId));
        Assert.Equal(0, (await house.WalletAsync()).Held.Micros);
        Assert.Equal(16, (await house.ListingAsync()).FreeCards);
    }
}
