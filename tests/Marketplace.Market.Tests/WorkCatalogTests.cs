using Marketplace.Clusters.Catalogue;
using Marketplace.Market.Features.Catalog;

namespace Marketplace.Market.Tests;

public sealed class WorkCatalogTests
{
    [Fact]
    public void Every_measured_chip_is_in_the_accelerator_catalogue()
    {
        var known = AcceleratorCatalogue.Default.Models.Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        var measured = WorkCatalog.Load().All.SelectMany(w => w.ThroughputByModel.Keys).Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(measured);
        Assert.Empty(measured.Except(known, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_work_names_its_source_and_both_titles()
    {
        var works = WorkCatalog.Load().All;
        Assert.True(works.Count >= 5);
        Assert.All(
            works,
            w => Assert.True(w.Title.Length > 0 && w.TitleZh.Length > 0 && w.Source.Contains("github.com", StringComparison.Ordinal))
        );
        Assert.Equal(works.Count, works.Select(w => w.Key).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("key: a\nunit: u\nperUnits: 1\nmeasurements: []", "source")]
    [InlineData("key: a\nunit: u\nperUnits: 1\nsource: s\nmeasurements: [{ model: M, unitsPerSecond: 0 }]", "above 0")]
    [InlineData(
        "key: a\nunit: u\nperUnits: 1\nsource: s\nmeasurements: [{ model: M, unitsPerSecond: 1 }, { model: M, unitsPerSecond: 2 }]",
        "twice"
    )]
    public void A_wrong_file_stops_the_start_and_is_named(string yaml, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => WorkCatalog.Parse("x.work.yaml", yaml));
        Assert.Contains("x.work.yaml", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
