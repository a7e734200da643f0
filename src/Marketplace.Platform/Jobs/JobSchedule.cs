using System.Globalization;

namespace Marketplace.Platform.Jobs;

/// <summary>When a job runs. A run that was missed (every worker was down, or busy) is made up for once, at once; then the schedule goes on.</summary>
public sealed record JobSchedule
{
    private JobSchedule(TimeSpan? interval, TimeOnly? at) => (Interval, At) = (interval, at);

    /// <summary>Time from one run to the next; null for a daily job.</summary>
    public TimeSpan? Interval { get; }

    /// <summary>Time of day in UTC; null for a job with an interval.</summary>
    public TimeOnly? At { get; }

    /// <summary>Again and again, from the moment the job is first known.</summary>
    /// <param name="interval">One second or more.</param>
    public static JobSchedule Every(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromSeconds(1));
        return new JobSchedule(interval, null);
    }

    /// <summary>Once a day.</summary>
    /// <param name="utc">Hour and minute in UTC; seconds are cut off.</param>
    public static JobSchedule DailyAt(TimeOnly utc) => new(null, new TimeOnly(utc.Hour, utc.Minute));

    /// <summary>The schedule as text: <c>every 00:00:05</c> or <c>daily at 03:20 UTC</c>. Two schedules are the same when their texts are.</summary>
    public override string ToString() =>
        Interval is { } interval
            ? string.Create(CultureInfo.InvariantCulture, $"every {interval:c}")
            : string.Create(CultureInfo.InvariantCulture, $"daily at {At!.Value:HH\\:mm} UTC");
}

/// <summary>A periodic job of a module: a name, a schedule and what it does in a scope of its own.</summary>
/// <param name="Name">Kebab-case, begins with its module, such as <c>billing-close-month</c>. It is the job's identity in the store.</param>
/// <param name="Run">The work, as <see cref="Parties.Actor.System"/>. Returns how many things it changed. It must be safe to run twice, or late.</param>
public sealed record JobDefinition(string Name, JobSchedule Schedule, Func<IServiceProvider, CancellationToken, Task<int>> Run);
