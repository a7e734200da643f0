using System.Text.RegularExpressions;

namespace Marketplace.Web.Api.OpenApi;

/// <summary>What a problem's <c>type</c> leads to.</summary>
internal static partial class ProblemPage
{
    // Codes that callers ask about most. A code that is not here is explained by the detail of its own answer.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["unauthenticated"] = "The request carries no credential. Send an API key or an access token as 'Authorization: Bearer'.",
        ["invalid-credential"] = "The API key or token is unknown, expired or revoked. Make a new one under API access.",
        ["forbidden"] = "The credential's organisation, role or scopes do not allow this. The detail says which.",
        ["not-found"] = "It does not exist, or belongs to another organisation.",
        ["malformed-request"] = "The request could not be read. Each entry of errors points at a field and says how to put it right.",
        ["invalid-request"] =
            "The request was read, and some fields do not hold. Each entry of errors points at a field and says how to put it right.",
        ["idempotency-key-missing"] = "The request moves money or capacity and needs an Idempotency-Key.",
        ["idempotency-key-reused"] = "The Idempotency-Key was used with another request. Use a new key for a new request.",
        ["idempotency-key-in-flight"] = "The first request with this key is still running. Wait a second and repeat it.",
        ["precondition-required"] = "The change needs If-Match with the ETag of what it changes.",
        ["precondition-failed"] = "It changed since it was read. Read it again.",
        ["rate-limited"] = "Too many requests. Retry-After says how long to wait.",
        ["payload-too-large"] = "The body is too large. Send it in several requests.",
        ["internal-error"] =
            "Something broke on our side. Repeat the request with the same Idempotency-Key; report the traceId if it stays.",
    };

    public static IResult Show(string code) =>
        Code().IsMatch(code)
            ? Results.Text(
                $"{code}\n\n{(Known.TryGetValue(code, out string? text) ? text : "The detail of the answer says what happened and what to do.")}\n",
                "text/plain; charset=utf-8"
            )
            : Results.NotFound();

    [GeneratedRegex("^[a-z0-9-]{1,60}$", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
