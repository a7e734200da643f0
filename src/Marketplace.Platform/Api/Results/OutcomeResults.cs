using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Platform.Api.Results;

/// <summary>From what a module returns to what the API answers.</summary>
public static class OutcomeResults
{
    /// <summary>200 with the value, or the problem.</summary>
    public static ApiResult<T> ToResult<T>(this Outcome<T> outcome, Func<T, string>? etag = null) => new(outcome) { ETag = etag };

    /// <summary>201 with Location, or the problem.</summary>
    public static ApiCreated<T> ToCreated<T>(this Outcome<T> outcome, Func<T, string> location, Func<T, string>? etag = null) =>
        new(outcome, location) { ETag = etag };

    /// <summary>202 with Location, or the problem.</summary>
    public static ApiAccepted<T> ToAccepted<T>(this Outcome<T> outcome, Func<T, string> location) => new(outcome, location);

    /// <summary>204, or the problem.</summary>
    public static ApiDone ToNoContent(this Outcome<Done> outcome) => new(outcome);

    /// <summary>204 whatever the value, or the problem.</summary>
    public static ApiDone ToNoContent<T>(this Outcome<T> outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return new(outcome.Map(_ => Done.Value));
    }

    /// <summary>A page with its Link header.</summary>
    public static ApiPage<T> ToPage<T>(this Page<T> page) => new(Outcome<Page<T>>.Ok(page));

    /// <summary>A page with its Link header, or the problem.</summary>
    public static ApiPage<T> ToPage<T>(this Outcome<Page<T>> page) => new(page);

    /// <summary>200 with the value; null is 404.</summary>
    public static ApiResult<T> OrNotFound<T>(this T? value, string what, string id, Func<T, string>? etag = null)
        where T : class => (value is null ? Outcome<T>.Fail(Problem.NotFound(what, id)) : Outcome<T>.Ok(value)).ToResult(etag);
}
