namespace Marketplace.Platform.Data;

/// <summary>PostgreSQL keeps microseconds, the clock ticks ten times as fast.</summary>
public static class StoredTime
{
    /// <summary>
    /// The time as it will be read back, in UTC. What is computed from a time that is stored, money above all, is computed from this, so that
    /// anybody gets the same result from the rows.
    /// </summary>
    public static DateTimeOffset ToStored(this DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
