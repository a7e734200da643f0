using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marketplace.Platform.Api.Problems;

/// <summary>The outermost layer of the API: whatever went wrong inside, the caller gets a problem document with a trace id.</summary>
internal sealed partial class ProblemBoundary(RequestDelegate next, ILogger<ProblemBoundary> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await ProblemResponse.WriteAsync(http, BindingProblem.Of(e, http.Request));
            return;
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to answer.
            return;
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Failed(e, http.Request.Method, http.Request.Path);
            await ProblemResponse.WriteAsync(http, Internal);
            return;
        }
        if (
            !http.Response.HasStarted
            && http.Response.ContentType is null
            && ApiProblems.ForBareStatus(http.Response.StatusCode, http.Request) is { } problem
        )
            await ProblemResponse.WriteAsync(http, problem);
    }

    private static readonly Problem Internal = new(
        ProblemKind.Unavailable,
        "internal-error",
        "Something broke on our side",
        "The request was not carried out as a whole. Send it again with the same Idempotency-Key; if it fails again, report the traceId."
    );

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void Failed(Exception e, string method, string path);
}
