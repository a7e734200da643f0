namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>One line in the bell's menu. The title is already in the person's language.</summary>
public sealed record NotificationView(string Title, string Href, DateTimeOffset At, bool IsRead);

/// <summary>Feeds the bell. Scoped. Register one and the bell appears.</summary>
public interface INotificationSource
{
    /// <summary>Raised, on any thread, when something arrived.</summary>
    event Action? Changed;

    /// <summary>The newest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<NotificationView>> LatestAsync(int limit, CancellationToken cancellation);

    /// <summary>Everything the person has been shown counts as read.</summary>
    Task MarkReadAsync(CancellationToken cancellation);
}
