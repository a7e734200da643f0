using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>Server time, the person's time zone, and one slow tick for everything on the page that ages. One per circuit.</summary>
public sealed class LocalClock(IJSRuntime browser, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private Action? _ticked;
    private ITimer? _timer;

    /// <summary>UTC until the browser has told its zone.</summary>
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    public DateTimeOffset UtcNow => time.GetUtcNow();

    /// <summary>The source of time, for components that count seconds.</summary>
    public TimeProvider Time => time;

    /// <summary>Raised every ten seconds, on any thread, while someone listens.</summary>
    public event Action Ticked
    {
        add
        {
            lock (_gate)
            {
                _ticked += value;
                _timer ??= time.CreateTimer(_ => _ticked?.Invoke(), null, TickEvery, TickEvery);
            }
        }
        remove
        {
            lock (_gate)
            {
                _ticked -= value;
                if (_ticked is null)
                {
                    _timer?.Dispose();
                    _timer = null;
                }
            }
        }
    }

    /// <summary>Asks the browser once. An unknown zone name leaves UTC.</summary>
    public async Task LearnZoneAsync()
    {
        var name = await browser.InvokeAsync<string>("portal.timeZone");
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            Zone = zone;
        }
    }

    /// <summary>The moment on the person's wall clock.</summary>
    public DateTimeOffset ToLocal(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, Zone);

    public void Dispose() => _timer?.Dispose();
}
