namespace Marketplace.Platform.Outcomes;

/// <summary>The class of an expected failure; the REST API maps it to an HTTP status.</summary>
public enum ProblemKind
{
    /// <summary>A field is wrong or missing: 422 (400 for malformed bodies).</summary>
    Invalid,

    /// <summary>Not there, or not visible to this party: 404.</summary>
    NotFound,

    /// <summary>The party or role may not do this: 403.</summary>
    Forbidden,

    /// <summary>The state does not allow it now: 409.</summary>
    Conflict,

    /// <summary>Money is missing: 402.</summary>
    PaymentRequired,

    /// <summary>The thing was there and has expired: 410.</summary>
    Gone,

    /// <summary>Something outside did not answer: 503.</summary>
    Unavailable,
}

/// <summary>What is wrong with one field, and how to put it right.</summary>
/// <param name="Pointer">JSON pointer into the request, for example <c>/roles/0/replicas</c>; empty for the request as a whole.</param>
/// <param name="Message">What is wrong, in plain words.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record FieldError(string Pointer, string Message, string Fix)
{
    /// <summary>Stable code of the fix, for translation; null when the words are all there is.</summary>
    public string? FixCode { get; init; }

    /// <summary>Arguments of <see cref="FixCode"/>'s sentence.</summary>
    public IReadOnlyDictionary<string, string>? FixArguments { get; init; }
}

/// <summary>An expected failure, in the terms of RFC 9457: a stable code, one sentence, and the fields with their fixes.</summary>
/// <param name="Kind">Class of the failure.</param>
/// <param name="Code">Stable machine-readable code such as <c>quote-expired</c>; becomes the problem's <c>type</c>.</param>
/// <param name="Title">Short title.</param>
/// <param name="Detail">One sentence saying what happened and what to do.</param>
public sealed record Problem(ProblemKind Kind, string Code, string Title, string Detail)
{
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>The numbers of <see cref="Detail"/> for programs, such as a limit and what is left of it; null when there are none.</summary>
    public IReadOnlyDictionary<string, string>? Figures { get; init; }

    public static Problem Invalid(string pointer, string message, string fix) =>
        new(ProblemKind.Invalid, "invalid-request", "Some fields need your attention", message) { Errors = [new(pointer, message, fix)] };

    public static Problem Invalid(IReadOnlyList<FieldError> errors) =>
        new(ProblemKind.Invalid, "invalid-request", "Some fields need your attention", string.Join(' ', errors.Select(e => e.Message)))
        {
            Errors = errors,
        };

    /// <summary>An idempotency key came back with something else than its first request asked for.</summary>
    public static Problem KeyReused() =>
        new(
            ProblemKind.Invalid,
            "idempotency-key-reused",
            "Idempotency-Key was used before",
            "This idempotency key was used for another request. Send a new key with a new request."
        );

    public static Problem NotFound(string what, string id) =>
        new(
            ProblemKind.NotFound,
            "not-found",
            "Not found",
            $"There is no {what} '{id}' that you can see. Check the id and the organisation you act for."
        );

    public static Problem Forbidden(string detail) => new(ProblemKind.Forbidden, "forbidden", "Not allowed", detail);

    public static Problem Conflict(string code, string detail) => new(ProblemKind.Conflict, code, "Not possible in this state", detail);
}
