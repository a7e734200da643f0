namespace Marketplace.Web.Components.Shared.Capacity;

/// <summary>What one card is doing. One cell is one card, everywhere.</summary>
public enum CellState
{
    /// <summary>No card, or none that counts here.</summary>
    None,
    Free,
    Sold,
    Own,
    Held,
    Faulty,
}

/// <summary>The class that gives a state its fill and its shape.</summary>
public static class CellStates
{
    /// <summary>In the order a legend lists them.</summary>
    public static readonly IReadOnlyList<CellState> Shown =
    [
        CellState.Sold,
        CellState.Free,
        CellState.Held,
        CellState.Own,
        CellState.Faulty,
    ];

    public static string? Class(CellState state) =>
        state switch
        {
            CellState.Free => "f",
            CellState.Sold => "s",
            CellState.Own => "o",
            CellState.Held => "h",
            CellState.Faulty => "x",
            _ => null,
        };
}
