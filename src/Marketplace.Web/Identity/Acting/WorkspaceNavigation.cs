using System.Security.Claims;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Components.Authorization;

namespace Marketplace.Web.Identity.Acting;

/// <summary>
/// The person and their workspaces: one for each kind of each organisation they belong to; with the figures of the workspace they are in, which
/// are read again whenever something they count has changed.
/// </summary>
internal sealed partial class WorkspaceNavigation(
    AuthenticationStateProvider authentication,
    ActorResolver actors,
    PortalActions actions,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<WorkspaceNavigation> log
) : INavigationSource, IDisposable
{
    // Many changes in a row are one reading.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource gone = new();
    private string? followed;

    private static readonly (PartyKinds Party, WorkspaceKind Workspace)[] Kinds =
    [
        (PartyKinds.Customer, WorkspaceKind.Customer),
        (PartyKinds.Center, WorkspaceKind.Center),
        (PartyKinds.Operator, WorkspaceKind.Operator),
        (PartyKinds.Platform, WorkspaceKind.Admin),
    ];

    public event Action? Changed;

    public async Task<NavigationView> ReadAsync(WorkspaceKind workspace, CancellationToken cancellation)
    {
        ClaimsPrincipal person = (await authentication.GetAuthenticationStateAsync()).User;
        if (
            person.Identity is not { IsAuthenticated: true, Name: { } name }
            || person.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id
        )
            return NavigationView.Nobody;
        string? current = person.FindFirstValue(SessionCookie.PartyClaim);
        var memberships = await actors.MembershipsAsync(id, cancellation);
        var figures = current is null ? null : await FiguresAsync(workspace, cancellation);
        if (current is not null)
            Follow(current);
        return NavigationView.Nobody with
        {
            Counts = figures?.Counts ?? NavigationView.Nobody.Counts,
            Foot = figures?.Foot,
            PastDue = figures?.PastDue ?? [],
            Person = new PersonView(name, person.FindFirstValue(ClaimTypes.Email)),
            Workspaces =
            [
                .. from membership in memberships
                from kind in Kinds
                where membership.Party.Kinds.HasFlag(kind.Party)
                select new WorkspaceView(
                    membership.Party.Id,
                    membership.Party.Name,
                    kind.Workspace,
                    Link(membership.Party.Id, kind.Workspace, current),
                    membership.Party.Id == current && kind.Workspace == workspace
                ),
            ],
        };
    }

    public void Dispose()
    {
        gone.Cancel();
        gone.Dispose();
    }

    private async Task<RailFigures?> FiguresAsync(WorkspaceKind workspace, CancellationToken ct)
    {
        try
        {
            return await actions.RunAsync<NavigationFigures, RailFigures>(f => f.ReadAsync(workspace, ct));
        }
        catch (SessionEndedException)
        {
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The way to the pages matters more than the figures beside it.
            FiguresFailed(e);
            return null;
        }
    }

    // The organisation does not change within a circuit: switching it loads the page anew.
    private void Follow(string partyId)
    {
        if (followed is not null)
            return;
        followed = partyId;
        _ = FollowAsync($"party:{partyId}", gone.Token);
    }

    private async Task FollowAsync(string party, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        using var changes = scope
            .ServiceProvider.GetRequiredService<IChangeFeed>()
            .Subscribe(party, "market", "clusters", "books", "arrears", "stops", JobTopics.Failed);
        try
        {
            while (!ct.IsCancellationRequested)
            {
                if (!await changes.WaitAsync(Quiet, ct))
                    continue;
                await Task.Delay(Calm, time, ct);
                Changed?.Invoke();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The circuit has ended.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The figures of the navigation could not be read")]
    private partial void FiguresFailed(Exception e);

    private static string Link(string partyId, WorkspaceKind kind, string? current)
    {
        string home = Workspaces.HomeOf(kind);
        return partyId == current ? home : $"/workspace/{partyId}?to={Uri.EscapeDataString(home)}";
    }
}
