using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Grid;

namespace Marketplace.Web.Components.Features.Dev;

/// <summary>A grid over sample rows that are computed, not stored.</summary>
public partial class GalleryList
{
    private static readonly IReadOnlyList<string> FilterKeys = ["kind"];

    private static readonly IReadOnlyList<FilterSpec> Filters =
    [
        new("Kind", "kind", "any", [new("gang job", "gang job"), new("endpoint", "endpoint"), new("namespace", "namespace")]),
    ];

    private static readonly (Tone Tone, string State)[] States =
    [
        (Tone.Running, "Running"),
        (Tone.Waiting, "Waiting for funds"),
        (Tone.Moving, "Moving"),
        (Tone.Ended, "Ended"),
        (Tone.Failed, "Failed"),
        (Tone.Own, "Own"),
    ];

    private static readonly IReadOnlyList<SampleOrder> All =
    [
        .. Enumerable
            .Range(1, 17)
            .Select(i => new SampleOrder(
                $"sample_{i:00}",
                $"sample-run-{i}",
                Filters[0].Options[i % 3].Value,
                8 * i,
                i % 5 * 2 * i,
                1240.5m * i,
                States[i % States.Length].Tone,
                States[i % States.Length].State,
                [.. Enumerable.Range(0, 20).Select(x => 10 - x * .3 + Math.Sin(x * i * .7))]
            )),
    ];

    private static Task<GridPage<SampleOrder>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var rows = All.Where(order => query.Search is null || order.Name.Contains(query.Search, StringComparison.OrdinalIgnoreCase))
            .Where(order => query.Filter("kind") is not { } kind || order.Kind == kind);
        Func<SampleOrder, IComparable> key = query.Sort switch
        {
            "name" => order => order.Name,
            "cards" => order => order.Cards,
            _ => order => order.Total,
        };
        var sorted = query.Descending ? rows.OrderByDescending(key) : rows.OrderBy(key);
        var all = sorted.ToList();
        return Task.FromResult(new GridPage<SampleOrder>([.. all.Skip(query.Skip).Take(query.Size)], all.Count));
    }

    private sealed record SampleOrder(
        string Id,
        string Name,
        string Kind,
        int Cards,
        int Free,
        decimal Total,
        Tone Tone,
        string State,
        IReadOnlyList<double> Trend
    );
}
