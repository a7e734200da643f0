namespace Marketplace.Clusters.Catalogue;

/// <summary>A vendor's accelerators as Kubernetes shows them: one file of the catalogue.</summary>
public sealed record AcceleratorVendor
{
    /// <summary>The vendor's name, as people write it.</summary>
    public required string Name { get; init; }

    /// <summary>PCI vendor ids, four hexadecimal digits.</summary>
    public required IReadOnlyList<string> PciVendorIds { get; init; }

    /// <summary>Software stack (CUDA, ROCm, CANN, …).</summary>
    public required string Stack { get; init; }

    /// <summary>Extended resources that count whole cards; a trailing <c>*</c> matches any ending.</summary>
    public required IReadOnlyList<string> Whole { get; init; }

    /// <summary>Group sizes whole cards are granted in; empty means any.</summary>
    public required IReadOnlyList<int> WholeCounts { get; init; }

    /// <summary>Resources that show the same cards a second time; never extra supply.</summary>
    public required IReadOnlyList<string> Views { get; init; }

    /// <summary>Node labels that name the model, the first one present wins.</summary>
    public required IReadOnlyList<string> ModelLabels { get; init; }

    /// <summary>Node labels that state the memory of one card.</summary>
    public required IReadOnlyList<MemoryLabel> MemoryLabels { get; init; }

    /// <summary>Node label with the number of physical cards, where the whole resource may count shares.</summary>
    public string? CountLabel { get; init; }

    /// <summary>Node label with the interconnect topology.</summary>
    public string? TopologyLabel { get; init; }

    /// <summary>The models, by name.</summary>
    public required IReadOnlyList<AcceleratorModel> Models { get; init; }

    /// <summary>Hardware partitions offered as resources of their own.</summary>
    public required IReadOnlyList<AcceleratorPartition> Partitions { get; init; }

    /// <summary>Where these facts come from.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>A model of accelerator.</summary>
public sealed record AcceleratorModel
{
    /// <summary>The catalogue's name, unique over all vendors: what listings, requests and prices say.</summary>
    public required string Name { get; init; }

    public required string Vendor { get; init; }

    public required string Stack { get; init; }

    public required string Family { get; init; }

    /// <summary>Memory of one card in MiB, when the node states none.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>Label values that mean this model.</summary>
    public required IReadOnlyList<string> LabelValues { get; init; }

    /// <summary>The whole-card resources this model appears under.</summary>
    public required IReadOnlyList<string> Whole { get; init; }

    /// <summary>Group sizes whole cards are granted in; empty means any.</summary>
    public required IReadOnlyList<int> WholeCounts { get; init; }

    /// <summary>How one card is shared where a node's software supports it; null when it never is.</summary>
    public AcceleratorSharing? Sharing { get; init; }

    /// <summary>The node annotation in which HAMi states its cards of this model; null when it does not.</summary>
    public string? HamiRegister { get; init; }

    /// <summary>What a reader should know about the figures.</summary>
    public string? Note { get; init; }

    /// <summary>The one resource a pod asks whole cards by.</summary>
    public string WholeResource => Whole[0];
}

/// <summary>The vendor's shared resources, with their units.</summary>
/// <param name="CountResource">Counts the cards a pod takes shares of.</param>
/// <param name="Memory">Device memory of the share.</param>
/// <param name="Compute">Compute of the share; null when the memory or the template decides it.</param>
/// <param name="Templates">The fixed cuts; empty when any fraction goes.</param>
public sealed record AcceleratorSharing(
    string CountResource,
    MemoryUnit Memory,
    ComputeUnit? Compute,
    IReadOnlyList<AcceleratorTemplate> Templates
);

/// <summary>A memory resource and how many MiB one unit of it is.</summary>
public sealed record MemoryUnit(string Resource, int UnitMib);

/// <summary>A compute resource and how many of its units make one card.</summary>
public sealed record ComputeUnit(string Resource, int UnitsPerCard)
{
    /// <summary>The smallest step that is a whole number of units and of thousandths of a card.</summary>
    public int StepMilli => 1000 / GreatestCommonDivisor(1000, UnitsPerCard);

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

/// <summary>One fixed cut of a card.</summary>
public sealed record AcceleratorTemplate(string Name, int ComputeMilli, int MemoryMib);

/// <summary>A node label that states memory.</summary>
/// <param name="Name">The label.</param>
/// <param name="UnitMib">MiB per unit when the value is a bare number; 0 when bare numbers are bytes.</param>
public sealed record MemoryLabel(string Name, int UnitMib);

/// <summary>A hardware partition (a MIG profile, half a card) offered as a resource of its own and sold as a card of its own.</summary>
/// <param name="Resource">The extended resource.</param>
/// <param name="Profile">The vendor's name for it.</param>
/// <param name="Model">The model it appears as: the card's, a colon, the profile.</param>
public sealed record AcceleratorPartition(string Resource, string Profile, AcceleratorModel Model)
{
    /// <summary>The model of the card it is cut from.</summary>
    public string CardModel => Model.Name[..Model.Name.IndexOf(':', StringComparison.Ordinal)];
}

/// <summary>What one replica wants of accelerators.</summary>
/// <param name="Model">The catalogue's model name.</param>
/// <param name="Cards">Number of cards, at least 1.</param>
/// <param name="ComputeMilli">Compute per card in 1/1000: 1000 takes whole cards, less shares them, 0 shares memory only.</param>
/// <param name="MemoryMib">Memory per card in MiB for a share; 0 takes the same fraction of memory as of compute.</param>
public sealed record AcceleratorAsk(string Model, int Cards, int ComputeMilli = 1000, int MemoryMib = 0)
{
    /// <summary>Whether each card is taken whole.</summary>
    public bool IsWhole => ComputeMilli >= 1000;
}
