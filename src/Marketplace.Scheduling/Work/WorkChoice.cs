using System.Globalization;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Work;

/// <summary>
/// Which chip does a piece of work for least, and what that saves against two habits: renting the cheapest card-hour, and renting the fastest chip.
/// </summary>
/// <param name="Best">Least price per unit of work; of equal ones the faster, then by name.</param>
/// <param name="CheapestHour">Least price per card-hour; of equal ones the faster, then by name.</param>
/// <param name="Fastest">Most work per second; of equal ones the cheaper, then by name.</param>
public sealed record WorkChoice(ChipRate Best, ChipRate CheapestHour, ChipRate Fastest)
{
    /// <summary>Most chips that are compared at once.</summary>
    public const int MaxChips = 100_000;

    /// <summary>Part of the cost that is saved against the cheapest card-hour, 0 to 1: 1 − best price per unit / its price per unit.</summary>
    public double SavingAgainstCheapestHour => Saving(CheapestHour);

    /// <summary>Part of the cost that is saved against the fastest chip, 0 to 1.</summary>
    public double SavingAgainstFastest => Saving(Fastest);

    /// <summary>Chooses among chips that can do the work. One without a measurement cannot: leave it out.</summary>
    /// <returns>Null when there is no chip.</returns>
    /// <exception cref="InvalidSupplyException">A price or a throughput cannot be true, or a chip is named twice; the problems name the fields.</exception>
    public static WorkChoice? Of(IReadOnlyList<ChipRate> chips)
    {
        ArgumentNullException.ThrowIfNull(chips);
        Check(chips);
        return chips.Count == 0
            ? null
            : new WorkChoice(
                First(chips.OrderBy(chip => chip.PricePerUnit).ThenByDescending(chip => chip.UnitsPerSecond)),
                First(chips.OrderBy(chip => chip.PricePerCardHour).ThenByDescending(chip => chip.UnitsPerSecond)),
                First(chips.OrderByDescending(chip => chip.UnitsPerSecond).ThenBy(chip => chip.PricePerCardHour))
            );
    }

    private double Saving(ChipRate against) => Math.Max(0, 1 - (Best.PricePerUnit / against.PricePerUnit));

    private static ChipRate First(IOrderedEnumerable<ChipRate> chips) => chips.ThenBy(chip => chip.Chip, StringComparer.Ordinal).First();

    private static void Check(IReadOnlyList<ChipRate> chips)
    {
        var problems = new ProblemList(50);
        problems.Between("chips", chips.Count, 0, MaxChips);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var c = 0; c < chips.Count && !problems.Full; c++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"chips[{c}]");
            if (string.IsNullOrWhiteSpace(chips[c].Chip))
            {
                problems.Add("missing", $"{at}.chip", "It has no name.", "Name the chip.");
            }
            else if (!names.Add(chips[c].Chip))
            {
                problems.Add("duplicate", $"{at}.chip", $"'{chips[c].Chip}' is there twice.", "Keep its lowest price.");
            }

            problems.Between($"{at}.pricePerCardHour", chips[c].PricePerCardHour, 1, InputBounds.MaxPricePerCardHour);
            // NaN fails every comparison.
            if (!(chips[c].UnitsPerSecond is >= 1e-9 and <= 1e15))
            {
                problems.Add(
                    double.IsFinite(chips[c].UnitsPerSecond) ? "out-of-range" : "not-a-number",
                    $"{at}.unitsPerSecond",
                    string.Create(CultureInfo.InvariantCulture, $"{chips[c].UnitsPerSecond} is not possible."),
                    "Use a measured throughput from 1e-9 to 1e15; leave the chip out when there is none."
                );
            }
        }

        if (problems.Problems.Count > 0)
        {
            throw new InvalidSupplyException(problems.Problems);
        }
    }
}
