using System.Collections.Concurrent;

namespace Marketplace.Web.Api.RateLimits;

/// <summary>What a bucket says to one request.</summary>
/// <param name="Remaining">Requests left at once.</param>
/// <param name="RetryAfter">When refused: until the next one is there.</param>
/// <param name="Reset">Until the bucket is full again.</param>
internal readonly record struct BucketAnswer(bool Granted, int Remaining, TimeSpan RetryAfter, TimeSpan Reset);

/// <summary>One token bucket per key, filled by the clock as it is asked. Bounded: full buckets are forgotten, because a new one is full too.</summary>
internal sealed class TokenBuckets(int capacity, double perSecond, TimeProvider time)
{
    private const int SweepAbove = 10_000;
    private readonly ConcurrentDictionary<string, Bucket> buckets = new(StringComparer.Ordinal);

    public int Capacity => capacity;

    public BucketAnswer Take(string key)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (buckets.Count > SweepAbove)
            Sweep(now);
        Bucket bucket = buckets.GetOrAdd(key, _ => new Bucket(capacity, now));
        lock (bucket)
        {
            bucket.Level = LevelAt(bucket, now);
            bucket.At = now;
            bool granted = bucket.Level >= 1;
            if (granted)
                bucket.Level -= 1;
            return new BucketAnswer(
                granted,
                (int)bucket.Level,
                granted ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - bucket.Level) / perSecond),
                TimeSpan.FromSeconds((capacity - bucket.Level) / perSecond)
            );
        }
    }

    private double LevelAt(Bucket bucket, DateTimeOffset now) =>
        Math.Min(capacity, bucket.Level + Math.Max(0, (now - bucket.At).TotalSeconds) * perSecond);

    private void Sweep(DateTimeOffset now)
    {
        foreach (var (key, bucket) in buckets)
        {
            lock (bucket)
            {
                if (LevelAt(bucket, now) >= capacity)
                    buckets.TryRemove(KeyValuePair.Create(key, bucket));
            }
        }
    }

    private sealed class Bucket(double level, DateTimeOffset at)
    {
        public double Level { get; set; } = level;
        public DateTimeOffset At { get; set; } = at;
    }
}
