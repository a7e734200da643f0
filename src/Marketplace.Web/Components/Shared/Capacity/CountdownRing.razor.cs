using System.Globalization;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Capacity;

/// <summary>How long a hold still lasts, by the server's clock. It ends at zero and says so once.</summary>
public sealed partial class CountdownRing : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);
    private ITimer? _timer;
    private bool _ended;

    /// <summary>When the hold began; the ring is full then.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset Started { get; set; }

    /// <summary>When it ends.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset Deadline { get; set; }

    /// <summary>The words above the clock, such as "Held for you".</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>Raised once when the time is up.</summary>
    [Parameter]
    public EventCallback OnEnded { get; set; }

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    private TimeSpan Left => Deadline > Clock.UtcNow ? Deadline - Clock.UtcNow : TimeSpan.Zero;

    private bool IsShort => Left <= Short;

    private string Shown
    {
        get
        {
            // Rounded up: the clock shows 00:01 during the last second and 00:00 only when it is over.
            var left = TimeSpan.FromSeconds(Math.Ceiling(Left.TotalSeconds));
            return left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"mm\:ss", CultureInfo.InvariantCulture);
        }
    }

    private string Dash
    {
        get
        {
            var whole = (Deadline - Started).TotalSeconds;
            var share = whole > 0 ? Math.Clamp(Left.TotalSeconds / whole, 0, 1) : 0;
            return (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " 100";
        }
    }

    // Spoken rarely: when the last minute begins and at the end.
    private string? Announcement =>
        Left == TimeSpan.Zero ? T["Countdown.Over"].Value
        : IsShort ? T["Countdown.LastMinute"].Value
        : null;

    // Also after a hold was extended.
    protected override void OnParametersSet()
    {
        if (Left > TimeSpan.Zero && (_timer is null || _ended))
        {
            _ended = false;
            _timer?.Dispose();
            _timer = Clock.Time.CreateTimer(_ => _ = InvokeAsync(TickAsync), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
    }

    public void Dispose() => _timer?.Dispose();

    private async Task TickAsync()
    {
        if (_ended)
        {
            return;
        }

        StateHasChanged();
        if (Left == TimeSpan.Zero)
        {
            _ended = true;
            _timer?.Dispose();
            try
            {
                await OnEnded.InvokeAsync();
            }
            catch (Exception error)
            {
                // Nobody awaits a timer: hand the page's failure to its error boundary.
                await DispatchExceptionAsync(error);
            }
        }
    }
}
