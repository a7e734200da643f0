using System.Globalization;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity;
using Marketplace.Web.Identity.Setup;
using Marketplace.Web.Identity.Tokens;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Api.RateLimits;

/// <summary>Requests to the API, by credential; by address while there is none.</summary>
internal sealed class ApiRateLimit(IOptions<ApiOptions> options, TimeProvider time)
{
    public TokenBuckets Buckets { get; } = new(options.Value.Burst, options.Value.RequestsPerMinute / 60.0, time);

    public int PerMinute => options.Value.RequestsPerMinute;
}

/// <summary>Guesses at passwords, links and secrets, by address.</summary>
internal sealed class AnonymousRateLimit(IOptions<IdentityOptions> options, TimeProvider time)
{
    private static readonly HashSet<string> Paths = new(StringComparer.OrdinalIgnoreCase)
    {
        "/sign-in",
        "/sign-up",
        "/forgot-password",
        "/reset-password",
        "/accept-invitation",
        TokenEndpoint.Path,
    };

    public TokenBuckets Buckets { get; } =
        new(options.Value.AnonymousAttemptsPerMinute, options.Value.AnonymousAttemptsPerMinute / 60.0, time);

    // Opening the set-up address already says whether its secret is right.
    public static bool Covers(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && Paths.Contains(request.Path.Value ?? "")
        || string.Equals(request.Path.Value?.TrimEnd('/'), FirstDesk.Path, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Answers 429 with Retry-After to whoever asks too often, and tells everybody else how much is left.</summary>
internal sealed class RateLimitMiddleware(
    RequestDelegate next,
    ApiRateLimit api,
    AnonymousRateLimit anonymous,
    IStringLocalizer<IdentityText> text
)
{
    public async Task InvokeAsync(HttpContext http, ActorContext actor)
    {
        string address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        if (http.GetEndpoint()?.Metadata.GetMetadata<ApiMetadata>() is not null)
        {
            BucketAnswer answer = api.Buckets.Take(actor.TryGet()?.CredentialId ?? "ip:" + address);
            Describe(http.Response, answer, api.Buckets.Capacity, api.PerMinute);
            if (!answer.Granted)
            {
                await ProblemResponse.WriteAsync(http, ApiProblems.RateLimited(answer.RetryAfter));
                return;
            }
        }
        else if (AnonymousRateLimit.Covers(http.Request) && anonymous.Buckets.Take(address) is { Granted: false } refused)
        {
            SetRetryAfter(http.Response, refused.RetryAfter);
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.WriteAsync(text["TooMany", Math.Ceiling(refused.RetryAfter.TotalSeconds)], http.RequestAborted);
            return;
        }
        await next(http);
    }

    // The IETF draft's older, widely read form: three plain numbers.
    private static void Describe(HttpResponse response, BucketAnswer answer, int capacity, int perMinute)
    {
        response.Headers["RateLimit-Limit"] = capacity.ToString(CultureInfo.InvariantCulture);
        response.Headers["RateLimit-Remaining"] = answer.Remaining.ToString(CultureInfo.InvariantCulture);
        response.Headers["RateLimit-Reset"] = Seconds(answer.Reset);
        response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"{perMinute};w=60;burst={capacity}");
        if (!answer.Granted)
            SetRetryAfter(response, answer.RetryAfter);
    }

    private static void SetRetryAfter(HttpResponse response, TimeSpan after) => response.Headers.RetryAfter = Seconds(after);

    private static string Seconds(TimeSpan span) => Math.Ceiling(span.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
}
