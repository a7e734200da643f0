using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Connections;

public class KeyedQueueTests
{
    private readonly ManualTimeProvider time = new();
    private int runs;

    [Fact]
    public async Task A_key_is_worked_on_by_one_worker_at_a_time_and_once_more_if_asked_meanwhile()
    {
        var started = new SemaphoreSlim(0);
        var go = new SemaphoreSlim(0);
        var inside = 0;
        var overlapped = false;
        await using var queue = new KeyedQueue(
            4,
            async (_, ct) =>
            {
                overlapped |= Interlocked.Increment(ref inside) > 1;
                started.Release();
                await go.WaitAsync(ct);
                Interlocked.Decrement(ref inside);
                Interlocked.Increment(ref runs);
                return null;
            },
            (_, _) => { },
            time
        );
        queue.Add("a");
        await Until.Within(started.WaitAsync(), "the first run");
        queue.Add("a");
        queue.Add("a");
        go.Release();
        await Until.Within(started.WaitAsync(), "the second run");
        go.Release();
        await Until.True(() => Volatile.Read(ref runs) == 2, "two runs");

        Assert.False(overlapped);
        Assert.False(started.Wait(0));
    }

    [Fact]
    public async Task Failures_come_again_after_pauses_that_double_and_a_success_starts_over()
    {
        var bugs = 0;
        await using var queue = new KeyedQueue(
            1,
            (_, _) =>
            {
                var run = Interlocked.Increment(ref runs);
                return run switch
                {
                    1 => throw new RetryException("later"),
                    2 => throw new InvalidOperationException("bug"),
                    3 => Task.FromResult<TimeSpan?>(null),
                    4 => throw new RetryException("later"),
                    _ => Task.FromResult<TimeSpan?>(null),
                };
            },
            (_, _) => Interlocked.Increment(ref bugs),
            time
        );
        queue.Add("a");
        await RunsAsync(1);
        await StepAsync(250, 2);
        await StepAsync(500, 3);
        Assert.Equal(1, bugs);
        queue.Add("a");
        await RunsAsync(4);
        await StepAsync(250, 5);
    }

    [Fact]
    public async Task A_worker_can_ask_to_come_again()
    {
        await using var queue = new KeyedQueue(
            1,
            (_, _) => Task.FromResult<TimeSpan?>(Interlocked.Increment(ref runs) == 1 ? TimeSpan.FromMinutes(5) : null),
            (_, _) => { },
            time
        );
        queue.Add("a");
        await RunsAsync(1);
        await StepAsync(300_000, 2);
    }

    /// <summary>The run comes at this pause and not a tick earlier.</summary>
    private async Task StepAsync(int milliseconds, int expectedRuns)
    {
        await Until.True(() => time.ActiveTimers == 1, "the timer to be set");
        time.Advance(TimeSpan.FromMilliseconds(milliseconds) - TimeSpan.FromTicks(1));
        Assert.Equal(1, time.ActiveTimers);
        Assert.Equal(expectedRuns - 1, Volatile.Read(ref runs));
        time.Advance(TimeSpan.FromTicks(1));
        await RunsAsync(expectedRuns);
    }

    private Task RunsAsync(int count) => Until.True(() => Volatile.Read(ref runs) == count, $"{count} runs");
}
