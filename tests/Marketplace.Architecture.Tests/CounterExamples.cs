namespace Marketplace.Architecture.Tests.CounterExamples;

// Deliberate violations for the rules to find. Nothing here is ever called.
internal interface ILonely;

internal sealed class Lonely : ILonely;

internal interface ILonelyGeneric<T>;

internal sealed class LonelyGeneric : ILonelyGeneric<int>;

internal interface IShared;

internal sealed class Shared : IShared;

internal sealed class AlsoShared : IShared;

internal static class ThingManager
{
    internal static class Inner;

    public static async Task<object[]> EverythingBannedAsync()
    {
        Thread.Sleep(1);
        Thread.Sleep(TimeSpan.Zero);
        await Task.Delay(1);
        await Task.Delay(TimeSpan.Zero);
        await Task.Delay(1, CancellationToken.None);
        await Task.Delay(TimeSpan.Zero, CancellationToken.None);
        return
        [
            DateTime.Now,
            DateTime.UtcNow,
            DateTime.Today,
            DateTimeOffset.Now,
            DateTimeOffset.UtcNow,
            Guid.NewGuid(),
            new Random(),
            Random.Shared,
        ];
    }
}
