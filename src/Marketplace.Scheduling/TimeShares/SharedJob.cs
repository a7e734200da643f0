namespace Marketplace.Scheduling.TimeShares;

/// <summary>Jobs that are alike to a scheduler: as many cards, as fast on each kind of chip. Jobs share one instance, which groups them.</summary>
/// <param name="Name">For people.</param>
/// <param name="Cards">Cards a job runs on at once, all of one kind of chip.</param>
/// <param name="Speeds">Units of work per second on that many cards of each kind of chip; 0 where it cannot run.</param>
public sealed record JobKind(string Name, int Cards, IReadOnlyList<double> Speeds)
{
    /// <summary>Its largest speed, in units of work per second.</summary>
    public double BestSpeed { get; } = Speeds is { Count: > 0 } ? Speeds.Max() : 0;
}

/// <summary>One job in the queue or running.</summary>
public sealed class SharedJob(int id, JobKind kind, double work, double weight = 1)
{
    public int Id { get; } = id;

    public JobKind Kind { get; } = kind;

    /// <summary>Its part of a fair share against others; 1 is usual.</summary>
    public double Weight { get; } = weight;

    /// <summary>Units of work still to do; whoever runs the job keeps it up to date.</summary>
    public double Remaining { get; set; } = work;

    /// <summary>Seconds it would still need on its best chip.</summary>
    public double BestSeconds => Remaining / Kind.BestSpeed;
}

/// <summary>All cards of one kind of chip.</summary>
/// <param name="Name">For people.</param>
/// <param name="Cards">How many.</param>
public sealed record ChipPool(string Name, int Cards);
