using Marketplace.Clusters.Catalogue;

namespace Marketplace.Clusters.Tests.Catalogue;

/// <summary>A wrong vendor file stops the load, and says which file and field.</summary>
public class CatalogueLoadTests
{
    private const string Good = """
        vendor: Acme
        pciVendorIds: ["abcd"]
        stack: ACL
        whole: [acme.example/npu]
        evidence: [the vendor's manual]
        models:
          - { name: A1, family: A, memoryMib: 1024, labels: [A1] }
        """;

    [Fact]
    public void A_new_vendor_is_a_new_file()
    {
        var catalogue = Load(Good).Required;

        Assert.Equal("ACL", catalogue.FindModel("A1")!.Stack);
        Assert.Equal(AcceleratorResourceKind.Whole, catalogue.Classify("acme.example/npu").Kind);
    }

    [Theory]
    [InlineData("vendor: Acme", "vendor: ''", "vendor")]
    [InlineData("stack: ACL", "stack: ''", "stack")]
    [InlineData("[\"abcd\"]", "[\"ABCD\"]", "pciVendorIds")]
    [InlineData("[acme.example/npu]", "[npu]", "whole")]
    [InlineData("[the vendor's manual]", "[]", "evidence")]
    [InlineData("memoryMib: 1024", "memoryMib: 0", "models[0].memoryMib")]
    [InlineData("labels: [A1]", "labels: []", "models[0].labels")]
    [InlineData("labels: [A1]", "labels: [A1, a1]", "models")]
    [InlineData("family: A", "family: ''", "models[0].family")]
    [InlineData("name: A1", "name: 'A:1'", "models[0].name")]
    [InlineData(
        "stack: ACL",
        "stack: ACL\nsharing: { count: acme.example/v, memory: { resource: acme.example/m, unitMib: 0 } }",
        "sharing.memory"
    )]
    [InlineData(
        "stack: ACL",
        "stack: ACL\nsharing: { count: acme.example/v, memory: { resource: acme.example/m, unitMib: 1 }, templates: [{ name: t, computeMilli: 1000, memoryMib: 1 }] }",
        "sharing.templates"
    )]
    [InlineData(
        "stack: ACL",
        "stack: ACL\nsharing: { count: acme.example/v, memory: { resource: acme.example/m, unitMib: 1 }, templates: [{ name: t, computeMilli: 500, memoryMib: 2048 }] }",
        "models[0].sharing.templates"
    )]
    [InlineData(
        "stack: ACL",
        "stack: ACL\npartitions: [{ resource: acme.example/half, name: h, memoryMib: 1, models: [B] }]",
        "partitions[0].models"
    )]
    public void A_wrong_fact_is_named_with_file_and_field(string from, string to, string field)
    {
        var error = Load(Good.Replace(from, to, StringComparison.Ordinal)).Error;

        Assert.Equal("catalogue.invalid", error?.Code);
        Assert.Equal($"acme.yaml:{field}", error!.Field);
    }

    [Fact]
    public void A_mistyped_key_cannot_pass_for_a_missing_fact() =>
        Assert.Equal("catalogue.invalid", Load(Good.Replace("stack:", "stak:", StringComparison.Ordinal)).Error?.Code);

    [Fact]
    public void Two_files_cannot_claim_the_same_vendor_model_or_resource()
    {
        Assert.Equal("catalogue:vendor", Load(Good, Good).Error?.Field);
        Assert.Equal("catalogue:models", Load(Good, Good.Replace("Acme", "Other", StringComparison.Ordinal)).Error?.Field);
        var sameResource = Good.Replace("Acme", "Other", StringComparison.Ordinal).Replace("A1", "A2", StringComparison.Ordinal);
        Assert.Equal("catalogue:whole", Load(Good, sameResource).Error?.Field);
    }

    private static ClusterResult<AcceleratorCatalogue> Load(string first, string? second = null)
    {
        List<(string, string)> files = [("acme.yaml", first)];
        if (second is not null)
        {
            files.Add(("other.yaml", second));
        }

        return AcceleratorCatalogue.Load(files);
    }
}
