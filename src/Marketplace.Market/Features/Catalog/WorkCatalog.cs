using System.Globalization;
using Marketplace.Market.Contracts;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Marketplace.Market.Features.Catalog;

/// <summary>
/// Measured throughput per chip and kind of work, read from the YAML files of <c>Works/</c>. Each names its source; a chip that nobody
/// measured in public has no entry, and then there is no price per work for it.
/// </summary>
internal sealed class WorkCatalog
{
    private readonly Dictionary<string, Work> byKey;

    private WorkCatalog(IReadOnlyList<Work> works)
    {
        All = [.. works.Select(w => w.View)];
        byKey = works.ToDictionary(w => w.View.Key, StringComparer.Ordinal);
    }

    public IReadOnlyList<WorkView> All { get; }

    /// <returns>null for an unknown key: the search then prices by card-hour only.</returns>
    public Work? Find(string? key) => key is null ? null : byKey.GetValueOrDefault(key);

    /// <exception cref="InvalidDataException">A built-in file is wrong; the message names it.</exception>
    public static WorkCatalog Load()
    {
        var assembly = typeof(WorkCatalog).Assembly;
        List<Work> works = [];
        foreach (
            string name in assembly
                .GetManifestResourceNames()
                .Where(n => n.EndsWith(".work.yaml", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            works.Add(Parse(name, text.ReadToEnd()));
        }
        return new WorkCatalog(works);
    }

    public static Work Parse(string name, string yaml)
    {
        WorkFile file = new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .Build()
            .Deserialize<WorkFile>(yaml);
        if (
            string.IsNullOrWhiteSpace(file.Key)
            || string.IsNullOrWhiteSpace(file.Unit)
            || file.PerUnits < 1
            || string.IsNullOrWhiteSpace(file.Source)
        )
            throw new InvalidDataException($"{name}: key, unit, perUnits and source are required.");
        foreach (Measurement m in file.Measurements)
        {
            if (string.IsNullOrWhiteSpace(m.Model) || !(m.UnitsPerSecond > 0) || !double.IsFinite(m.UnitsPerSecond))
                throw new InvalidDataException($"{name}: '{m.Model}' needs a model and unitsPerSecond above 0.");
        }
        if (file.Measurements.GroupBy(m => m.Model, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidDataException($"{name}: '{twice.Key}' is there twice.");
        return new Work(
            new WorkView(
                file.Key,
                file.Title,
                file.TitleZh,
                file.Unit,
                file.PerUnits,
                file.Measurements.ToDictionary(m => m.Model, m => m.UnitsPerSecond, StringComparer.Ordinal),
                file.Source
            ),
            file.Measurements.ToDictionary(m => m.Model, m => m.By, StringComparer.Ordinal)
        );
    }

    /// <param name="Measurers">By model: who submitted the figure and on what.</param>
    internal sealed record Work(WorkView View, IReadOnlyDictionary<string, string> Measurers)
    {
        /// <summary>Units per second of one card; null when nobody measured the chip.</summary>
        public double? Throughput(string? model) =>
            model is not null && View.ThroughputByModel.TryGetValue(model, out double value) ? value : null;

        public string? SourceOf(string? model) =>
            model is not null && Measurers.TryGetValue(model, out string? by)
                ? string.Create(CultureInfo.InvariantCulture, $"{View.Source}{(by.Length == 0 ? "" : "; " + by)}")
                : null;
    }

    private sealed class WorkFile
    {
        public string Key { get; set; } = "";
        public string Title { get; set; } = "";
        public string TitleZh { get; set; } = "";
        public string Unit { get; set; } = "";
        public long PerUnits { get; set; }
        public string Source { get; set; } = "";
        public List<Measurement> Measurements { get; set; } = [];
    }

    private sealed class Measurement
    {
        public string Model { get; set; } = "";
        public double UnitsPerSecond { get; set; }

        /// <summary>Submitter, system and precision.</summary>
        public string By { get; set; } = "";
    }
}
