using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Platform.Api.Results;

/// <summary>The query parameters of every list; take it with <c>[AsParameters]</c> and apply it to the list's own query.</summary>
/// <param name="Cursor">nextCursor of the page before.</param>
/// <param name="Limit">Rows per page, 1 to 500; 50 by default.</param>
/// <param name="Search">Free text over names and ids.</param>
/// <param name="Sort">Field, with a leading minus for descending.</param>
/// <param name="Fields">Comma-separated fields to answer with; all by default.</param>
public sealed record ListParameters(
    [FromQuery(Name = "cursor")] string? Cursor,
    [FromQuery(Name = "limit")] int? Limit,
    [FromQuery(Name = "search")] string? Search,
    [FromQuery(Name = "sort")] string? Sort,
    [FromQuery(Name = "fields")] string? Fields
)
{
    /// <summary>The list's query with these parameters, or a problem that names the wrong one.</summary>
    public Outcome<T> Apply<T>(T query)
        where T : PageQuery
    {
        if (Limit is < 1 or > PageQuery.MaxLimit)
            return ApiProblems.Malformed("?limit", $"limit is {Limit}.", $"Use 1 to {PageQuery.MaxLimit}.");
        return (T)(query with { Cursor = Cursor, Limit = Limit ?? 50, Search = Search, Sort = Sort });
    }
}
