using System.Collections.Frozen;
using System.Reflection;

namespace Marketplace.Clusters.Catalogue;

/// <summary>What a resource of a node means.</summary>
public enum AcceleratorResourceKind
{
    /// <summary>No accelerator: processors, memory, network, file systems.</summary>
    Other,

    /// <summary>Counts whole cards.</summary>
    Whole,

    /// <summary>Counts shares, or memory or compute units of shares.</summary>
    Shared,

    /// <summary>Counts hardware partitions.</summary>
    Partition,

    /// <summary>Shows cards a second time.</summary>
    View,

    /// <summary>An extended resource nobody has described: taken for an accelerator, and never sold.</summary>
    Unknown,
}

/// <summary>
/// All accelerators we know, as data: one YAML file per vendor. A model is only ever told by a node's labels (the vendor's, or our own
/// <see cref="ModelLabel"/> set by the center), never by the name of a resource.
/// </summary>
public sealed class AcceleratorCatalogue
{
    /// <summary>Our own label: the catalogue's model name, set by the center where the vendor sets none.</summary>
    public const string ModelLabel = "marketplace.compute/model";

    /// <summary>Our own label: <c>fraction</c> where software that shares cards (HAMi or the vendor's) runs on the node.</summary>
    public const string SharingLabel = "marketplace.compute/sharing";

    private const string NotAcceleratorsName = "not-accelerators.yaml";

    private static readonly Lazy<AcceleratorCatalogue> Embedded = new(() => Load(EmbeddedFiles()).Required);

    private readonly FrozenDictionary<string, AcceleratorModel> models;
    private readonly FrozenDictionary<string, (AcceleratorResourceKind Kind, AcceleratorVendor Vendor)> resources;
    private readonly IReadOnlyList<(string Prefix, AcceleratorVendor Vendor)> wholePrefixes;
    private readonly IReadOnlyList<string> others;

    private AcceleratorCatalogue(IReadOnlyList<AcceleratorVendor> vendors, IReadOnlyList<string> others)
    {
        Vendors = vendors;
        this.others = others;
        models = vendors
            .SelectMany(v => v.Models.Concat(v.Partitions.Select(p => p.Model)))
            .ToFrozenDictionary(m => m.Name, StringComparer.OrdinalIgnoreCase);
        resources = Resources(vendors).ToFrozenDictionary(r => r.Name, r => (r.Kind, r.Vendor), StringComparer.Ordinal);
        wholePrefixes = [.. vendors.SelectMany(v => v.Whole.Where(IsPattern).Select(w => (w[..^1], v)))];
    }

    /// <summary>The catalogue that ships with the product.</summary>
    public static AcceleratorCatalogue Default => Embedded.Value;

    /// <summary>The vendors.</summary>
    public IReadOnlyList<AcceleratorVendor> Vendors { get; }

    /// <summary>All models, hardware partitions included.</summary>
    public IEnumerable<AcceleratorModel> Models => models.Values;

    /// <summary>Builds a catalogue from files.</summary>
    /// <param name="files">File name and text; <c>not-accelerators.yaml</c> is the list of other resources, every other a vendor's.</param>
    /// <returns>The catalogue, or the first error with its file and field.</returns>
    public static ClusterResult<AcceleratorCatalogue> Load(IEnumerable<(string Name, string Text)> files)
    {
        var vendors = new List<AcceleratorVendor>();
        IReadOnlyList<string> otherResources = [];
        foreach (var (name, text) in files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            if (name == NotAcceleratorsName)
            {
                var read = CatalogueReader.ReadNotAccelerators(name, text);
                if (!read.IsOk)
                {
                    return read.Error;
                }

                otherResources = read.Value;
                continue;
            }

            var vendor = CatalogueReader.ReadVendor(name, text);
            if (!vendor.IsOk)
            {
                return vendor.Error;
            }

            vendors.Add(vendor.Value);
        }

        return Conflict(vendors) ?? (ClusterResult<AcceleratorCatalogue>)new AcceleratorCatalogue(vendors, otherResources);
    }

    /// <summary>The files inside this assembly.</summary>
    public static IEnumerable<(string Name, string Text)> EmbeddedFiles()
    {
        const string prefix = "Catalogue.";
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (name[prefix.Length..], reader.ReadToEnd());
        }
    }

    /// <summary>A model by its catalogue name; null when there is none.</summary>
    public AcceleratorModel? FindModel(string name) => models.GetValueOrDefault(name);

    /// <summary>What a node's resource means, and whose it is.</summary>
    public (AcceleratorResourceKind Kind, AcceleratorVendor? Vendor) Classify(string resource)
    {
        if (resources.TryGetValue(resource, out var known))
        {
            return known;
        }

        foreach (var (prefix, vendor) in wholePrefixes)
        {
            if (resource.StartsWith(prefix, StringComparison.Ordinal))
            {
                return (AcceleratorResourceKind.Whole, vendor);
            }
        }

        var other = !resource.Contains('/', StringComparison.Ordinal) || others.Any(pattern => Matches(pattern, resource));
        return (other ? AcceleratorResourceKind.Other : AcceleratorResourceKind.Unknown, null);
    }

    /// <summary>The vendor's model that a node's labels name; null when they name none we know.</summary>
    public AcceleratorModel? ModelOf(AcceleratorVendor vendor, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.TryGetValue(ModelLabel, out var own))
        {
            return FindModel(own) is { } claimed && claimed.Vendor == vendor.Name ? claimed : null;
        }

        foreach (var label in vendor.ModelLabels)
        {
            if (labels.TryGetValue(label, out var value))
            {
                return vendor.Models.FirstOrDefault(m => m.LabelValues.Contains(value, StringComparer.OrdinalIgnoreCase));
            }
        }

        return null;
    }

    private static IEnumerable<(string Name, AcceleratorResourceKind Kind, AcceleratorVendor Vendor)> Resources(
        IReadOnlyList<AcceleratorVendor> vendors
    )
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var vendor in vendors)
        {
            // Order matters: where one resource counts both cards and shares (NVIDIA under HAMi) it counts cards.
            var named = vendor
                .Whole.Concat(vendor.Models.SelectMany(m => m.Whole))
                .Where(w => !IsPattern(w))
                .Select(w => (w, AcceleratorResourceKind.Whole))
                .Concat(vendor.Partitions.Select(p => (p.Resource, AcceleratorResourceKind.Partition)))
                .Concat(vendor.Views.Select(v => (v, AcceleratorResourceKind.View)))
                .Concat(vendor.Models.SelectMany(m => SharedNames(m.Sharing)).Select(s => (s, AcceleratorResourceKind.Shared)));
            foreach (var (name, kind) in named)
            {
                if (seen.Add(name))
                {
                    yield return (name, kind, vendor);
                }
            }
        }
    }

    internal static IEnumerable<string> SharedNames(AcceleratorSharing? sharing)
    {
        if (sharing is null)
        {
            yield break;
        }

        yield return sharing.CountResource;
        yield return sharing.Memory.Resource;
        if (sharing.Compute is { } compute)
        {
            yield return compute.Resource;
        }
    }

    private static ClusterError? Conflict(IReadOnlyList<AcceleratorVendor> vendors)
    {
        if (vendors.GroupBy(v => v.Name).FirstOrDefault(g => g.Count() > 1) is { } vendor)
        {
            return CatalogueReader.Error("catalogue", "vendor", $"Two files describe {vendor.Key}.");
        }

        var byName = vendors.SelectMany(v => v.Models).GroupBy(m => m.Name, StringComparer.OrdinalIgnoreCase);
        if (byName.FirstOrDefault(g => g.Count() > 1) is { } model)
        {
            return CatalogueReader.Error("catalogue", "models", $"The model name {model.Key} is used twice.");
        }

        var claims = vendors.SelectMany(v =>
            v.Whole.Concat(v.Partitions.Select(p => p.Resource).Distinct()).Select(r => (Resource: r, v.Name))
        );
        return claims.GroupBy(c => c.Resource).FirstOrDefault(g => g.Count() > 1) is { } resource
            ? CatalogueReader.Error("catalogue", "whole", $"The resource {resource.Key} is claimed by two vendors.")
            : null;
    }

    private static bool IsPattern(string name) => name.EndsWith('*');

    private static bool Matches(string pattern, string name)
    {
        if (pattern.StartsWith("*.", StringComparison.Ordinal))
        {
            // "*.kubernetes.io/*": any name of a domain below.
            return name.Contains(pattern.AsSpan(1, pattern.Length - 2), StringComparison.Ordinal);
        }

        return IsPattern(pattern) ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : name == pattern;
    }
}
