namespace Marketplace.Testing;

/// <summary>
/// A clock that stands still until a test calls <see cref="Advance"/>. Timers fire inside Advance, in due order, each seeing the time it
/// was due at, so a test of an hour's worth of timers is exact and takes no time.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    /// <summary>Where the clock stands when nothing else is said: a whole second in a month without a clock change.</summary>
    public static readonly DateTimeOffset DefaultStart = new(2030, 1, 15, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly DateTimeOffset _start;
    private DateTimeOffset _now;
    private long _sequence;

    public ManualTimeProvider()
        : this(DefaultStart) { }

    public ManualTimeProvider(DateTimeOffset start) => (_start, _now) = (start, start);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that wait to fire; a test can wait for a loop to have gone to sleep.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => (GetUtcNow() - _start).Ticks;

    /// <summary>Moves the clock forward and fires every timer that falls due on the way.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is negative: time does not go back here. See <see cref="StepTo"/>.</exception>
    public void Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        var end = GetUtcNow() + span;
        while (NextDue(end) is { } due)
            due.Fire();
        lock (_gate)
            _now = end;
    }

    /// <summary>Sets the clock without firing anything, forwards or backwards: what a corrected system clock does.</summary>
    public void StepTo(DateTimeOffset time)
    {
        lock (_gate)
        {
            var shift = time - _now;
            _now = time;
            foreach (var timer in _timers)
                timer.Due += shift;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? NextDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => (timer.Due, timer.Order));
            if (next is null)
                return null;
            _now = next.Due > _now ? next.Due : _now;
            _timers.Remove(next);
            if (next.Period > TimeSpan.Zero)
                Schedule(next, next.Period, next.Period);
            return next;
        }
    }

    private void Schedule(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        timer.Due = _now + dueTime;
        timer.Period = period;
        timer.Order = _sequence++;
        _timers.Add(timer);
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public DateTimeOffset Due { get; set; }
        public TimeSpan Period { get; set; }
        public long Order { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                if (_disposed)
                    return false;
                owner._timers.Remove(this);
                if (dueTime > TimeSpan.Zero)
                    owner.Schedule(this, dueTime, period);
            }
            // The contract of timers: due at once means on another thread, not inside this call.
            if (dueTime == TimeSpan.Zero)
                ThreadPool.QueueUserWorkItem(_ => FireFirst(period));
            return true;
        }

        private void FireFirst(TimeSpan period)
        {
            lock (owner._gate)
            {
                if (_disposed)
                    return;
                if (period > TimeSpan.Zero)
                    owner.Schedule(this, period, period);
            }
            Fire();
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                _disposed = true;
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
