using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.E2E.Books;
using Marketplace.E2E.Hosting;
using Marketplace.E2E.Inputs;

namespace Marketplace.E2E.Flows;

/// <summary>
/// Four roads to the same figures: the allocations' seconds at the contract's price, the ledger's legs, what the API charges and invoices, and the
/// three statements. Each is compared per contract and per party, to the micro-unit.
/// </summary>
internal sealed class Settlement(TradeFloor trade, LedgerSums sums)
{
    private static readonly string[] OfCustomer = ["customer.available", "customer.promo", "customer.held", "unbilled", "receivable"];
    private static readonly string[] OfCenter = ["center.pending", "center.payable"];
    private static readonly string[] OfOperator = ["operator.pending", "operator.payable"];

    public async Task AgreesAsync(IReadOnlyList<Purchase> purchases, IReadOnlyList<Allocation> allocations)
    {
        var expected = new Dictionary<string, Amounts>(StringComparer.Ordinal);
        long rounding = 0;
        foreach (var purchase in purchases)
        {
            var own = allocations.Where(a => a.ContractId == purchase.ContractId).ToList();
            var amounts = Recompute(purchase, own);
            expected.Add(purchase.ContractId, amounts);
            await LegsAreAsync(purchase, amounts);
            await ChargesAreAsync(purchase, amounts);
            rounding += await InvoiceIsAsync(purchase, amounts, own.Sum(a => a.CardSeconds));
        }
        Assert.Equal(
            expected.Keys.Order(StringComparer.Ordinal),
            allocations.Select(a => a.ContractId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );
        var paid = (long)(TradeFloor.TopUp * 1_000_000m);
        await StatementIsAsync(trade.Customer, "customer", OfCustomer, expected, a => -a.Total, opening: paid, rounding: -rounding);
        await StatementIsAsync(trade.Center, "center", OfCenter, expected, a => a.Center, opening: 0, rounding: 0);
        await StatementIsAsync(trade.Operator, "operator", OfOperator, expected, a => a.Operator, opening: 0, rounding: 0);
        await WalletIsAsync(paid - rounding - expected.Values.Sum(a => a.Total));
    }

    /// <summary>Price × the seconds × cards of all pods together, rounded once.</summary>
    private static Amounts Recompute(Purchase purchase, IReadOnlyList<Allocation> own)
    {
        Assert.NotEmpty(own);
        decimal together = 0;
        foreach (var one in own)
        {
            var cardSeconds = decimal.Round(one.Cards * (one.FinishedAt - one.ReadyAt).Ticks / TimeSpan.TicksPerSecond, 6);
            Assert.True(cardSeconds > 0, $"{one.PodUid} ran for nothing.");
            Assert.Equal(cardSeconds, one.CardSeconds);
            together += cardSeconds;
        }
        return purchase.Price.Of(together);
    }

    private async Task LegsAreAsync(Purchase purchase, Amounts amounts)
    {
        var legs = await sums.ChargedAsync(purchase.ContractId);
        Assert.Equal(
            new SortedDictionary<string, long>(StringComparer.Ordinal)
            {
                ["center.pending"] = amounts.Center,
                ["commission"] = amounts.Commission,
                ["customer.held"] = -amounts.Total,
                ["operator.pending"] = amounts.Operator,
                ["tax"] = amounts.Tax,
            },
            new SortedDictionary<string, long>(legs.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal)
        );
    }

    private async Task ChargesAreAsync(Purchase purchase, Amounts amounts)
    {
        var path = $"/charges?contractId={purchase.ContractId}";
        var paid = await trade.Customer.ListAsync(path);
        Assert.Equal((amounts.Net, amounts.Tax), (paid.Sum(c => c.Micros("amount")), paid.Sum(c => c.Micros("tax"))));
        Assert.Equal(amounts.Center, (await trade.Center.ListAsync(path)).Sum(c => c.Micros("amount")));
        Assert.Equal(amounts.Operator, (await trade.Operator.ListAsync(path)).Sum(c => c.Micros("amount")));
    }

    /// <returns>What the invoice's rounding to cents took from the customer.</returns>
    private async Task<long> InvoiceIsAsync(Purchase purchase, Amounts amounts, decimal cardSeconds)
    {
        JsonNode? invoice = null;
        foreach (var listed in await trade.Customer.ListAsync("/invoices"))
        {
            var full = await trade.Customer.GetAsync($"/invoices/{listed.Id()}");
            if (full["lines"]!.AsArray().Any(l => l!.Text("contractId") == purchase.ContractId))
            {
                Assert.Null(invoice);
                invoice = full;
            }
        }
        var line = Assert.Single(invoice!["lines"]!.AsArray())!;
        Assert.Equal((amounts.Net, amounts.Tax, amounts.Total), (line.Micros("net"), line.Micros("tax"), line.Micros("total")));
        Assert.Equal(purchase.Price.Retail, line.Number("unitPrice"));
        Assert.Equal(decimal.Round(cardSeconds / 3600m, 12), line.Number("quantity"));
        Assert.Equal((amounts.Net, amounts.Tax), (invoice.Micros("net"), invoice.Micros("tax")));
        var total = (long)(decimal.Round(amounts.Total / 1_000_000m, 2, MidpointRounding.ToEven) * 1_000_000m);
        Assert.Equal((total, total - amounts.Total), (invoice.Micros("total"), invoice.Micros("rounding")));
        Assert.Equal(("paid", 0), (invoice.State(), invoice.Micros("open")));
        return total - amounts.Total;
    }

    private async Task StatementIsAsync(
        PartyApi party,
        string role,
        string[] accounts,
        Dictionary<string, Amounts> expected,
        Func<Amounts, long> part,
        long opening,
        long rounding
    )
    {
        var now = TimeProvider.System.GetUtcNow();
        var statement = await party.GetAsync(
            $"/statements?role={role}&currency={PublicPrices.Currency}&from={Text(now.AddDays(-1))}&to={Text(now.AddDays(1))}"
        );
        var lines = statement["lines"]!.AsArray().Select(l => l!).ToList();
        Assert.Equal(0, statement.Micros("opening"));
        // Each contract's own figure, from however many days it ran on.
        Assert.Equal(
            expected.ToDictionary(e => e.Key, e => part(e.Value), StringComparer.Ordinal).OrderBy(e => e.Key, StringComparer.Ordinal),
            lines
                .Where(l => l.Text("kind") == "charge")
                .GroupBy(l => l.Text("contractId")!, StringComparer.Ordinal)
                .Select(g => KeyValuePair.Create(g.Key, g.Sum(l => l.Micros("amount"))))
                .OrderBy(e => e.Key, StringComparer.Ordinal)
        );
        Assert.Equal(opening, lines.Where(l => l.Text("kind") == "top-up").Sum(l => l.Micros("amount")));
        Assert.Equal(rounding, lines.Where(l => l.Text("kind") is not ("charge" or "top-up")).Sum(l => l.Micros("amount")));
        Assert.Equal(lines.Sum(l => l.Micros("amount")), statement.Micros("closing"));
        Assert.Equal(await sums.PositionAsync(party.PartyId, accounts), statement.Micros("closing"));
    }

    private async Task WalletIsAsync(long available)
    {
        var wallet = await trade.Customer.GetAsync($"/wallet?currency={PublicPrices.Currency}");
        Assert.Equal((available, 0), (wallet.Micros("available"), wallet.Micros("held")));
        Assert.Equal(available, await sums.PositionAsync(trade.CustomerId, OfCustomer));
    }

    private static string Text(DateTimeOffset time) =>
        Uri.EscapeDataString(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
