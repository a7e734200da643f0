using Marketplace.Platform.Parties;
using Marketplace.Platform.States;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Platform.Projects;

internal sealed class Project : IPartyOwned
{
    public static readonly TransitionTable<ProjectState> States = new(
        "Project",
        (ProjectState.Active, [ProjectState.Archived]),
        (ProjectState.Archived, [ProjectState.Active])
    );

    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Name { get; set; }
    public ProjectState State { get; private set; } = ProjectState.Active;
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }

    public void MoveTo(ProjectState state) => State = States.Move(State, state);

    public ProjectView View() => new(Id, Name, State, CreatedAt, CreatedBy);
}

internal sealed class ProjectConfiguration : IEntityTypeConfiguration<Project>
{
    public void Configure(EntityTypeBuilder<Project> builder)
    {
        builder.ToTable("project", "identity").HasKey(p => p.Id);
    }
}
