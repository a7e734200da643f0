using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Platform.Monetary;

/// <summary>
/// What a price book adds to a price per unit: tiers, hours of the week at another price, a minimum take, and what prepaid capacity costs.
/// Everything is relative to the unit price, so that it follows when that changes for new contracts. Two plans are equal when they say the
/// same.
/// </summary>
public sealed record PricePlan
{
    /// <summary>No tiers, no hours, no minimum: the unit price is all there is.</summary>
    public static readonly PricePlan Plain = new();

    public TierMode TierMode { get; init; } = TierMode.Graduated;

    /// <summary>From the second tier on, by rising threshold; the first begins at zero with factor 1.</summary>
    public IReadOnlyList<PriceTier> Tiers { get; init; } = [];
    public MinimumTake? Minimum { get; init; }
    public DayPattern? Pattern { get; init; }
    public PrepaidPrice? Prepaid { get; init; }

    /// <summary>A contract under it costs quantity × unit price. What is prepaid is a purchase of its own.</summary>
    [JsonIgnore]
    public bool IsLinear => Tiers.Count == 0 && Minimum is null && Pattern is null;

    public string ToJson() => JsonSerializer.Serialize(this, PricePlanJson.Default.PricePlan);

    /// <exception cref="JsonException">The text is no plan.</exception>
    public static PricePlan Parse(string json) =>
        JsonSerializer.Deserialize(json, PricePlanJson.Default.PricePlan) ?? throw new JsonException("The plan is empty.");

    public bool Equals(PricePlan? other) => other is not null && (ReferenceEquals(this, other) || Canonical() == other.Canonical());

    public override int GetHashCode() => Canonical().GetHashCode(StringComparison.Ordinal);

    // A decimal keeps its trailing zeros in JSON; what a plan says does not depend on them.
    private string Canonical() =>
        (
            this with
            {
                Tiers = [.. Tiers.Select(t => new PriceTier(Plainly(t.FromUnits), Plainly(t.Factor)))],
                Minimum = Minimum is { } minimum ? minimum with { Amount = Plainly(minimum.Amount) } : null,
                Pattern = Pattern is { } pattern
                    ? pattern with
                    {
                        Bands = [.. pattern.Bands.Select(b => b with { Factor = Plainly(b.Factor) })],
                    }
                    : null,
                Prepaid = Prepaid is { } prepaid ? prepaid with { Factor = Plainly(prepaid.Factor) } : null,
            }
        ).ToJson();

    private static decimal Plainly(decimal value) => value / 1.0000000000000000000000000000m;
}

public enum TierMode
{
    /// <summary>Each tier's price holds for the units inside it.</summary>
    Graduated,

    /// <summary>The price of the tier that is reached holds for all units, those before it included.</summary>
    Volume,
}

/// <param name="FromUnits">The tier holds from this many priced units on, weighed by the day pattern (an hour at 0.6 counts 0.6).</param>
/// <param name="Factor">On the unit price.</param>
public sealed record PriceTier(decimal FromUnits, decimal Factor);

public enum MinimumPeriod
{
    /// <summary>Once, over the whole contract.</summary>
    Contract,

    /// <summary>For each calendar month in UTC; the first and the last in proportion to their part of the month.</summary>
    Month,
}

/// <summary>A commitment: what is used for less is charged up to it at the end of the period.</summary>
/// <param name="Amount">Before tax, in main units of the price book's currency.</param>
public sealed record MinimumTake(decimal Amount, MinimumPeriod Period);

/// <summary>Hours of the week at another price.</summary>
/// <param name="TimeZone">IANA name. Daylight saving counts: an hour that happens twice costs twice, one that is left out costs nothing.</param>
public sealed record DayPattern(string TimeZone, IReadOnlyList<PatternBand> Bands);

/// <param name="Days">The days it begins on.</param>
/// <param name="FromHour">0 to 23, local.</param>
/// <param name="ToHour">1 to 24, exclusive; at or before <paramref name="FromHour"/> it ends on the next day.</param>
/// <param name="Factor">On the unit price.</param>
public sealed record PatternBand(IReadOnlyList<DayOfWeek> Days, int FromHour, int ToHour, decimal Factor);

/// <summary>Capacity paid ahead.</summary>
/// <param name="Factor">On the unit price.</param>
/// <param name="Days">How long it can be used from its purchase.</param>
/// <param name="MinUnits">The least that is sold at once.</param>
public sealed record PrepaidPrice(decimal Factor, int Days, int MinUnits);
