using Marketplace.Platform.Outcomes;

namespace Marketplace.Platform.Projects;

/// <summary>An organisation's projects, and which of them a request means. Pure.</summary>
public sealed class ProjectBook(IReadOnlyCollection<ProjectView> projects)
{
    /// <summary>For requests that name none.</summary>
    public static readonly ProjectBook Empty = new([]);

    /// <summary>The project a request names by id or by name, in capitals or not.</summary>
    /// <param name="named">null or blank: none.</param>
    /// <param name="pointer">The request's field, for the problem.</param>
    /// <returns>null for none; a problem when there is no such project or it is archived.</returns>
    public Outcome<ProjectView?> Resolve(string? named, string pointer = "/project")
    {
        string wanted = named?.Trim() ?? "";
        if (wanted.Length == 0)
            return Outcome<ProjectView?>.Ok(null);
        ProjectView? found =
            projects.FirstOrDefault(p => string.Equals(p.Id, wanted, StringComparison.Ordinal))
            ?? projects.FirstOrDefault(p => string.Equals(p.Name, wanted, StringComparison.OrdinalIgnoreCase));
        return found switch
        {
            null => Problem.Invalid(
                pointer,
                $"Your organisation has no project '{wanted}'.",
                "Name one by its id or name, make it first, or leave it out."
            ),
            { State: ProjectState.Archived } => Problem.Invalid(
                pointer,
                $"The project '{found.Name}' is archived.",
                "Name another one, or restore it first."
            ),
            _ => Outcome<ProjectView?>.Ok(found),
        };
    }
}
