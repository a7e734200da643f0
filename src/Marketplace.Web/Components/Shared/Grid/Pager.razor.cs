using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Grid;

/// <summary>Which rows are shown, and the way to the others.</summary>
public partial class Pager
{
    /// <summary>From 1.</summary>
    [Parameter, EditorRequired]
    public int Page { get; set; }

    [Parameter, EditorRequired]
    public int Size { get; set; }

    /// <summary>Null when it was not counted.</summary>
    [Parameter, EditorRequired]
    public long? Total { get; set; }

    /// <summary>With an unknown total: whether another page follows.</summary>
    [Parameter]
    public bool HasMore { get; set; }

    [Parameter]
    public EventCallback<int> OnPage { get; set; }

    private long? Pages => Total is { } total ? Math.Max(1, (total + Size - 1) / Size) : null;

    private bool HasNext => Pages is { } pages ? Page < pages : HasMore;

    private long First => Math.Min(Total ?? long.MaxValue, ((long)Page - 1) * Size + 1);

    private long Last => Math.Min(Total ?? long.MaxValue, (long)Page * Size);
}
