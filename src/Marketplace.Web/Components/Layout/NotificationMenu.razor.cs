using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>The bell. It is absent as long as no <see cref="INotificationSource"/> is registered.</summary>
public sealed partial class NotificationMenu : IDisposable
{
    private const int Shown = 8;
    private readonly CancellationTokenSource _gone = new();

    [Inject]
    private IServiceProvider Services { get; set; } = default!;

    private INotificationSource? Source { get; set; }

    private IReadOnlyList<NotificationView> Items { get; set; } = [];

    private int Unread => Items.Count(item => !item.IsRead);

    protected override async Task OnInitializedAsync()
    {
        Source = Services.GetService<INotificationSource>();
        if (Source is null)
        {
            return;
        }

        Source.Changed += OnChanged;
        Items = await Source.LatestAsync(Shown, _gone.Token);
    }

    public void Dispose()
    {
        if (Source is not null)
        {
            Source.Changed -= OnChanged;
        }

        _gone.Cancel();
        _gone.Dispose();
    }

    private void OnChanged() =>
        _ = InvokeAsync(async () =>
        {
            if (!_gone.IsCancellationRequested)
            {
                Items = await Source!.LatestAsync(Shown, _gone.Token);
                StateHasChanged();
            }
        });

    private async Task ReadAsync()
    {
        await Source!.MarkReadAsync(_gone.Token);
        Items = [.. Items.Select(item => item with { IsRead = true })];
    }
}
