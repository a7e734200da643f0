using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Bulk;
using Marketplace.Orders.Features.Contracts;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using OrderList = Marketplace.Orders.Features.Purchase.Orders;

namespace Marketplace.Orders.Tests;

/// <summary>Every sort of every list, both ways, page by page.</summary>
public sealed class SortingTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly (string Name, int Replicas, decimal Hours)[] Asked =
    [
        ("cleo", 1, 3),
        ("ada", 2, 1),
        ("bo", 1, 3),
        ("ada", 1, 4),
        ("dot", 3, 1),
        ("bo", 1, 2),
        ("edith", 2, 2),
    ];

    private static IReadOnlyList<IComparable> By(params IComparable[] keys) => keys;

    [Fact]
    public async Task Quotes_are_sorted_by_every_field_in_pages()
    {
        await using var house = await OrdersHouse.OpenAsync(db);
        foreach (var (name, replicas, hours) in Asked)
        {
            OrdersHouse.Ok(await house.QuoteAsync(house.Request(replicas, hours) with { Name = name }));
            house.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await SortedPages.CheckAsync(
            Quotes.Sorting.Fields,
            page => house.As<IQuotes, Page<QuoteView>>(house.Customer, q => q.ListAsync(new QuoteQuery().For(page), default)),
            q => q.Id,
            ("createdAt", q => By(q.CreatedAt)),
            ("name", q => By(q.Request.Name)),
            ("total", q => By(q.Currency.Code, q.Total.Micros)),
            ("expiresAt", q => By(q.ExpiresAt))
        );
    }

    [Fact]
    public async Task Orders_and_contracts_are_sorted_by_every_field_in_pages()
    {
        await using var house = await OrdersHouse.OpenAsync(db);
        List<ContractView> bought = [];
        foreach (var (name, replicas, hours) in Asked)
        {
            bought.Add(await house.BuyAsync(house.Request(replicas, hours) with { Name = name }));
            house.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await house.ReportAsync(bought[3].Id, Provisioning.Contracts.WorkloadPhase.Ready, readyAt: house.Now);
        await SortedPages.CheckAsync(
            OrderList.Sorting.Fields,
            page => house.As<IOrders, Page<OrderView>>(house.Customer, o => o.ListAsync(new OrderQuery().For(page), default)),
            o => o.Id,
            ("createdAt", o => By(o.CreatedAt)),
            ("name", o => By(o.Name)),
            ("held", o => By(o.Currency.Code, o.Held.Micros)),
            ("lines", o => By(o.Lines.Count))
        );

        // Retail prices the center may not read, in an order of their own: the center sorts by its wholesale price.
        foreach (var (contract, i) in bought.Select((c, i) => (c, i)))
            await house.ExecuteAsync(
                $"update orders.contract set retail_per_card_hour = {20 - (i * 3 % 7)}, wholesale_per_card_hour = {5 + (i % 3)} where id = '{contract.Id}'"
            );
        foreach (Actor viewer in new[] { house.Customer, house.Operator, house.Center, OrdersHouse.Desk })
            await SortedPages.CheckAsync(
                ContractSorting.Rules.Fields,
                page =>
                    house.As<IContracts, Page<ContractView>>(
                        viewer,
                        c => c.ListAsync(new ContractQuery { OrderId = null, Search = null }.For(page), default)
                    ),
                c => c.Id,
                ("createdAt", c => By(c.Id)),
                ("name", c => By(c.Name)),
                ("cards", c => By(c.Cards)),
                ("readyAt", c => By(c.ReadyAt ?? DateTimeOffset.MaxValue)),
                ("endsAt", c => By(c.EndedAt ?? c.EndsAt)),
                ("pricePerCardHour", c => By(c.Currency.Code, PriceFor(viewer, house, c))),
                ("perHour", c => By(c.Currency.Code, PriceFor(viewer, house, c) * c.Cards))
            );
    }

    private static decimal PriceFor(Actor viewer, OrdersHouse house, ContractView contract) =>
        viewer == house.Center ? contract.WholesalePerCardHour!.Value : contract.UnitPricePerCardHour;

    [Fact]
    public async Task Bulk_orders_and_their_lines_are_sorted_by_every_field_in_pages()
    {
        await using var house = await OrdersHouse.OpenAsync(db);
        string last = "";
        foreach (int lines in new[] { 3, 1, 2, 3, 7 })
        {
            var request = new BulkOrderRequest
            {
                DryRun = true,
                Lines =
                [
                    .. Enumerable
                        .Range(0, lines)
                        .Select(i =>
                            JsonSerializer.SerializeToElement(
                                house.Request(1, i == 2 ? -1 : 1 + (i % 3)) with
                                {
                                    Name = $"line-{i}",
                                },
                                OrdersJson.Options
                            )
                        ),
                ],
            };
            last = OrdersHouse
                .Ok(
                    await house.As<IBulkOrders, Outcome<BulkOrderView>>(
                        house.Customer,
                        b => b.SubmitAsync(request, house.NewKey(), default)
                    )
                )
                .Id;
        }
        await house.DeliverAsync<BulkSubmitted>();
        await SortedPages.CheckAsync(
            BulkOrders.Sorting.Fields,
            page => house.As<IBulkOrders, Page<BulkOrderView>>(house.Customer, b => b.ListAsync(page, default)),
            b => b.Id,
            ("createdAt", b => By(b.Id)),
            ("lines", b => By(b.Lines))
        );
        await SortedPages.CheckAsync(
            BulkOrders.LineSorting.Fields,
            page => house.As<IBulkOrders, Page<BulkLineResult>>(house.Customer, b => b.ResultsAsync(last, page, default)),
            l => $"{l.Line}",
            ("line", l => By(l.Line)),
            ("status", l => By(l.Status)),
            ("total", l => By(l.Total?.Currency.Code ?? "", l.Total?.Micros ?? 0))
        );
        var first = await house.As<IBulkOrders, Page<BulkLineResult>>(
            house.Customer,
            b => b.ResultsAsync(last, new PageQuery { Limit = 3 }, default)
        );
        Assert.Equal([0, 1, 2], first.Items.Select(l => l.Line));
    }

    [Fact]
    public async Task A_cursor_belongs_to_the_sort_it_was_made_under_and_unknown_fields_are_refused()
    {
        await using var house = await OrdersHouse.OpenAsync(db);
        foreach (var (name, replicas, hours) in Asked.Take(3))
            OrdersHouse.Ok(await house.QuoteAsync(house.Request(replicas, hours) with { Name = name }));
        Task<Page<QuoteView>> Read(PageQuery page) =>
            house.As<IQuotes, Page<QuoteView>>(house.Customer, q => q.ListAsync(new QuoteQuery().For(page), default));

        string cursor = (await Read(new PageQuery { Sort = "name", Limit = 1 })).NextCursor!;
        Assert.True(Quotes.Sorting.IsCursor("name", cursor));
        foreach (string? other in new[] { "-name", "total", null, "no-such-field" })
        {
            Assert.False(Quotes.Sorting.IsCursor(other, cursor));
            await Assert.ThrowsAsync<ArgumentException>(() => Read(new PageQuery { Sort = other, Cursor = cursor }));
        }
        // Without a sort the list is what "-createdAt" is, and so are its cursors.
        string standard = (await Read(new PageQuery { Limit = 1 })).NextCursor!;
        Assert.Equal(2, (await Read(new PageQuery { Sort = "-createdAt", Cursor = standard })).Items.Count);
        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => Read(new PageQuery { Sort = "price" }));
        Assert.Contains("createdAt, name, total, expiresAt", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_come_while_paging_shift_nothing()
    {
        await using var house = await OrdersHouse.OpenAsync(db);
        foreach (var (name, replicas, hours) in Asked)
            OrdersHouse.Ok(await house.QuoteAsync(house.Request(replicas, hours) with { Name = name }));
        Task<Page<QuoteView>> Read(string? cursor) =>
            house.As<IQuotes, Page<QuoteView>>(
                house.Customer,
                q =>
                    q.ListAsync(
                        new QuoteQuery
                        {
                            Sort = "name",
                            Limit = 3,
                            Cursor = cursor,
                        },
                        default
                    )
            );
        var first = await Read(null);
        OrdersHouse.Ok(await house.QuoteAsync(house.Request() with { Name = "aaron" }));
        var second = await Read(first.NextCursor);
        Assert.Equal(["ada", "ada", "bo", "bo", "cleo", "dot"], first.Items.Concat(second.Items).Select(q => q.Request.Name));
    }
}

file static class Queries
{
    public static T For<T>(this T query, PageQuery page)
        where T : PageQuery => query with { Sort = page.Sort, Limit = page.Limit, Cursor = page.Cursor };
}
