using Marketplace.Platform.Changes;
using Marketplace.Web.Identity.Acting;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Page;

/// <summary>
/// A page that changes by push: it names the topics it lives from, and reloads when one is announced. Several changes in a row are one
/// reload; a quiet page asks nothing of the server.
/// </summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource gone = new();

    /// <summary>The one way to the modules: a scope per action, with the actor of the person at the page.</summary>
    [Inject]
    protected PortalActions Actions { get; set; } = default!;

    [Inject]
    private IServiceScopeFactory Scopes { get; set; } = default!;

    // Taken once: a load that is still under way when the page is left asks for it after the source is disposed.
    protected LivePage() => Gone = gone.Token;

    /// <summary>Cancelled when the page is left.</summary>
    protected CancellationToken Gone { get; }

    /// <summary>Calls <paramref name="reload"/> on the page's dispatcher whenever one of the topics changes, until the page is left.</summary>
    protected void Follow(Func<Task> reload, params string[] topics) => _ = FollowAsync(reload, topics);

    private async Task FollowAsync(Func<Task> reload, string[] topics)
    {
        await using var scope = Scopes.CreateAsyncScope();
        using var changes = scope.ServiceProvider.GetRequiredService<IChangeFeed>().Subscribe(topics);
        try
        {
            while (!gone.IsCancellationRequested)
            {
                if (await changes.WaitAsync(Quiet, gone.Token))
                    await InvokeAsync(async () =>
                    {
                        await reload();
                        StateHasChanged();
                    });
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The page was left.
        }
        catch (Exception e)
        {
            // Errors of a reload belong on the page, not in an unobserved task.
            await DispatchExceptionAsync(e);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || gone.IsCancellationRequested)
            return;
        gone.Cancel();
        gone.Dispose();
    }
}
