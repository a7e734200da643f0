using System.Globalization;
using Bunit;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Customers.Orders;
using Marketplace.Web.Tests.Hosting;
using Npgsql;

namespace Marketplace.Web.Tests.Features;

/// <summary>A table of the portal sorted by its column's header, down to the database.</summary>
public sealed class SortedTableTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    [Fact]
    public async Task Orders_are_sorted_by_the_header_that_is_clicked_and_the_url_keeps_it()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        foreach (var (name, held) in new[] { ("bo", 20), ("ada", 30), ("cleo", 10) })
            await OrderAsync(party, name, held);
        Navigation.NavigateTo("/orders?page=1");
        var page = Render<OrdersPage>();
        await ShowsAsync(page, "cleo", "ada", "bo");

        await PressAsync(page, () => Header(page, "Held"));
        await ShowsAsync(page, "cleo", "bo", "ada");
        Assert.EndsWith("/orders?sort=held", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("ascending", Header(page, "Held").ParentElement!.GetAttribute("aria-sort"));
        Assert.Null(Header(page, "Name").ParentElement!.GetAttribute("aria-sort"));

        await PressAsync(page, () => Header(page, "Held"));
        await ShowsAsync(page, "ada", "bo", "cleo");
        Assert.EndsWith("/orders?sort=-held", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("descending", Header(page, "Held").ParentElement!.GetAttribute("aria-sort"));

        // The other tab's table has an order of its own, which is not this one's.
        Navigation.NavigateTo("/orders?sort=-held&tab=bulk");
        await page.WaitForAssertionAsync(() => Assert.Contains("bulk", page.Markup, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(page.FindAll(".error"));
    }

    private static AngleSharp.Dom.IElement Header(IRenderedComponent<OrdersPage> page, string title) =>
        page.FindAll("th button.sort").Single(b => b.TextContent == title);

    private static Task ShowsAsync(IRenderedComponent<OrdersPage> page, params string[] names) =>
        page.WaitForAssertionAsync(() => Assert.Equal(names, page.FindAll("tbody td:first-child a").Select(a => a.TextContent)));

    private int made;

    private async Task OrderAsync(string party, string name, int held)
    {
        // Ids grow in the order of placing, as the product's do: cleo, ada, bo from the newest when bo is the first.
        string id = $"ord_{(name == "bo" ? 1 : name == "ada" ? 2 : 3)}{party}{++made}";
        await using var source = NpgsqlDataSource.Create(Host.TestDatabase.OwnerConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                insert into orders."order" (id, party_id, name, currency, idempotency_key, created_at) values ('{id}', '{party}', '{name}', 'CNY', '{id}', now());
                insert into orders.order_line (id, order_id, party_id, number, state, description, held_micros)
                values ('{id}-1', '{id}', '{party}', 1, 'InProgress', '1 x L40S', {held * 1_000_000L});
                """
            )
        );
        await command.ExecuteNonQueryAsync();
    }
}
