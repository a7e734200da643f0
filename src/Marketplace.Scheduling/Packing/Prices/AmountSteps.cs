namespace Marketplace.Scheduling.Packing.Prices;

/// <summary>
/// The amounts of something that pods ask for, ascending. What is free counts for the steps it reaches; what lies between two steps counts
/// as the upper one when it is asked for.
/// </summary>
internal readonly struct AmountSteps
{
    private readonly int[] steps;

    /// <param name="pods">The pods.</param>
    /// <param name="amount">What of them.</param>
    /// <param name="most">When there are more amounts, those are kept that cut the pods into groups of about equal number.</param>
    public AmountSteps(IEnumerable<PodCount> pods, Func<PodShape, int> amount, int most)
    {
        var all = pods.GroupBy(pod => amount(pod.Shape), pod => (long)pod.Count)
            .Select(group => (Amount: group.Key, Count: group.Sum()))
            .OrderBy(each => each.Amount)
            .ToList();
        var kept = new List<int>(Math.Min(most, all.Count));
        long total = all.Sum(each => each.Count),
            before = 0;
        foreach (var each in all)
        {
            before += each.Count;
            // The largest always ends a group, so nothing lies above the last step.
            if (all.Count <= most || before * most / total > kept.Count)
            {
                kept.Add(each.Amount);
            }
        }

        steps = [.. kept];
    }

    /// <summary>How many steps.</summary>
    public int Count => steps.Length;

    /// <summary>How many steps so much free reaches.</summary>
    public int Reached(int free)
    {
        var at = steps.AsSpan().BinarySearch(free);
        return at >= 0 ? at + 1 : ~at;
    }

    /// <summary>How many steps it takes to have so much, which is not above the last.</summary>
    public int Needed(int asked)
    {
        var at = steps.AsSpan().BinarySearch(asked);
        return (at >= 0 ? at : ~at) + 1;
    }
}
