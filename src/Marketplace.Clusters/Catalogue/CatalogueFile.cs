namespace Marketplace.Clusters.Catalogue;

/// <summary>A vendor file as it is written. Unknown keys are refused, so a typing error cannot pass for a missing fact.</summary>
internal sealed class CatalogueFile
{
    public string Vendor { get; set; } = "";

    public List<string> PciVendorIds { get; set; } = [];

    public string Stack { get; set; } = "";

    public List<string> Whole { get; set; } = [];

    public List<int> WholeCounts { get; set; } = [];

    public List<string> Views { get; set; } = [];

    public SharingEntry? Sharing { get; set; }

    public string? HamiRegister { get; set; }

    public List<string> ModelLabels { get; set; } = [];

    public List<MemoryLabelEntry> MemoryLabels { get; set; } = [];

    public string? CountLabel { get; set; }

    public string? TopologyLabel { get; set; }

    public List<string> Evidence { get; set; } = [];

    public List<ModelEntry> Models { get; set; } = [];

    public List<PartitionEntry> Partitions { get; set; } = [];
}

internal sealed class ModelEntry
{
    public string Name { get; set; } = "";

    public string Family { get; set; } = "";

    public int MemoryMib { get; set; }

    public List<string> Labels { get; set; } = [];

    public List<string>? Whole { get; set; }

    public bool WholeOnly { get; set; }

    public SharingEntry? Sharing { get; set; }

    public string? HamiRegister { get; set; }

    public string? Note { get; set; }
}

internal sealed class SharingEntry
{
    public string Count { get; set; } = "";

    public UnitEntry Memory { get; set; } = new();

    public UnitEntry? Compute { get; set; }

    public List<TemplateEntry> Templates { get; set; } = [];
}

internal sealed class UnitEntry
{
    public string Resource { get; set; } = "";

    public int UnitMib { get; set; }

    public int UnitsPerCard { get; set; }
}

internal sealed class TemplateEntry
{
    public string Name { get; set; } = "";

    public int ComputeMilli { get; set; }

    public int MemoryMib { get; set; }
}

internal sealed class MemoryLabelEntry
{
    public string Name { get; set; } = "";

    public int UnitMib { get; set; }

    public bool Bytes { get; set; }
}

internal sealed class PartitionEntry
{
    public string Resource { get; set; } = "";

    public string Name { get; set; } = "";

    public int MemoryMib { get; set; }

    public List<string> Models { get; set; } = [];
}

/// <summary>The one file that is not a vendor's.</summary>
internal sealed class NotAcceleratorsFile
{
    public List<string> Resources { get; set; } = [];
}
