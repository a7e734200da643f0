using Marketplace.Web.Components.Shared.Capacity;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Figures;

/// <summary>One part of a <see cref="SplitMeter"/>.</summary>
public sealed record MeterPart(string Label, double Value, CellState State);

/// <summary>A bar cut into named parts, such as who earns what of a price.</summary>
public partial class SplitMeter
{
    [Parameter, EditorRequired]
    public IReadOnlyList<MeterPart> Parts { get; set; } = [];

    private string Spoken
    {
        get
        {
            var total = Parts.Sum(part => part.Value);
            return string.Join(", ", Parts.Select(part => $"{part.Label} {Numbers.Percent(total > 0 ? part.Value / total : 0)}"));
        }
    }
}
