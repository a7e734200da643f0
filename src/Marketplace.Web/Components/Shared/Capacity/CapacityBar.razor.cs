using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Capacity;

/// <summary>A share of free cards as a row of cells. Anything free fills at least one cell, and only all free fills them all.</summary>
public partial class CapacityBar
{
    [Parameter, EditorRequired]
    public long Free { get; set; }

    [Parameter, EditorRequired]
    public long Total { get; set; }

    /// <summary>What is free, for screen readers.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>How many cells the bar has.</summary>
    [Parameter]
    public int Cells { get; set; } = 8;

    internal int Filled
    {
        get
        {
            if (Free <= 0 || Total <= 0)
            {
                return 0;
            }

            var share = (int)Math.Round(Math.Min(1d, (double)Free / Total) * Cells, MidpointRounding.AwayFromZero);
            return Free >= Total ? Cells : Math.Clamp(share, 1, Cells - 1);
        }
    }
}
