using FsCheck.Fluent;
using Marketplace.Testing;

namespace Marketplace.Migrations.Tests;

/// <summary>The test support is tested too: a clock that skips a timer or a wait that never fails would make other tests worthless.</summary>
public sealed class TestingSupportTests
{
    [Fact]
    public void Timers_fire_in_due_order_and_see_the_time_they_were_due_at()
    {
        var time = new ManualTimeProvider();
        var fired = new List<(string Timer, TimeSpan At)>();
        using var late = Timer("late", 30, 0);
        using var early = Timer("early", 10, 0);
        using var repeating = Timer("every", 20, 20);
        time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal([("early", Seconds(10)), ("every", Seconds(20)), ("late", Seconds(30)), ("every", Seconds(40))], fired);
        Assert.Equal(ManualTimeProvider.DefaultStart + Seconds(45), time.GetUtcNow());

        ITimer Timer(string name, int due, int period) =>
            time.CreateTimer(
                _ => fired.Add((name, time.GetUtcNow() - ManualTimeProvider.DefaultStart)),
                null,
                Seconds(due),
                period == 0 ? Timeout.InfiniteTimeSpan : Seconds(period)
            );
    }

    [Fact]
    public void A_disposed_timer_does_not_fire()
    {
        var time = new ManualTimeProvider();
        var fired = 0;
        time.CreateTimer(_ => fired++, null, Seconds(1), Timeout.InfiniteTimeSpan).Dispose();
        time.Advance(Seconds(10));
        Assert.Equal(0, fired);
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_passes_it_and_not_before()
    {
        var time = new ManualTimeProvider();
        var delay = Task.Delay(Seconds(60), time);
        time.Advance(Seconds(59));
        Assert.False(delay.IsCompleted);
        time.Advance(Seconds(1));
        await delay;
    }

    [Fact]
    public async Task A_wait_ends_in_failure_with_what_it_waited_for()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(() => Eventually.HoldsAsync(() => false, "the moon", Seconds(0.1)));
        Assert.Contains("the moon", error.Message, StringComparison.Ordinal);
        var calls = 0;
        await Eventually.HoldsAsync(() => ++calls == 3, "the third look");
        Assert.Equal(3, calls);
    }

    [Fact]
    public void A_property_that_does_not_hold_fails_with_its_seed()
    {
        var error = Assert.Throws<PropertyFailedException>(() => Properties.Check(Gen.Choose(0, 1000), value => value < 500));
        Assert.Contains(Properties.SeedVariable + "=", error.Message, StringComparison.Ordinal);
        Properties.Check(Gen.Choose(0, 1000), value => value <= 1000);
    }

    [Fact]
    public void A_printed_seed_is_read_back_and_names_differ()
    {
        var (state, gamma) = Properties.Seed(null, "A.B");
        Assert.Equal((state, gamma), Properties.Seed($"{state},{gamma}", "anything"));
        Assert.NotEqual(state, Properties.Seed(null, "A.C").State);
        Assert.Throws<InvalidOperationException>(() => Properties.Seed("seven", "A.B"));
    }

    private static TimeSpan Seconds(double value) => TimeSpan.FromSeconds(value);
}
