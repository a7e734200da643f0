namespace Marketplace.Billing.Ledger;

/// <summary>What one account gains (&gt; 0, credited) or gives (&lt; 0, debited).</summary>
internal readonly record struct Movement(AccountRef Account, long Micros, string? Hold = null);

/// <summary>Turns signed movements into legs.</summary>
internal static class Movements
{
    /// <summary>Pairs givers with takers in the order given. The fewest legs are not sought: the same input always gives the same legs.</summary>
    /// <exception cref="ArgumentException">The movements do not add up to zero.</exception>
    public static IReadOnlyList<LegDraft> ToLegs(IReadOnlyList<Movement> movements)
    {
        long sum = 0;
        foreach (Movement movement in movements)
            sum = checked(sum + movement.Micros);
        if (sum != 0)
            throw new ArgumentException($"The movements are off by {sum} micro-units.", nameof(movements));
        var legs = new List<LegDraft>(movements.Count);
        using IEnumerator<Movement> givers = movements.Where(m => m.Micros < 0).GetEnumerator();
        using IEnumerator<Movement> takers = movements.Where(m => m.Micros > 0).GetEnumerator();
        long give = 0;
        long take = 0;
        while (true)
        {
            if (give == 0)
            {
                if (!givers.MoveNext())
                    break;
                give = checked(-givers.Current.Micros);
            }
            if (take == 0)
            {
                takers.MoveNext();
                take = takers.Current.Micros;
            }
            long amount = Math.Min(give, take);
            legs.Add(new LegDraft(givers.Current.Account, takers.Current.Account, amount, givers.Current.Hold ?? takers.Current.Hold));
            give -= amount;
            take -= amount;
        }
        return legs;
    }
}
