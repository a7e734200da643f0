using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Platform.Api.Problems;

/// <summary>The problems of HTTP itself, and the status of every problem.</summary>
public static class ApiProblems
{
    public static readonly Problem Unauthenticated = new(
        ProblemKind.Forbidden,
        "unauthenticated",
        "Sign in first",
        "Send 'Authorization: Bearer' with an API key or an access token. The portal's cookie does not open the API."
    );

    // Codes whose status is finer than their kind says.
    private static readonly Dictionary<string, int> StatusOfCode = new(StringComparer.Ordinal)
    {
        ["unauthenticated"] = StatusCodes.Status401Unauthorized,
        ["invalid-credential"] = StatusCodes.Status401Unauthorized,
        ["malformed-request"] = StatusCodes.Status400BadRequest,
        ["idempotency-key-missing"] = StatusCodes.Status400BadRequest,
        ["idempotency-key-reused"] = StatusCodes.Status422UnprocessableEntity,
        ["method-not-allowed"] = StatusCodes.Status405MethodNotAllowed,
        ["precondition-failed"] = StatusCodes.Status412PreconditionFailed,
        ["payload-too-large"] = StatusCodes.Status413PayloadTooLarge,
        ["unsupported-media-type"] = StatusCodes.Status415UnsupportedMediaType,
        ["precondition-required"] = StatusCodes.Status428PreconditionRequired,
        ["rate-limited"] = StatusCodes.Status429TooManyRequests,
        ["internal-error"] = StatusCodes.Status500InternalServerError,
    };

    /// <summary>The HTTP status of a problem.</summary>
    public static int StatusOf(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return StatusOfCode.TryGetValue(problem.Code, out int status) ? status : StatusOf(problem.Kind);
    }

    private static int StatusOf(ProblemKind kind) =>
        kind switch
        {
            ProblemKind.Invalid => StatusCodes.Status422UnprocessableEntity,
            ProblemKind.NotFound => StatusCodes.Status404NotFound,
            ProblemKind.Forbidden => StatusCodes.Status403Forbidden,
            ProblemKind.Conflict => StatusCodes.Status409Conflict,
            ProblemKind.PaymentRequired => StatusCodes.Status402PaymentRequired,
            ProblemKind.Gone => StatusCodes.Status410Gone,
            ProblemKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No status for this kind."),
        };

    /// <summary>A request that cannot be read: 400.</summary>
    public static Problem Malformed(string pointer, string message, string fix) =>
        new(ProblemKind.Invalid, "malformed-request", "The request cannot be read", message)
        {
            Errors = [new FieldError(pointer, message, fix)],
        };

    public static Problem RateLimited(TimeSpan retryAfter) =>
        new(
            ProblemKind.Conflict,
            "rate-limited",
            "Too many requests",
            $"This credential has used up its requests. Wait {Math.Ceiling(retryAfter.TotalSeconds):0} s, as Retry-After says, and send it again."
        );

    /// <summary>For a status that some middleware set without a body; null for statuses that are complete without one.</summary>
    internal static Problem? ForBareStatus(int status, HttpRequest request) =>
        status switch
        {
            404 => new(
                ProblemKind.NotFound,
                "not-found",
                "Not found",
                $"There is nothing at {request.Path}. /openapi/v1.json lists what there is."
            ),
            405 => new(
                ProblemKind.Invalid,
                "method-not-allowed",
                "Method not allowed",
                $"{request.Method} is not for {request.Path}. The Allow header lists what is."
            ),
            413 => new(
                ProblemKind.Invalid,
                "payload-too-large",
                "Request too large",
                "The body is larger than this endpoint takes. Send it in several requests."
            ),
            415 => new(
                ProblemKind.Invalid,
                "unsupported-media-type",
                "Unsupported media type",
                "Send the body as application/json and say so in Content-Type."
            ),
            401 => Unauthenticated,
            _ => null,
        };
}
