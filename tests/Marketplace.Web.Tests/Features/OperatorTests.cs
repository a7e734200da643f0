using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Features.Operators;
using Marketplace.Web.Components.Features.Operators.Bundles;
using Xunit;

namespace Marketplace.Web.Tests.Features;

public sealed class OperatorTests
{
    private static readonly TradeRates Rates = new(CommissionRate: 0.03m, TaxRate: 0.06m, "CN");

    public static TheoryData<decimal, decimal, decimal, decimal, decimal, decimal> Prices =>
        new() { { 4m, 0.18m, 4.72m, 0.5784m, 0.1416m, 0.2832m }, { 10m, 0m, 10m, -0.3m, 0.3m, 0.6m } };

    [Theory]
    [MemberData(nameof(Prices))]
    public void A_price_divides_as_a_charge_does(
        decimal wholesale,
        decimal markup,
        decimal retail,
        decimal kept,
        decimal commission,
        decimal tax
    )
    {
        var split = PriceSplit.Of(wholesale, markup, Rates);
        Assert.Equal((retail, kept, commission, tax), (split.Retail, split.Operator, split.Commission, split.Tax));
        Assert.Equal(retail + tax, split.Total);
        Assert.Equal(retail, split.Wholesale + split.Operator + split.Commission);
    }

    [Fact]
    public void A_bundle_comes_back_from_its_form_unchanged()
    {
        var bundle = Bundle();
        // What only the YAML document says stays, too.
        bundle = bundle with
        {
            Recipe = bundle.Recipe with
            {
                Links = [new BundleLink("model", "store", 5, 100, 2)],
                Roles =
                [
                    bundle.Recipe.Roles[0] with
                    {
                        Tiers = [SiteTier.Edge],
                        Data = [new BundleData("images", Region: "cn-north-1", Gib: 5)],
                    },
                    bundle.Recipe.Roles[0] with
                    {
                        Name = "store",
                    },
                ],
            },
        };
        Assert.Equal(JsonSerializer.Serialize(bundle), JsonSerializer.Serialize(BundleForm.From(bundle).ToSave()));
    }

    [Fact]
    public void The_cheapest_chip_on_sale_prices_a_role_at_the_form_s_defaults()
    {
        var form = BundleForm.From(Bundle());
        var cost = BundleCost.Of(form, [Offer("A100", 7m), Offer("L40S", 5m), Offer("T4", 1m)], Rates);
        var role = Assert.Single(cost.Roles);
        // Three replicas by default, half of two cards each.
        Assert.Equal(("L40S", 3m), (role.Offer?.DeviceModel, role.Cards));
        Assert.Equal(3 * 5m * 1.2m, cost.Total?.Retail);
        Assert.Null(BundleCost.Of(form, [Offer("T4", 1m)], Rates).Total);
    }

    private static SaveBundle Bundle() =>
        new(
            "Reports",
            "Drafts reports.",
            "Health",
            new BundleRecipe
            {
                Product = "Endpoint",
                WorkUnit = "token",
                Parameters =
                [
                    new BundleParameter
                    {
                        Name = "replicas",
                        Label = "Replicas",
                        Type = ParameterType.Integer,
                        Default = "3",
                        Min = 1,
                        Max = 16,
                    },
                    new BundleParameter
                    {
                        Name = "context",
                        Label = "Context",
                        LabelZh = "\u4e0a\u4e0b\u6587",
                        Type = ParameterType.Choice,
                        Choices = ["8192", "16384"],
                        Required = false,
                    },
                ],
                Roles =
                [
                    new BundleRole
                    {
                        Name = "model",
                        Replicas = "{{replicas}}",
                        Command = ["serve", "--context={{context}}"],
                        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["MODE"] = "a=b" },
                        CpuMilli = 2500,
                        HostMemoryMib = 3000,
                        Port = 8000,
                        Variants =
                        [
                            new BundleVariant("A100", "demo/app:1", 2, 500, 40960, 12.5m),
                            new BundleVariant("L40S", "demo/app:1", 2, 500, null, null),
                        ],
                    },
                ],
            }
        );

    private static OfferView Offer(string model, decimal wholesale) =>
        new(
            "off_" + model,
            "org_operator",
            "Operator",
            "lst_" + model,
            "Center",
            new SiteView("sit_1", "org_center", "Site", "Site", "cn-north-1", "CN", SiteTier.Cloud, 0, 0),
            "clu_1",
            model,
            model,
            null,
            null,
            null,
            wholesale * 1.2m,
            "CNY",
            wholesale,
            0.2m,
            [ContractClass.OnDemand],
            8,
            8,
            1,
            true,
            0.99m,
            OfferState.OnSale,
            DateTimeOffset.UnixEpoch
        );
}
