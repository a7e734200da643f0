using System.Diagnostics;

namespace Marketplace.Clusters.Tests.Support;

/// <summary>Waits for a condition, with a bound; says what it saw last when the bound is reached.</summary>
internal static class Until
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public static async Task<T> Seen<T>(Func<Task<T>> read, Func<T, bool> wanted, string what, Func<T, string>? show = null)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var seen = await read();
            if (wanted(seen))
            {
                return seen;
            }

            if (watch.Elapsed > Bound)
            {
                Assert.Fail($"Not within {Bound.TotalSeconds} s: {what}. Last seen: {(show is null ? $"{seen}" : show(seen))}");
            }

            await Task.Delay(Step, TimeProvider.System);
        }
    }

    public static Task<T> Seen<T>(Func<T> read, Func<T, bool> wanted, string what, Func<T, string>? show = null) =>
        Seen(() => Task.FromResult(read()), wanted, what, show);

    public static Task True(Func<bool> condition, string what) => Seen(condition, c => c, what);

    public static async Task<T> Within<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Bound, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Not within {Bound.TotalSeconds} s: {what}");
            throw;
        }
    }

    public static Task Within(Task task, string what) =>
        Within(
            task.ContinueWith(
                t =>
                {
                    t.GetAwaiter().GetResult();
                    return true;
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            ),
            what
        );
}
