namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// First come, first served: each job in turn takes the fastest chip for it that has cards free; the first that finds none makes all later
/// ones wait. What Gavel's evaluation calls FIFO with throughputs known.
/// </summary>
public sealed class ArrivalRounds(IReadOnlyList<ChipPool> pools) : RoundPolicy(pools)
{
    private protected override int[] Choose(double nowSeconds, IReadOnlyList<SharedJob> jobs)
    {
        int[] free = [.. Pools.Select(pool => pool.Cards)];
        var at = new int[jobs.Count];
        Array.Fill(at, -1);
        for (var j = 0; j < jobs.Count; j++)
        {
            var kind = jobs[j].Kind;
            for (var p = 0; p < free.Length; p++)
            {
                if (free[p] >= kind.Cards && kind.Speeds[p] > 0 && (at[j] < 0 || kind.Speeds[p] > kind.Speeds[at[j]]))
                {
                    at[j] = p;
                }
            }

            if (at[j] < 0)
            {
                break;
            }

            free[at[j]] -= kind.Cards;
        }

        return at;
    }
}
