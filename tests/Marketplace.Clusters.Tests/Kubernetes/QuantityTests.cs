using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Kubernetes;

public class QuantityTests
{
    private static readonly Config Seeded = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20260301, 7);

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("1", 1000, 1)]
    [InlineData("500m", 500, 1)]
    [InlineData("1500m", 1500, 2)]
    [InlineData("0.5", 500, 1)]
    [InlineData("100n", 1, 1)]
    [InlineData("1e3", 1_000_000, 1000)]
    [InlineData("2k", 2_000_000, 2000)]
    [InlineData("1Ki", 1_024_000, 1024)]
    [InlineData("-2", -2000, -2)]
    public void Known_texts_have_known_values(string text, long milli, long units)
    {
        var quantity = Quantity.Parse(text);

        Assert.Equal((milli, units), (quantity.Milli, quantity.Units));
    }

    [Theory]
    [InlineData("512Mi", 512, 512)]
    [InlineData("1Gi", 1024, 1024)]
    [InlineData("1G", 954, 953)]
    [InlineData("1025Ki", 2, 1)]
    public void Memory_rounds_up_for_demand_and_down_for_supply(string text, long up, long down)
    {
        var quantity = Quantity.Parse(text);

        Assert.Equal((up, down), (quantity.MibUp, quantity.MibDown));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mi")]
    [InlineData("1.2.3")]
    [InlineData("1 Gi")]
    [InlineData("1mi")]
    [InlineData("1e")]
    [InlineData("1e99")]
    [InlineData("99999999999999999999999999999E")]
    [InlineData("0x10")]
    public void Other_texts_are_refused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var values = Gen.Choose(0, int.MaxValue)
            .Select(i => Quantity.FromMilli(i))
            .Or(Gen.Choose(0, 1 << 28).Select(i => Quantity.FromMib(i)))
            .Or(Gen.Choose(0, int.MaxValue).Select(i => Quantity.FromUnits(i)));
        Check.One(Seeded, Prop.ForAll(Arb.From(values), q => Quantity.Parse(q.ToString()) == q));
    }

    [Fact]
    public void Binary_suffixes_are_steps_of_1024_and_decimal_ones_of_1000()
    {
        string[] binary = ["", "Ki", "Mi", "Gi", "Ti"];
        string[] metric = ["m", "", "k", "M", "G", "T"];
        var numbers = Arb.From(Gen.Choose(1, 100_000));
        Check.One(Seeded, Prop.ForAll(numbers, n => Steps(binary, n, 1024) && Steps(metric, n, 1000)));
    }

    [Fact]
    public void Order_and_sum_follow_the_values()
    {
        var pairs = Arb.From(Gen.Choose(-1_000_000, 1_000_000).Two());
        Check.One(
            Seeded,
            Prop.ForAll(
                pairs,
                p =>
                {
                    var (a, b) = (Quantity.FromMilli(p.Item1), Quantity.FromMilli(p.Item2));
                    return a.CompareTo(b) == p.Item1.CompareTo(p.Item2) && (a + b).Milli == p.Item1 + p.Item2;
                }
            )
        );
    }

    private static bool Steps(string[] suffixes, int number, long factor) =>
        suffixes.Zip(suffixes.Skip(1)).All(s => Value(number * factor, s.First) == Value(number, s.Second));

    private static decimal Value(long number, string suffix) =>
        Quantity.Parse(number.ToString(CultureInfo.InvariantCulture) + suffix).Value;
}
