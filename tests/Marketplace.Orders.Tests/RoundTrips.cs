using System.Diagnostics;

namespace Marketplace.Orders.Tests;

/// <summary>Counts what this test sends to the database: each command or batch of Npgsql is one activity.</summary>
internal sealed class RoundTrips : IDisposable
{
    private readonly ActivityListener listener;
    private readonly Activity root = new Activity("round-trips").SetIdFormat(ActivityIdFormat.W3C).Start();
    private int count;

    public RoundTrips()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                // Other tests run beside this one: only what was started from here counts.
                if (activity.TraceId == root.TraceId)
                    Interlocked.Increment(ref count);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public int Count => Volatile.Read(ref count);

    public void Dispose()
    {
        root.Stop();
        listener.Dispose();
    }
}
