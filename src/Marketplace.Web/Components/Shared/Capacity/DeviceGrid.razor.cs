using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Capacity;

/// <summary>One node of a <see cref="DeviceGrid"/>: a box of cells, one a card.</summary>
/// <param name="Drained">True outlines the box in red: the node takes no new work.</param>
public sealed record DeviceNode(string Name, IReadOnlyList<CellState> Cards, bool Drained = false);

/// <summary>The fleet map: one box is one node, one cell is one card.</summary>
public partial class DeviceGrid
{
    [Parameter, EditorRequired]
    public IReadOnlyList<DeviceNode> Nodes { get; set; } = [];

    /// <summary>What the map shows, for screen readers.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>Boxes per row. Null fills the width.</summary>
    [Parameter]
    public int? Columns { get; set; }

    /// <summary>Where a box leads; null makes boxes plain.</summary>
    [Parameter]
    public Func<DeviceNode, string>? NodeHref { get; set; }

    [Inject]
    private IStringLocalizer<SharedText> T { get; set; } = default!;

    private static string ClassOf(DeviceNode node) => node.Drained ? "nd drain" : "nd";

    // Two rows up to eight cards, four beyond; a node of one to three cards is one row.
    private static string Shape(DeviceNode node)
    {
        var columns = node.Cards.Count switch
        {
            <= 3 => Math.Max(1, node.Cards.Count),
            <= 8 => (node.Cards.Count + 1) / 2,
            _ => (node.Cards.Count + 3) / 4,
        };
        return $"grid-template-columns:repeat({columns.ToString(CultureInfo.InvariantCulture)},1fr)";
    }

    private string Spoken(DeviceNode node) =>
        node.Name
        + ": "
        + string.Join(
            ", ",
            node.Cards.GroupBy(card => card)
                .OrderByDescending(group => group.Count())
                .Select(group => $"{group.Count()} {T["Cell." + group.Key]}")
        );
}
