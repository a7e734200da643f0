using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Projects;

internal sealed class ProjectDesk(MarketplaceDbContext db, ActorContext actor, IdFactory ids, IChangeFeed changes, TimeProvider time)
    : IProjects
{
    /// <summary>Every order reads the names, so there is an end to them.</summary>
    public const int MaxProjects = 1000;
    private const int MaxName = 60;

    public static readonly KeySorting<Project> Sorting = KeySorting<Project>.NewestFirst("createdAt", p => p.Id).By("name", p => p.Name);

    public Task<Outcome<ProjectView>> CreateAsync(NameProject request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ChangeAsync(
            request,
            async (name, t) =>
            {
                string party = actor.Current.PartyId;
                if (await db.Set<Project>().CountAsync(p => p.PartyId == party, t) >= MaxProjects)
                    return Problem.Conflict("too-many-projects", $"An organisation has at most {MaxProjects:N0} projects. Rename one.");
                var project = new Project
                {
                    Id = ids.New(IdPrefix.Project),
                    PartyId = party,
                    Name = name,
                    CreatedAt = time.GetUtcNow(),
                    CreatedBy = actor.Current.Name,
                };
                db.Add(project);
                db.Audit("project.created", "project", project.Id, name);
                return project;
            },
            except: null,
            ct
        );
    }

    public Task<Outcome<ProjectView>> RenameAsync(string projectId, NameProject request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ChangeAsync(
            request,
            async (name, t) =>
            {
                if (await MineAsync(projectId, t) is not { } project)
                    return Problem.NotFound("project", projectId);
                project.Name = name;
                db.Audit("project.renamed", "project", projectId, name);
                return project;
            },
            except: projectId,
            ct
        );
    }

    public async Task<Outcome<ProjectView>> ChangeStateAsync(string projectId, ProjectState to, CancellationToken ct)
    {
        if (Refused() is { } refused)
            return refused;
        return await db.InTransactionAsync<Outcome<ProjectView>>(
            async t =>
            {
                await TakeTurnAsync(t);
                if (await MineAsync(projectId, t) is not { } project)
                    return Problem.NotFound("project", projectId);
                if (!Project.States.Allows(project.State, to))
                    return Problem.Conflict(
                        to == ProjectState.Active ? "project-active" : "project-archived",
                        $"This project is already {to.ToString().ToLowerInvariant()}."
                    );
                project.MoveTo(to);
                db.Audit(to == ProjectState.Active ? "project.restored" : "project.archived", "project", projectId, project.Name);
                changes.Announce($"party:{project.PartyId}");
                return project.View();
            },
            ct,
            o => o.IsOk
        );
    }

    public async Task<ProjectView?> FindAsync(string projectId, CancellationToken ct) =>
        actor.Current.Allows(Permission.OrdersRead)
            ? (await db.Set<Project>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == projectId, ct))?.View()
            : null;

    public async Task<Page<ProjectView>> ListAsync(ProjectQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<ProjectView>([], null, 0);
        IQueryable<Project> projects = db.Set<Project>().AsNoTracking();
        if (query.State is { } state)
            projects = projects.Where(p => p.State == state);
        if (query.Search?.Trim() is { Length: > 0 } search)
        {
            string like = ListPages.Like(search);
            projects = projects.Where(p => p.Id == search || EF.Functions.ILike(p.Name, like, ListPages.Escape));
        }
        long total = await projects.LongCountAsync(ct);
        return (await Sorting.PageAsync(projects, query, total, ct)).Select(p => p.View());
    }

    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(IReadOnlyCollection<string> projectIds, CancellationToken ct) =>
        projectIds.Count == 0
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : await db.Set<Project>()
                .AsNoTracking()
                .Where(p => projectIds.Contains(p.Id))
                .ToDictionaryAsync(p => p.Id, p => p.Name, StringComparer.Ordinal, ct);

    public async Task<ProjectBook> BookAsync(CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        var projects = await db.Set<Project>().AsNoTracking().Where(p => p.PartyId == party).ToListAsync(ct);
        return new ProjectBook([.. projects.Select(p => p.View())]);
    }

    private async Task<Outcome<ProjectView>> ChangeAsync(
        NameProject request,
        Func<string, CancellationToken, Task<Outcome<Project>>> change,
        string? except,
        CancellationToken ct
    )
    {
        if (Refused() is { } refused)
            return refused;
        string name = request.Name?.Trim() ?? "";
        if (name.Length is 0 or > MaxName || name.Any(char.IsControl))
            return Problem.Invalid("/name", $"The name must have 1 to {MaxName} characters.", "Give the project a short name.");
        return await db.InTransactionAsync<Outcome<ProjectView>>(
            async t =>
            {
                await TakeTurnAsync(t);
                string party = actor.Current.PartyId;
#pragma warning disable CA1304, CA1311, CA1862 // Translated to SQL's lower(), which the unique index uses.
                bool taken = await db.Set<Project>()
                    .AnyAsync(p => p.PartyId == party && p.Id != except && p.Name.ToLower() == name.ToLower(), t);
#pragma warning restore CA1304, CA1311, CA1862
                if (taken)
                    return Problem.Conflict("project-exists", $"There is a project '{name}' already.") with
                    {
                        Errors = [new FieldError("/name", $"There is a project '{name}' already.", "Choose another name.")],
                    };
                var changed = await change(name, t);
                if (!changed.IsOk)
                    return changed.Problem;
                changes.Announce($"party:{party}");
                return changed.Value.View();
            },
            ct,
            o => o.IsOk
        );
    }

    // Names are counted and compared, then written: one after the other.
    private Task TakeTurnAsync(CancellationToken ct) => db.TakeTurnAsync($"projects/{actor.Current.PartyId}", ct);

    private Problem? Refused() =>
        actor.Current.Check(Permission.TeamWrite)
        ?? (actor.Current.Is(PartyKinds.Customer) ? null : Problem.Forbidden("Projects are for organisations that buy."));

    private Task<Project?> MineAsync(string projectId, CancellationToken ct)
    {
        string party = actor.Current.PartyId;
        return db.Set<Project>().AsTracking().FirstOrDefaultAsync(p => p.Id == projectId && p.PartyId == party, ct);
    }
}
