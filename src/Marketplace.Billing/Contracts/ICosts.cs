using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>The names of what costs and earnings are grouped by.</summary>
public static class CostGroupings
{
    public const string Day = "day";
    public const string DeviceModel = "deviceModel";
    public const string Order = "order";
    public const string Contract = "contract";

    /// <summary>The customer's own order: who else is on the trade does not learn it, nor the member.</summary>
    public const string Project = "project";
    public const string Member = "member";

    /// <summary>For the customer and the operator who sold it.</summary>
    public const string Bundle = "bundle";

    /// <summary>For the operator, as the offer.</summary>
    public const string Customer = "customer";
    public const string Offer = "offer";

    /// <summary>For the operator and the center.</summary>
    public const string Site = "site";

    /// <summary>For the center.</summary>
    public const string Cluster = "cluster";

    public static IReadOnlyList<string> All { get; } =
    [Day, DeviceModel, Order, Contract, Project, Member, Bundle, Customer, Offer, Site, Cluster];
}

/// <param name="Unit">The priced unit in the singular: <c>card-hour</c>, <c>million-token</c>.</param>
/// <param name="Amount">What of the group's amount was for this unit.</param>
public sealed record CostQuantity(string Unit, decimal Quantity, Money Amount);

/// <summary>Which costs or earnings to add up, from rated usage by the time it was used.</summary>
/// <param name="By">One of <see cref="CostGroupings.All"/> that the side knows.</param>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive; at most 400 days after <paramref name="From"/>.</param>
public sealed record CostQuery(string By, string Currency, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary><c>customer</c>, <c>operator</c> or <c>center</c>; null takes the first of these that the acting party is.</summary>
    public string? Side { get; init; }

    /// <summary>Each group by day in UTC.</summary>
    public bool Daily { get; init; }
}

/// <param name="Total">The sum of the groups, to the micro-unit. A customer's includes tax.</param>
public sealed record CostReport(
    string By,
    string Side,
    Currency Currency,
    DateTimeOffset From,
    DateTimeOffset To,
    Money Total,
    IReadOnlyList<CostGroup> Groups
);

/// <summary>The acting party's costs, or what it earned of others' usage, before anything that was booked besides usage.</summary>
public interface ICosts
{
    /// <summary>Fails with the parameter and the fix: an unknown grouping, one that the side does not know, a currency, a period.</summary>
    Task<Outcome<CostReport>> ReportAsync(CostQuery query, CancellationToken ct);

    /// <summary>A report as CSV, one row per group and unit; the amounts add up to the report's total.</summary>
    /// <param name="names">Names for people by key; a key without one has an empty name.</param>
    FileDownload Csv(CostReport report, IReadOnlyDictionary<string, string> names);

    /// <summary>What the acting customer's contracts that have ended were charged in a period, tax included: nothing of it goes on by itself.</summary>
    Task<Money> EndedAsync(Currency currency, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);
}
