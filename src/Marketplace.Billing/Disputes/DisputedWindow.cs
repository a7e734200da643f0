using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;

namespace Marketplace.Billing.Disputes;

/// <summary>What a window was charged, or what of it was given back.</summary>
internal readonly record struct ChargedAmount(decimal Quantity, Rated Charge)
{
    private const int PartDecimals = 18;

    public static ChargedAmount operator +(ChargedAmount a, ChargedAmount b) => new(a.Quantity + b.Quantity, a.Charge + b.Charge);

    public static ChargedAmount operator -(ChargedAmount a, ChargedAmount b) => new(a.Quantity - b.Quantity, a.Charge - b.Charge);

    /// <summary>A part of it, each amount rounded once. The operator takes what rounding leaves, as it takes the margin; the whole gives the whole.</summary>
    /// <param name="part">0 to 1.</param>
    public ChargedAmount Part(decimal part)
    {
        Share share = Charge.Share;
        long net = Micros(share.Net, part);
        long center = Micros(share.Center, part);
        long commission = Micros(share.Commission, part);
        return new ChargedAmount(
            Exactly(Quantity, part),
            new Rated(
                Exactly(Charge.Exact, part),
                new Share(net, Micros(share.Tax, part), center, checked(net - center - commission), commission)
            )
        );
    }

    private static long Micros(long micros, decimal part) => (long)decimal.Round(micros * part, MidpointRounding.ToEven);

    private static decimal Exactly(decimal value, decimal part) =>
        ExactMath.MultiplyDivide(value, decimal.Round(part, PartDecimals), 1, RatingRule.ExactDecimals);
}

/// <summary>A line of a window, with what is disputed of it.</summary>
/// <param name="TakesBack">It gives back what an upheld dispute takes back.</param>
/// <param name="DisputeId">Of the dispute that names it and was not rejected; null where there is none.</param>
/// <param name="Portion">The part of it that is disputed.</param>
/// <param name="Share">What of that goes back; null while the dispute is open.</param>
internal sealed record WindowLine(ChargedAmount Amount, bool TakesBack, string? DisputeId, decimal Portion, decimal? Share);

/// <summary>
/// The last window of a meter, under a dispute that is open or was upheld. A correction of the window belongs to the dispute as well: what the
/// dispute gives back stays the same part of what the window is charged, whatever is told of it later.
/// </summary>
/// <param name="Portion">The part of the window's charge that is disputed.</param>
/// <param name="Share">What of that goes back; null while the dispute is open.</param>
/// <param name="Charged">What the window was charged so far.</param>
/// <param name="Given">What of it was given back so far.</param>
internal sealed record DisputedWindow(string DisputeId, decimal Portion, decimal? Share, ChargedAmount Charged, ChargedAmount Given)
{
    private const int PortionDecimals = 18;

    /// <param name="lines">All of one window, oldest first.</param>
    /// <returns>null when nobody disputes the window.</returns>
    public static DisputedWindow? Of(IReadOnlyList<WindowLine> lines)
    {
        if (lines.LastOrDefault(l => l.DisputeId is not null) is not { DisputeId: { } disputeId } last)
            return null;
        List<WindowLine> charges = [.. lines.Where(l => !l.TakesBack)];
        ChargedAmount charged = charges.Aggregate(default(ChargedAmount), (sum, l) => sum + l.Amount);
        return new DisputedWindow(
            disputeId,
            PortionOf(charges, charged.Charge.Exact, last),
            last.Share,
            charged,
            lines.Where(l => l.TakesBack).Aggregate(default(ChargedAmount), (sum, l) => sum - l.Amount)
        );
    }

    // A dispute may name some of a window's lines only: what came before is too old, or its dispute was rejected.
    private static decimal PortionOf(List<WindowLine> charges, decimal charged, WindowLine last)
    {
        if (charged == 0 || charges.TrueForAll(l => l.DisputeId == last.DisputeId && l.Portion == last.Portion))
            return last.Portion;
        decimal disputed = charges.Where(l => l.DisputeId == last.DisputeId).Sum(l => l.Amount.Charge.Exact * l.Portion);
        decimal portion = decimal.Round(disputed / charged, PortionDecimals, MidpointRounding.ToEven);
        return portion is > 0 and <= 1 ? portion : last.Portion;
    }

    /// <summary>The window is charged more or less: what goes back follows.</summary>
    /// <returns>The amount of the line that does it, and the window after it.</returns>
    public (ChargedAmount Line, DisputedWindow After) Follow(ChargedAmount change)
    {
        ChargedAmount charged = Charged + change;
        ChargedAmount given = Share is { } share ? charged.Part(Portion * share) : Given;
        return (Given - given, this with { Charged = charged, Given = given });
    }
}
