using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Spaces;

/// <summary>What a pod wants, from its requests alone.</summary>
public class CustomerAskTests
{
    private static readonly string[] Sold = ["V100M32"];

    [Fact]
    public void Whole_cards_shares_and_nothing_are_told_apart()
    {
        Assert.Null(Ask().Required);
        Assert.Equal(new AcceleratorAsk("V100M32", 3), Ask(("nvidia.com/gpu", "3")).Required);
        Assert.Equal(
            new AcceleratorAsk("V100M32", 2, 250, 4096),
            Ask(("nvidia.com/gpu", "2"), ("nvidia.com/gpumem", "4096"), ("nvidia.com/gpucores", "25")).Required
        );
    }

    [Theory]
    [InlineData("amd.com/gpu")]
    [InlineData("vendor.example/npu")]
    public void What_was_not_bought_is_refused_by_name(string resource)
    {
        var refused = Ask((resource, "1"), ("nvidia.com/gpu", "1")).Error!;

        Assert.Equal("space.not_bought", refused.Code);
        Assert.Contains(resource, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_takes_one_model()
    {
        var pod = Kube.Pod("p", null, requests: [("nvidia.com/gpu", "1"), ("huawei.com/Ascend910", "1")]);

        Assert.Contains(
            "one model",
            CustomerAsk.Of(pod, ["V100M32", "Ascend910C"], AcceleratorCatalogue.Default).Error!.Message,
            StringComparison.Ordinal
        );
    }

    private static ClusterResult<AcceleratorAsk?> Ask(params (string, string)[] requests) =>
        CustomerAsk.Of(Kube.Pod("p", null, requests: requests), Sold, AcceleratorCatalogue.Default);
}
