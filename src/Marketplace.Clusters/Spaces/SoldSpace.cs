using System.Text.Json.Serialization;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;

namespace Marketplace.Clusters.Spaces;

/// <summary>One piece of a node that was sold with a dedicated namespace.</summary>
/// <param name="Node">The node.</param>
/// <param name="CpuMilli">Processor capacity in 1/1000 core.</param>
/// <param name="MemoryMib">Memory in MiB.</param>
/// <param name="Accelerators">The cards of this piece; null for none.</param>
/// <param name="Devices">The devices the sale named; others of the model on that node serve where these are taken.</param>
public sealed record SoldPiece(
    string Node,
    int CpuMilli,
    int MemoryMib,
    AcceleratorAsk? Accelerators = null,
    IReadOnlyList<string>? Devices = null
);

/// <summary>What was sold with a dedicated namespace, and where: held for it from the sale to the end, whether its pods use it or not.</summary>
/// <param name="Pieces">The pieces; several may lie on one node.</param>
public sealed record SoldSpace(IReadOnlyList<SoldPiece> Pieces)
{
    /// <summary>The models that were sold.</summary>
    internal IEnumerable<string> Models =>
        Pieces.Select(p => p.Accelerators?.Model).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase);
}

/// <summary>What a contract has of a node now, used or held for it.</summary>
/// <param name="ContractId">The contract.</param>
/// <param name="Node">The node.</param>
/// <param name="Devices">The accelerators.</param>
/// <param name="CpuMilli">Processor capacity in 1/1000 core.</param>
/// <param name="MemoryMib">Memory in MiB.</param>
public sealed record Holding(string ContractId, string Node, IReadOnlyList<DeviceAssignment> Devices, long CpuMilli, long MemoryMib);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SoldSpace))]
internal sealed partial class SpaceJson : JsonSerializerContext;
