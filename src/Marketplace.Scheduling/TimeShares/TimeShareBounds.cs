using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.TimeShares;

/// <summary>What a policy accepts. A round costs a matching of jobs to pools; a fair share a linear program of two rows per kind.</summary>
public static class TimeShareBounds
{
    /// <summary>Most kinds of chip.</summary>
    public const int MaxPools = 64;

    /// <summary>Most jobs at once.</summary>
    public const int MaxJobs = 100_000;

    /// <summary>Most different kinds of job at once, by kind and weight: the linear program is dense.</summary>
    public const int MaxKinds = 500;

    /// <summary>Largest speed and amount of work.</summary>
    public const double MaxAmount = 1e15;

    internal static void Check(IReadOnlyList<ChipPool> pools)
    {
        var problems = new ProblemList(50);
        problems.Between("pools", pools.Count, 1, MaxPools);
        for (var p = 0; p < pools.Count && !problems.Full; p++)
        {
            problems.Between($"pools[{p}].cards", pools[p].Cards, 0, InputBounds.MaxCards);
        }

        Refuse(problems);
    }

    internal static void Check(IReadOnlyList<ChipPool> pools, IReadOnlyList<SharedJob> jobs)
    {
        var problems = new ProblemList(50);
        problems.Between("jobs", jobs.Count, 0, MaxJobs);
        Refuse(problems);
        for (var j = 0; j < jobs.Count && !problems.Full; j++)
        {
            var job = jobs[j];
            if (job.Kind.Speeds.Count != pools.Count)
            {
                problems.Add(
                    "out-of-range",
                    $"jobs[{j}].kind.speeds",
                    $"'{job.Kind.Name}' has {job.Kind.Speeds.Count} speeds.",
                    $"Give {pools.Count}, one per pool; 0 where it cannot run."
                );
                continue;
            }

            problems.Between($"jobs[{j}].kind.cards", job.Kind.Cards, 1, InputBounds.MaxCards);
            Amount(problems, $"jobs[{j}].remaining", job.Remaining, positive: true);
            Amount(problems, $"jobs[{j}].weight", job.Weight, positive: true);
            for (var p = 0; p < pools.Count; p++)
            {
                Amount(problems, $"jobs[{j}].kind.speeds[{p}]", job.Kind.Speeds[p], positive: false);
            }
        }

        Refuse(problems);
    }

    internal static void CheckKinds(int kinds)
    {
        if (kinds > MaxKinds)
        {
            throw new InvalidSupplyException([
                new("too-many", "jobs", $"They are of {kinds} kinds.", $"Let jobs that are alike share one kind; {MaxKinds} are possible."),
            ]);
        }
    }

    private static void Amount(ProblemList problems, string field, double value, bool positive)
    {
        // NaN fails every comparison.
        if (value is >= 0 and <= MaxAmount && (value > 0 || !positive))
        {
            return;
        }

        problems.Add(
            double.IsFinite(value) ? "out-of-range" : "not-a-number",
            field,
            FormattableString.Invariant($"{value} is not possible."),
            FormattableString.Invariant($"Use a number {(positive ? "above" : "of at least")} 0 and at most {MaxAmount}.")
        );
    }

    private static void Refuse(ProblemList problems)
    {
        if (problems.Problems.Count > 0)
        {
            throw new InvalidSupplyException(problems.Problems);
        }
    }
}
