using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Icons;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Actions;

/// <summary>One of a few choices.</summary>
public sealed record Choice<TValue>(TValue Value, string Text, IconName? Icon = null);

/// <summary>Two to five choices side by side. With <see cref="QueryKey"/> the choice lives in the URL.</summary>
public sealed partial class SegmentedControl<TValue> : IDisposable
{
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    [Parameter, EditorRequired]
    public IReadOnlyList<Choice<TValue>> Options { get; set; } = [];

    [Parameter]
    public TValue? Value { get; set; }

    [Parameter]
    public EventCallback<TValue> ValueChanged { get; set; }

    /// <summary>Name of the query parameter that holds the choice. The first option is the default and leaves the URL clean.</summary>
    [Parameter]
    public string? QueryKey { get; set; }

    [Inject]
    private QueryState Query { get; set; } = default!;

    protected override void OnInitialized() => Query.Changed += StateHasChanged;

    public void Dispose() => Query.Changed -= StateHasChanged;

    private static string Text(TValue? value) => value?.ToString() ?? "";

    private bool IsOn(Choice<TValue> option)
    {
        if (QueryKey is null)
        {
            return EqualityComparer<TValue>.Default.Equals(option.Value, Value);
        }

        var chosen = Query.Get(QueryKey);
        return chosen is null ? option == Options[0] : Text(option.Value) == chosen;
    }

    private async Task ChooseAsync(Choice<TValue> option)
    {
        if (QueryKey is not null)
        {
            Query.Set(QueryKey, option == Options[0] ? null : Text(option.Value));
        }

        await ValueChanged.InvokeAsync(option.Value);
    }
}
