using System.Diagnostics;
using System.Text.Json.Serialization;
using Marketplace.Platform.Api.Json;
using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Platform.Api.Problems;

/// <summary>One entry of <c>errors</c>.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) into the request body; <c>?name</c> for a query parameter; empty for the whole request.</param>
public sealed record ProblemFieldError(string Pointer, string Detail, string Fix);

/// <summary>The body of every error (RFC 9457).</summary>
/// <param name="Type">Stable: <c>/problems/{code}</c>.</param>
/// <param name="TraceId">Names this request in logs and traces.</param>
public sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Instance,
    string Code,
    IReadOnlyList<ProblemFieldError> Errors,
    string TraceId
)
{
    public const string ContentType = "application/problem+json";

    /// <summary>The numbers of the detail for programs, by name; absent when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Figures { get; init; }
}

/// <summary>Writes problems.</summary>
public static class ProblemResponse
{
    public static ProblemDocument Describe(HttpContext http, Problem problem)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(problem);
        return new ProblemDocument(
            $"/problems/{problem.Code}",
            problem.Title,
            ApiProblems.StatusOf(problem),
            problem.Detail,
            http.Request.Path,
            problem.Code,
            [.. problem.Errors.Select(e => new ProblemFieldError(e.Pointer, e.Message, e.Fix))],
            Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier
        )
        {
            Figures = problem.Figures,
        };
    }

    public static Task WriteAsync(HttpContext http, Problem problem)
    {
        var document = Describe(http, problem);
        http.Response.StatusCode = document.Status;
        if (document.Status == StatusCodes.Status401Unauthorized && http.Response.Headers.WWWAuthenticate.Count == 0)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        return http.Response.WriteAsJsonAsync(document, ApiJson.Options, ProblemDocument.ContentType, http.RequestAborted);
    }
}
