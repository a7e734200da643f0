using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Platform.Jobs;

/// <summary>REST: periodic jobs, for the network desk.</summary>
public static class JobsEndpoints
{
    public static IEndpointRouteBuilder MapJobs(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("", List).RequirePermission(Permission.PlatformRead).WithSummary("List periodic jobs with their last and next run");
        jobs.MapGet("/{name}/runs", Runs).RequirePermission(Permission.PlatformRead).WithSummary("List a job's runs, the newest first");
        jobs.MapPost("/{name}:run", Run)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Run a job once, now");
        jobs.MapPost("/{name}:pause", Pause).RequirePermission(Permission.PlatformWrite).WithSummary("Leave out a job's times");
        jobs.MapPost("/{name}:resume", Resume)
            .RequirePermission(Permission.PlatformWrite)
            .WithSummary("Follow a job's schedule again; a time it left out is made up for once");
        return api;
    }

    private static async Task<ApiResult<IReadOnlyList<JobView>>> List(JobDesk jobs, CancellationToken ct) =>
        (await jobs.ListAsync(ct)).ToResult();

    private static Task<ApiPage<JobRunView>> Runs(string name, [AsParameters] ListParameters list, JobDesk jobs, CancellationToken ct) =>
        list.PageOf(new PageQuery(), ListRules.ByKey(IdPrefix.JobRun), query => jobs.RunsAsync(name, query, ct));

    private static async Task<ApiAccepted<JobRunView>> Run(string name, IdempotencyKey key, JobDesk jobs, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(key);
        return (await jobs.RunNowAsync(name, key.Value, ct)).ToAccepted(r => $"/api/v1/jobs/{r.Job}/runs");
    }

    private static async Task<ApiDone> Pause(string name, JobDesk jobs, CancellationToken ct) =>
        (await jobs.PauseAsync(name, ct)).ToNoContent();

    private static async Task<ApiDone> Resume(string name, JobDesk jobs, CancellationToken ct) =>
        (await jobs.ResumeAsync(name, ct)).ToNoContent();
}
