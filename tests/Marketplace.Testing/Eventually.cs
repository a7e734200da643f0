namespace Marketplace.Testing;

/// <summary>Waits for something another thread or process does. The deadline is generous: it bounds a failure, it is never the measure.</summary>
public static class Eventually
{
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="what">What is waited for, for the failure's message.</param>
    /// <exception cref="TimeoutException">It did not hold before the deadline.</exception>
    public static Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null) =>
        GetAsync(async () => await condition() ? (object)true : null, what, deadline);

    /// <inheritdoc cref="HoldsAsync(Func{Task{bool}}, string, TimeSpan?)"/>
    public static Task HoldsAsync(Func<bool> condition, string what, TimeSpan? deadline = null) =>
        HoldsAsync(() => Task.FromResult(condition()), what, deadline);

    /// <summary>Waits until the probe returns something.</summary>
    /// <exception cref="TimeoutException">It returned null until the deadline.</exception>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> probe, string what, TimeSpan? deadline = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(probe);
        var limit = deadline ?? DefaultDeadline;
        using var end = new CancellationTokenSource(limit);
        using var ticks = new PeriodicTimer(Interval);
        while (true)
        {
            if (await probe() is { } found)
                return found;
            try
            {
                await ticks.WaitForNextTickAsync(end.Token);
            }
            catch (OperationCanceledException cancelled)
            {
                throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s for: {what}", cancelled);
            }
        }
    }
}
