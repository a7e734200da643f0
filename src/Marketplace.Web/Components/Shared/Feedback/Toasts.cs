namespace Marketplace.Web.Components.Shared.Feedback;

/// <summary>One short message about something that has just happened.</summary>
public sealed record Toast(long Id, Tone Tone, string Text, string? Href, string? LinkText);

/// <summary>Messages at the edge of the screen, read out by screen readers. One per circuit.</summary>
public sealed class Toasts(TimeProvider time) : IDisposable
{
    private const int Kept = 4;
    private static readonly TimeSpan StaysFor = TimeSpan.FromSeconds(6);
    private readonly Lock _gate = new();
    private readonly List<(Toast Toast, ITimer? Timer)> _shown = [];
    private long _lastId;

    /// <summary>Raised, on any thread, when the list changed.</summary>
    public event Action? Changed;

    public IReadOnlyList<Toast> Shown
    {
        get
        {
            lock (_gate)
            {
                return [.. _shown.Select(entry => entry.Toast)];
            }
        }
    }

    /// <summary>Shows a message. Failures stay until they are closed; everything else leaves after six seconds.</summary>
    public void Show(Tone tone, string text, string? href = null, string? linkText = null)
    {
        lock (_gate)
        {
            var toast = new Toast(++_lastId, tone, text, href, linkText);
            var timer = tone == Tone.Failed ? null : time.CreateTimer(_ => Close(toast.Id), null, StaysFor, Timeout.InfiniteTimeSpan);
            _shown.Add((toast, timer));
            if (_shown.Count > Kept)
            {
                _shown[0].Timer?.Dispose();
                _shown.RemoveAt(0);
            }
        }

        Changed?.Invoke();
    }

    public void Close(long id)
    {
        lock (_gate)
        {
            var at = _shown.FindIndex(entry => entry.Toast.Id == id);
            if (at < 0)
            {
                return;
            }

            _shown[at].Timer?.Dispose();
            _shown.RemoveAt(at);
        }

        Changed?.Invoke();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (_, timer) in _shown)
            {
                timer?.Dispose();
            }

            _shown.Clear();
        }
    }
}
