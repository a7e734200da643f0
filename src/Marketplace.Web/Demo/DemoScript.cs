using Marketplace.Market;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Demo;

/// <summary>Who and what the demo network consists of. Names and prices are invented for the demo; the flows behind them are real.</summary>
internal static class DemoScript
{
    /// <summary>All demo people share one password, printed at the start.</summary>
    public const string Password = "demo-Compute-2026";

    public sealed record Party(string Name, PartyKinds Kinds, string Country, string Email, string Person);

    public sealed record Place(
        string Center,
        string Site,
        string SiteZh,
        string Region,
        SiteTier Tier,
        double Latitude,
        double Longitude,
        string Cluster
    );

    /// <param name="PerCardHour">Wholesale CNY per card-hour.</param>
    public sealed record Price(string Model, decimal PerCardHour, bool Shared);

    public static readonly Party Desk = new("Network desk", PartyKinds.Platform, "CN", "desk@demo.example", "Lin Na");

    /// <summary>A small customer that is behind with an invoice.</summary>
    public static readonly Party Debtor = new("Xihu Subtitles", PartyKinds.Customer, "CN", "xihu@demo.example", "He Fang");

    public static readonly IReadOnlyList<Party> Parties =
    [
        new("Lingxi Robotics", PartyKinds.Customer, "CN", "customer@demo.example", "Chen Wei"),
        new("Pearl River Hospitals", PartyKinds.Customer, "CN", "hospital@demo.example", "Wang Jie"),
        new("Hohhot Green Compute", PartyKinds.Center, "CN", "center@demo.example", "Bai Tana"),
        new("Pujiang Compute", PartyKinds.Center, "CN", "pujiang@demo.example", "Zhao Min"),
        new("Sanjiang Edge", PartyKinds.Center, "CN", "edge@demo.example", "Sun Hao"),
        new("Yunlan Cloud", PartyKinds.Operator, "CN", "operator@demo.example", "Su Mei"),
        new("Beidou AI Services", PartyKinds.Operator, "CN", "beidou@demo.example", "Li Qiang"),
        Debtor,
        Desk,
    ];

    /// <summary>What a customer tops up at first, CNY.</summary>
    public static decimal FirstCredit(string customer) =>
        customer == Parties[0].Name ? 400_000m
        : customer == Debtor.Name ? 200m
        : 250_000m;

    /// <summary>The four sign-ins printed at the start.</summary>
    public static readonly IReadOnlyList<(string Role, string Email)> SignIns =
    [
        ("customer", "customer@demo.example"),
        ("center", "center@demo.example"),
        ("operator", "operator@demo.example"),
        ("admin", Desk.Email),
    ];

    public static readonly IReadOnlyList<Place> Places =
    [
        new("Hohhot Green Compute", "Hohhot", "呼和浩特", "north-china", SiteTier.Cloud, 40.84, 111.75, "cloud-chinese"),
        new("Pujiang Compute", "Shanghai", "上海", "east-china", SiteTier.Cloud, 31.23, 121.47, "cloud-nvidia"),
        new("Sanjiang Edge", "Suzhou edge", "苏州边缘", "east-china", SiteTier.Edge, 31.30, 120.58, "edge-arm"),
        // Each cloud chip has a little relative at an edge, so that a quote has something cheaper and nearer beside it.
        new("Sanjiang Edge", "Shenzhen edge", "深圳边缘", "south-china", SiteTier.Edge, 22.54, 114.06, "edge-chinese"),
    ];

    /// <summary>Sold for less where it may be reclaimed, and not with another promise.</summary>
    /// <param name="PerCardHour">Wholesale CNY per card-hour.</param>
    public sealed record Spot(string Cluster, string Model, decimal PerCardHour);

    /// <summary>Distances and egress prices between the demo's regions, where the settings name none.</summary>
    public static void Network(MarketOptions options)
    {
        foreach (var (from, to, roundTripMs) in Distances)
        {
            // A distance counts both ways, so the settings may name it the other way round.
            if (!options.RoundTripMs.ContainsKey($"{to}/{from}"))
                options.RoundTripMs.TryAdd($"{from}/{to}", roundTripMs);
            options.EgressPerGib.TryAdd($"{from}/{to}", new EgressOptions { Price = 0.5m, Currency = "CNY" });
            options.EgressPerGib.TryAdd($"{to}/{from}", new EgressOptions { Price = 0.5m, Currency = "CNY" });
        }
    }

    private static readonly (string From, string To, double RoundTripMs)[] Distances =
    [
        ("north-china", "east-china", 28),
        ("north-china", "south-china", 42),
        ("east-china", "south-china", 26),
    ];

    // A site of its own: beside an offer that runs until it is ended, the cheapest would hide it in the matrix.
    public static readonly IReadOnlyList<Spot> Spots = [new("edge-chinese", "Ascend310P", 0.45m)];

    public static readonly IReadOnlyList<Price> Prices =
    [
        new("H100", 14.20m, false),
        new("A100", 7.30m, true),
        new("L40S", 5.10m, true),
        new("Ascend910B", 5.42m, true),
        new("K100", 3.45m, false),
        new("MLU590", 5.60m, false),
        new("P800", 4.90m, false),
        new("Ascend310P", 0.80m, true),
        new("T4", 1.35m, true),
        new("L4", 2.60m, true),
        new("A10", 2.90m, true),
        new("MLU370", 1.90m, false),
        new("R300", 1.60m, false),
        new("Z100", 1.10m, false),
    ];

    /// <summary>Days after the demo's beginning on which a center's price changes.</summary>
    public static readonly IReadOnlyList<int> PriceDays = [8, 16, 24];

    /// <summary>What a price was in each of those weeks, as a share of today's; listings take turns.</summary>
    public static readonly IReadOnlyList<IReadOnlyList<decimal>> PriceWeeks =
    [
        [1.09m, 1.06m, 1.02m, 1m],
        [0.96m, 0.99m, 0.97m, 1m],
        [1.03m, 1.05m, 1.01m, 1m],
        [1.14m, 1.08m, 1.05m, 1m],
    ];

    /// <summary>Wholesale for a model nobody priced above.</summary>
    public const decimal OtherPrice = 4.00m;

    public static readonly IReadOnlyDictionary<string, decimal> Markups = new Dictionary<string, decimal>(StringComparer.Ordinal)
    {
        ["Yunlan Cloud"] = 0.18m,
        ["Beidou AI Services"] = 0.24m,
    };

    /// <summary>One model is sold with everything a price plan can say, so that a newcomer sees one.</summary>
    public static PricePlan? PlanOf(string? model) =>
        model?.StartsWith("H100", StringComparison.Ordinal) != true
            ? null
            : new PricePlan
            {
                Tiers = [new PriceTier(500, 0.92m), new PriceTier(2_000, 0.85m)],
                Pattern = new DayPattern("Asia/Shanghai", [new PatternBand([.. Enum.GetValues<DayOfWeek>()], 22, 6, 0.6m)]),
                Prepaid = new PrepaidPrice(0.7m, Days: 90, MinUnits: 100),
            };
}
