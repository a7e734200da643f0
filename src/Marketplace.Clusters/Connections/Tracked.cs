using Marketplace.Clusters.Reconciling;

namespace Marketplace.Clusters.Connections;

/// <summary>What a connection knows about one contract. The wish is replaced as a whole; the rest is remembered across wishes.</summary>
internal sealed class Tracked(DesiredBundle bundle)
{
    private readonly Lock gate = new();
    private DateTimeOffset? verifiedAt;

    public DesiredBundle Bundle { get; private set; } = bundle;

    public ReconcileResult? Last { get; private set; }

    /// <summary>Why the cluster does not make the pods; null while it does.</summary>
    public string? PodsRefused { get; set; }

    public BundleStatus? Status { get; private set; }

    /// <summary>Since when pods have been seen that are to be gone; null while there are none.</summary>
    public DateTimeOffset? LeftoversSince { get; set; }

    public Tracked With(DesiredBundle newer)
    {
        lock (gate)
        {
            Bundle = newer;
        }

        return this;
    }

    /// <summary>The first pass of a process, and one now and then, look at every object.</summary>
    public bool NeedsVerify(DateTimeOffset now, TimeSpan every)
    {
        lock (gate)
        {
            return verifiedAt is not { } at || now - at >= every * 0.75;
        }
    }

    public void Doubt()
    {
        lock (gate)
        {
            verifiedAt = null;
        }
    }

    public void Took(ReconcileResult result, bool verified, DateTimeOffset now)
    {
        lock (gate)
        {
            // A failed pass does not undo what an earlier one has reached.
            Last =
                result.Error is not null && result.AppliedGeneration == 0 && Last is not null
                    ? result with
                    {
                        AppliedGeneration = Last.AppliedGeneration,
                    }
                    : result;
            verifiedAt =
                result.Error is not null ? null
                : verified ? now
                : verifiedAt;
        }
    }

    /// <summary>Keeps a status; false when it says nothing new.</summary>
    public bool Replace(BundleStatus status)
    {
        lock (gate)
        {
            var news = !status.SaysTheSameAs(Status);
            Status = status;
            return news;
        }
    }
}
