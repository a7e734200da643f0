using System.Globalization;

namespace Marketplace.Simulator.Fleets;

/// <summary>Equal machines in a row of racks.</summary>
internal sealed record NodeGroup
{
    public required string Prefix { get; init; }
    public required int Count { get; init; }
    public required int NodesPerRack { get; init; }
    public required SimulatedNode Model { get; init; }

    /// <summary>Racks are shared between groups that name the same room.</summary>
    public required string Room { get; init; }

    public IEnumerable<SimulatedNode> Build() =>
        Enumerable
            .Range(0, Count)
            .Select(i =>
                Model with
                {
                    Name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{i + 1:00}"),
                    Rack = string.Create(CultureInfo.InvariantCulture, $"{Room}-{(i / NodesPerRack) + 1:00}"),
                }
            );
}
