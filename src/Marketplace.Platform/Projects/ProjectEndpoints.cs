using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Platform.Projects;

/// <summary>REST: an organisation's projects.</summary>
public static class ProjectEndpoints
{
    public static IEndpointRouteBuilder MapProjects(this IEndpointRouteBuilder api)
    {
        var projects = api.MapGroup("/projects").WithTags("Projects");
        projects.MapGet("", List).RequirePermission(Permission.OrdersRead).WithSummary("List projects");
        projects.MapGet("/{projectId}", Get).RequirePermission(Permission.OrdersRead).WithSummary("Read a project");
        projects.MapPost("", Create).RequirePermission(Permission.TeamWrite).RequireIdempotencyKey().WithSummary("Make a project");
        projects
            .MapPost("/{projectId}:rename", Rename)
            .RequirePermission(Permission.TeamWrite)
            .RequireIdempotencyKey()
            .WithSummary("Give a project another name");
        projects
            .MapPost("/{projectId}:archive", Archive)
            .RequirePermission(Permission.TeamWrite)
            .WithSummary("Take no more orders under a project");
        projects.MapPost("/{projectId}:restore", Restore).RequirePermission(Permission.TeamWrite).WithSummary("Take orders under it again");
        return api;
    }

    private static Task<ApiPage<ProjectView>> List(
        [AsParameters] ListParameters list,
        ProjectState? state,
        IProjects projects,
        CancellationToken ct
    ) => list.PageOf(new ProjectQuery { State = state }, ListRules.ByKey(ProjectDesk.Sorting), q => projects.ListAsync(q, ct));

    private static async Task<ApiResult<ProjectView>> Get(string projectId, IProjects projects, CancellationToken ct) =>
        (await projects.FindAsync(projectId, ct)).OrNotFound("project", projectId);

    private static async Task<ApiCreated<ProjectView>> Create(
        NameProject request,
        IdempotencyKey key,
        IProjects projects,
        CancellationToken ct
    ) => (await projects.CreateAsync(request, ct)).ToCreated(p => $"/api/v1/projects/{p.Id}");

    private static async Task<ApiResult<ProjectView>> Rename(
        string projectId,
        NameProject request,
        IdempotencyKey key,
        IProjects projects,
        CancellationToken ct
    ) => (await projects.RenameAsync(projectId, request, ct)).ToResult();

    private static async Task<ApiResult<ProjectView>> Archive(string projectId, IProjects projects, CancellationToken ct) =>
        (await projects.ChangeStateAsync(projectId, ProjectState.Archived, ct)).ToResult();

    private static async Task<ApiResult<ProjectView>> Restore(string projectId, IProjects projects, CancellationToken ct) =>
        (await projects.ChangeStateAsync(projectId, ProjectState.Active, ct)).ToResult();
}
