using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Invoicing;

/// <summary>What is left of one invoice line: what was charged less what credit notes took back.</summary>
internal sealed record LineRest(int Line, ChargeParties Parties, Share Rest)
{
    /// <summary>Tax included. A line that gives something back, or is credited in full, has nothing to take.</summary>
    public long Gross => Math.Max(0, checked(Rest.Net + Rest.Tax));
}

/// <summary>A credit note before it is written: what each line gives back, and the total that the customer gets.</summary>
internal sealed record Credit(IReadOnlyList<(LineRest Line, Share Back)> Lines, long Rounding)
{
    public long Net => Lines.Aggregate(0L, (sum, l) => checked(sum + l.Back.Net));
    public long Tax => Lines.Aggregate(0L, (sum, l) => checked(sum + l.Back.Tax));
    public long Total => checked(Net + Tax + Rounding);
}

/// <summary>Decides what a credit note takes back. Pure: the same rests always give the same parts.</summary>
internal static class CreditRule
{
    /// <param name="chosen">The lines to take from; each has something left.</param>
    /// <param name="amount">Tax included, at most what the lines have left; null for all of it.</param>
    /// <param name="rest">What is left of the invoice's total; taking the last of every line takes exactly this.</param>
    /// <param name="takesAll">Whether the chosen lines are all that have something left.</param>
    public static Credit Decide(IReadOnlyList<LineRest> chosen, long? amount, Money rest, bool takesAll)
    {
        long most = chosen.Aggregate(0L, (sum, l) => checked(sum + l.Gross));
        long take = amount ?? most;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(take, nameof(amount));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(take, most, nameof(amount));
        long[] parts = Split(take, [.. chosen.Select(l => l.Gross)]);
        List<(LineRest, Share)> lines = [];
        for (int i = 0; i < chosen.Count; i++)
        {
            if (parts[i] > 0)
                lines.Add((chosen[i], Back(chosen[i].Rest, parts[i])));
        }
        // A document is in minor units, as the invoice was; together they never come to more than it did.
        long total =
            takesAll && take == most ? rest.Micros : Math.Min(new Money(take, rest.Currency).RoundToExponent().Micros, rest.Micros);
        return new Credit(lines, checked(total - take));
    }

    /// <summary>
    /// The share of what a line has left: each part in proportion, by largest remainder, and none beyond its own rest. Who paid into a charge,
    /// as a loss leader's operator, gets back in proportion.
    /// </summary>
    /// <param name="gross">&gt; 0 and at most the rest with its tax.</param>
    public static Share Back(Share rest, long gross)
    {
        long[] parts = [rest.Center, rest.Operator, rest.Commission, rest.Tax];
        long whole = checked(rest.Net + rest.Tax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(gross, whole);
        long[] givers = [.. parts.Select(p => Math.Max(0, p))];
        long[] takers = [.. parts.Select(p => Math.Max(0, -p))];
        long returned = (long)((Int128)gross * takers.Sum() / whole);
        long[] given = Split(checked(gross + returned), givers);
        long[] taken = Split(returned, takers);
        long At(int i) => checked(given[i] - taken[i]);
        return new Share(checked(At(0) + At(1) + At(2)), At(3), At(0), At(1), At(2));
    }

    private static long[] Split(long total, long[] weights) =>
        total == 0 ? new long[weights.Length] : Platform.Monetary.Split.ByLargestRemainder(total, [.. weights.Select(w => (decimal)w)]);
}
