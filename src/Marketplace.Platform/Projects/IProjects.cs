using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Platform.Projects;

/// <summary>Archived projects keep their history and take no new orders.</summary>
public enum ProjectState
{
    Active,
    Archived,
}

/// <param name="CreatedBy">Name of who made it.</param>
public sealed record ProjectView(string Id, string Name, ProjectState State, DateTimeOffset CreatedAt, string CreatedBy);

/// <param name="Name">1 to 60 characters, once per organisation.</param>
public sealed record NameProject(string Name);

public sealed record ProjectQuery : PageQuery
{
    public ProjectState? State { get; init; }
}

/// <summary>The projects of the acting organisation: names under which it orders and counts its costs.</summary>
public interface IProjects
{
    /// <summary>Makes a project; <c>project-exists</c> (409) when the name is used, in capitals or not.</summary>
    Task<Outcome<ProjectView>> CreateAsync(NameProject request, CancellationToken ct);

    /// <summary>Gives it another name; its id and what was ordered under it stay.</summary>
    Task<Outcome<ProjectView>> RenameAsync(string projectId, NameProject request, CancellationToken ct);

    /// <summary>Active ⇄ Archived; <c>project-active</c> or <c>project-archived</c> (409) when it is there already.</summary>
    Task<Outcome<ProjectView>> ChangeStateAsync(string projectId, ProjectState to, CancellationToken ct);
    Task<ProjectView?> FindAsync(string projectId, CancellationToken ct);

    /// <summary>The newest first.</summary>
    Task<Page<ProjectView>> ListAsync(ProjectQuery query, CancellationToken ct);

    /// <summary>Names by id; ids of other organisations are left out.</summary>
    Task<IReadOnlyDictionary<string, string>> NamesAsync(IReadOnlyCollection<string> projectIds, CancellationToken ct);

    /// <summary>Every project of the acting organisation, to find those that orders name.</summary>
    Task<ProjectBook> BookAsync(CancellationToken ct);
}
