using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Work;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Work;

public sealed class WorkChoiceTests
{
    [Fact]
    public void The_best_chip_is_neither_the_cheapest_hour_nor_the_fastest()
    {
        var choice = WorkChoice.Of([new("old", 1_000_000, 10), new("middle", 2_000_000, 40), new("new", 6_000_000, 60)])!;
        Assert.Equal(("middle", "old", "new"), (choice.Best.Chip, choice.CheapestHour.Chip, choice.Fastest.Chip));
        // 0.05 against 0.1 per unit and second, and against 0.1.
        Assert.Equal(0.5, choice.SavingAgainstCheapestHour, 12);
        Assert.Equal(0.5, choice.SavingAgainstFastest, 12);
    }

    [Fact]
    public void Ties_go_to_the_faster_chip_then_to_the_cheaper_one_then_by_name()
    {
        var choice = WorkChoice.Of([new("b", 2, 2), new("c", 1, 1), new("a", 2, 2)])!;
        Assert.Equal(("a", "c", "a"), (choice.Best.Chip, choice.CheapestHour.Chip, choice.Fastest.Chip));
        Assert.Equal(0, choice.SavingAgainstCheapestHour);
    }

    [Fact]
    public void No_chip_no_choice() => Assert.Null(WorkChoice.Of([]));

    [Fact]
    public void Nothing_is_cheaper_than_the_best() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var random = new Random(number);
                List<ChipRate> chips =
                [
                    .. Enumerable.Range(1, random.Next(1, 8)).Select(c => new ChipRate($"{c}", random.Next(1, 9), random.Next(1, 9))),
                ];
                var choice = WorkChoice.Of(chips)!;
                return chips.All(chip => choice.Best.PricePerUnit <= chip.PricePerUnit)
                    && chips.All(chip => choice.CheapestHour.PricePerCardHour <= chip.PricePerCardHour)
                    && chips.All(chip => choice.Fastest.UnitsPerSecond >= chip.UnitsPerSecond)
                    && choice.SavingAgainstCheapestHour is >= 0 and < 1
                    && choice.SavingAgainstFastest is >= 0 and < 1;
            }
        );

    [Theory]
    [InlineData("", 1, 1, "chips[1].chip")]
    [InlineData("a", 1, 1, "chips[1].chip")]
    [InlineData("b", 0, 1, "chips[1].pricePerCardHour")]
    [InlineData("b", -1, 1, "chips[1].pricePerCardHour")]
    [InlineData("b", long.MaxValue, 1, "chips[1].pricePerCardHour")]
    [InlineData("b", 1, 0, "chips[1].unitsPerSecond")]
    [InlineData("b", 1, -1, "chips[1].unitsPerSecond")]
    [InlineData("b", 1, double.NaN, "chips[1].unitsPerSecond")]
    [InlineData("b", 1, double.PositiveInfinity, "chips[1].unitsPerSecond")]
    public void A_chip_that_cannot_be_is_refused_by_field(string chip, long price, double units, string field)
    {
        var refused = Assert.Throws<InvalidSupplyException>(() => WorkChoice.Of([new("a", 1, 1), new(chip, price, units)]));
        Assert.Equal(field, Assert.Single(refused.Problems).Field);
    }
}
