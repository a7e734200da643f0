using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Marketplace.Clusters.Catalogue;

/// <summary>Reads and checks vendor files. A wrong fact must stop start-up: it would sell the wrong card.</summary>
internal static class CatalogueReader
{
    public static ClusterResult<AcceleratorVendor> ReadVendor(string fileName, string yaml)
    {
        try
        {
            var file = Deserializer().Deserialize<CatalogueFile>(yaml);
            var problem = Check(file);
            return problem is null ? Build(file) : Error(fileName, problem.Value.Field, problem.Value.Problem);
        }
        catch (YamlException e)
        {
            return Error(fileName, $"line {e.Start.Line}", e.InnerException?.Message ?? e.Message);
        }
    }

    public static ClusterResult<IReadOnlyList<string>> ReadNotAccelerators(string fileName, string yaml)
    {
        try
        {
            return Deserializer().Deserialize<NotAcceleratorsFile>(yaml).Resources;
        }
        catch (YamlException e)
        {
            return Error(fileName, $"line {e.Start.Line}", e.InnerException?.Message ?? e.Message);
        }
    }

    public static ClusterError Error(string file, string field, string problem) =>
        new("catalogue.invalid", $"{file}: {problem}", $"{file}:{field}", "Correct the file; nvidia.yaml shows every field in use.");

    private static IDeserializer Deserializer() =>
        new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build();

    private static (string Field, string Problem)? Check(CatalogueFile file)
    {
        if (file.Vendor.Length == 0)
        {
            return ("vendor", "The vendor has no name.");
        }

        if (file.Stack.Length == 0)
        {
            return ("stack", "The vendor names no software stack.");
        }

        if (file.PciVendorIds.Count == 0 || file.PciVendorIds.Exists(id => id.Length != 4 || !id.All(char.IsAsciiHexDigitLower)))
        {
            return ("pciVendorIds", "At least one PCI id of four lower-case hexadecimal digits is needed.");
        }

        if (file.Evidence.Count == 0)
        {
            return ("evidence", "No evidence: say where the facts come from.");
        }

        if (file.Whole.Count == 0 || file.Whole.Exists(r => !IsResource(r)))
        {
            return ("whole", "At least one whole-card resource like vendor.com/gpu is needed.");
        }

        if (file.Models.Count == 0)
        {
            return ("models", "The vendor has no models.");
        }

        return CheckSharing(file.Sharing, "sharing") ?? CheckModels(file) ?? CheckPartitions(file);
    }

    private static (string Field, string Problem)? CheckModels(CatalogueFile file)
    {
        for (var i = 0; i < file.Models.Count; i++)
        {
            var model = file.Models[i];
            var at = $"models[{i}]";
            if (model.Name.Length == 0 || model.Name.Contains(':', StringComparison.Ordinal))
            {
                return ($"{at}.name", "A model needs a name without a colon.");
            }

            if (model.Family.Length == 0)
            {
                return ($"{at}.family", $"{model.Name} names no family.");
            }

            if (model.MemoryMib <= 0)
            {
                return ($"{at}.memoryMib", $"{model.Name} needs its memory in MiB.");
            }

            if (model.Labels.Count == 0)
            {
                return ($"{at}.labels", $"{model.Name} has no label value: nothing could ever be recognised as it.");
            }

            if (CheckSharing(model.Sharing, $"{at}.sharing") is { } problem)
            {
                return problem;
            }

            if ((model.Sharing ?? file.Sharing)?.Templates.Exists(t => t.MemoryMib > model.MemoryMib) == true && !model.WholeOnly)
            {
                return ($"{at}.sharing.templates", $"A template is larger than {model.Name}.");
            }
        }

        return Duplicate(file.Models.SelectMany(m => m.Labels)) is { } twice
            ? ("models", $"The label value '{twice}' means two models.")
            : null;
    }

    private static (string Field, string Problem)? CheckPartitions(CatalogueFile file)
    {
        for (var i = 0; i < file.Partitions.Count; i++)
        {
            var partition = file.Partitions[i];
            if (!IsResource(partition.Resource) || partition.Name.Length == 0 || partition.MemoryMib <= 0)
            {
                return ($"partitions[{i}]", "A partition needs a resource, a name and its memory in MiB.");
            }

            if (partition.Models.Find(m => !file.Models.Exists(k => k.Name == m)) is { } unknown || partition.Models.Count == 0)
            {
                return (
                    $"partitions[{i}].models",
                    $"A partition belongs to models of its own file; '{partition.Models.FirstOrDefault()}' is none."
                );
            }
        }

        return null;
    }

    private static (string Field, string Problem)? CheckSharing(SharingEntry? sharing, string at)
    {
        if (sharing is null)
        {
            return null;
        }

        if (!IsResource(sharing.Count))
        {
            return ($"{at}.count", "Sharing needs the resource that counts cards.");
        }

        if (!IsResource(sharing.Memory.Resource) || sharing.Memory.UnitMib <= 0)
        {
            return ($"{at}.memory", "Sharing needs a memory resource and its unit in MiB.");
        }

        if (sharing.Compute is { } compute && (!IsResource(compute.Resource) || compute.UnitsPerCard is <= 0 or > 1000))
        {
            return ($"{at}.compute", "The compute resource needs unitsPerCard between 1 and 1000.");
        }

        return sharing.Templates.Exists(t =>
            t.ComputeMilli is <= 0 or >= 1000 || t.MemoryMib <= 0 || t.MemoryMib % sharing.Memory.UnitMib != 0
        )
            ? ($"{at}.templates", "A template needs compute between 1 and 999 and memory in whole units.")
            : null;
    }

    private static AcceleratorVendor Build(CatalogueFile file)
    {
        var models = file.Models.ConvertAll(m => BuildModel(file, m));
        return new AcceleratorVendor
        {
            Name = file.Vendor,
            PciVendorIds = file.PciVendorIds,
            Stack = file.Stack,
            Whole = file.Whole,
            WholeCounts = file.WholeCounts,
            Views = file.Views,
            ModelLabels = file.ModelLabels,
            MemoryLabels = file.MemoryLabels.ConvertAll(m => new MemoryLabel(m.Name, m.Bytes ? 0 : Math.Max(1, m.UnitMib))),
            CountLabel = file.CountLabel,
            TopologyLabel = file.TopologyLabel,
            Models = models,
            Partitions = [.. file.Partitions.SelectMany(p => p.Models.Select(m => BuildPartition(p, models.Single(k => k.Name == m))))],
            Evidence = file.Evidence,
        };
    }

    private static AcceleratorModel BuildModel(CatalogueFile file, ModelEntry model) =>
        new()
        {
            Name = model.Name,
            Vendor = file.Vendor,
            Stack = file.Stack,
            Family = model.Family,
            MemoryMib = model.MemoryMib,
            LabelValues = model.Labels,
            Whole = model.Whole ?? file.Whole,
            WholeCounts = file.WholeCounts,
            Sharing = model.WholeOnly ? null : BuildSharing(model.Sharing ?? file.Sharing),
            HamiRegister = model.HamiRegister ?? file.HamiRegister,
            Note = model.Note,
        };

    private static AcceleratorPartition BuildPartition(PartitionEntry partition, AcceleratorModel card) =>
        new(
            partition.Resource,
            partition.Name,
            card with
            {
                Name = $"{card.Name}:{partition.Name}",
                MemoryMib = partition.MemoryMib,
                Whole = [partition.Resource],
                WholeCounts = [],
                Sharing = null,
                HamiRegister = null,
                LabelValues = [],
            }
        );

    private static AcceleratorSharing? BuildSharing(SharingEntry? sharing) =>
        sharing is null
            ? null
            : new AcceleratorSharing(
                sharing.Count,
                new MemoryUnit(sharing.Memory.Resource, sharing.Memory.UnitMib),
                sharing.Compute is null ? null : new ComputeUnit(sharing.Compute.Resource, sharing.Compute.UnitsPerCard),
                [.. sharing.Templates.OrderBy(t => t.MemoryMib).Select(t => new AcceleratorTemplate(t.Name, t.ComputeMilli, t.MemoryMib))]
            );

    private static bool IsResource(string name) =>
        name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash
        && slash < name.Length - 1
        && name.IndexOf('.', StringComparison.Ordinal) > 0;

    private static string? Duplicate(IEnumerable<string> values)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return values.FirstOrDefault(v => !seen.Add(v));
    }
}
