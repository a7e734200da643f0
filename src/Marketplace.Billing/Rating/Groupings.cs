using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Rating;

/// <param name="KeySql">The group's key over a line <c>r</c> with its <c>side</c>, its terms <c>t</c> and its scope <c>s</c>; null for none.</param>
/// <param name="Knows">The sides that know this of a trade.</param>
internal sealed record Grouping(string Name, string KeySql, IReadOnlyList<Side> Knows)
{
    /// <summary>The key where the line is seen from a side that knows it, else empty: the amount is never left out.</summary>
    public string MaskedSql =>
        Knows.Count == 3
            ? $"coalesce({KeySql}, '')"
            : $"coalesce(case when r.side in ({string.Join(", ", Knows.Select(s => $"'{s.ToString().ToLowerInvariant()}'"))}) then {KeySql} end, '')";
}

/// <summary>What can be grouped by, and who may.</summary>
internal static class Groupings
{
    private static readonly Side[] Everybody = [Side.Customer, Side.Operator, Side.Center];

    public static IReadOnlyList<Grouping> All { get; } =
    [
        new(CostGroupings.Day, "to_char(r.window_from at time zone 'UTC', 'YYYY-MM-DD')", Everybody),
        new(CostGroupings.DeviceModel, "t.device_model", Everybody),
        new(CostGroupings.Order, "r.order_id", Everybody),
        new(CostGroupings.Contract, "r.contract_id", Everybody),
        new(CostGroupings.Project, "s.project_id", [Side.Customer]),
        new(CostGroupings.Member, "s.member_id", [Side.Customer]),
        new(CostGroupings.Bundle, "s.bundle_id", [Side.Customer, Side.Operator]),
        new(CostGroupings.Customer, "r.customer_id", [Side.Operator]),
        new(CostGroupings.Offer, "s.offer_id", [Side.Operator]),
        new(CostGroupings.Site, "s.site_id", [Side.Operator, Side.Center]),
        new(CostGroupings.Cluster, "s.cluster_id", [Side.Center]),
    ];

    public static Grouping? Find(string name) => All.FirstOrDefault(g => g.Name == name);

    public static string NamesFor(Side? side) =>
        string.Join(", ", All.Where(g => side is not { } known || g.Knows.Contains(known)).Select(g => g.Name));
}
