using System.Globalization;
using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Marketplace.Platform.Api.Results;

/// <summary>Optimistic concurrency over HTTP (RFC 9110 §13): read with an ETag, change with If-Match.</summary>
public static class ETags
{
    /// <summary>The tag of a row version.</summary>
    public static string Of(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>null when the request may go on: 428 without If-Match, 412 when the thing has changed since it was read.</summary>
    /// <param name="current">The tag of the thing now, without quotes.</param>
    public static Problem? CheckIfMatch(this HttpRequest request, string current)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (StringValues.IsNullOrEmpty(request.Headers.IfMatch))
            return new Problem(
                ProblemKind.Invalid,
                "precondition-required",
                "If-Match is missing",
                "Read it first and send its ETag as If-Match, so that nobody's change is lost."
            );
        return Matches(request.Headers.IfMatch, Quote(current))
            ? null
            : new Problem(
                ProblemKind.Conflict,
                "precondition-failed",
                "It has changed",
                "Somebody changed it since you read it. Read it again and repeat your change on the new state."
            );
    }

    internal static string Quote(string tag) => $"\"{tag}\"";

    internal static bool Matches(StringValues header, string tag) =>
        header.SelectMany(h => (h ?? "").Split(',')).Select(t => t.Trim()).Any(t => t == "*" || t == tag || t == "W/" + tag);
}
