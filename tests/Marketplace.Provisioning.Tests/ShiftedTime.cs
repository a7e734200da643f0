namespace Marketplace.Provisioning.Tests;

/// <summary>The machine's clock, which a test can set ahead: timers run on, but silence looks as long as the test wants.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long ahead;

    public void Ahead(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref ahead));
}
