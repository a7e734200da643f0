using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Monetary;

namespace Marketplace.Orders.Tests;

/// <summary>What a quote keeps as JSON comes back as it was.</summary>
public sealed class StoredQuoteTests
{
    [Fact]
    public void An_alternative_keeps_its_money()
    {
        Currency currency = Currency.Parse("CNY");
        var stored = new AlternativeView(
            "cheaper",
            "off_1",
            "H100, Shanghai",
            "Shanghai",
            "H100",
            new Money(12_340_001, currency),
            new Money(-1, currency),
            0.36m,
            "why"
        );
        string json = JsonSerializer.Serialize(stored, OrdersJson.Options);
        Assert.Equal(stored, JsonSerializer.Deserialize<AlternativeView>(json, OrdersJson.Options));
    }
}
