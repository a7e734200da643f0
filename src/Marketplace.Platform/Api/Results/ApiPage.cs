using System.Reflection;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Metadata;

namespace Marketplace.Platform.Api.Results;

/// <summary>One page as <c>{ items, nextCursor, total }</c>, with a Link header to the next (RFC 8288).</summary>
public sealed class ApiPage<T>(Outcome<Page<T>> page) : ApiResult<Page<T>>(page), IEndpointMetadataProvider
{
    protected override void Describe(HttpContext http, Page<T> value)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(value);
        if (value.NextCursor is null)
            return;
        var query = new QueryBuilder(
            http.Request.Query.Where(q => q.Key is not ("cursor" or "skip")).Select(q => KeyValuePair.Create(q.Key, q.Value.ToString()))
        )
        {
            { "cursor", value.NextCursor },
        };
        http.Response.Headers.Link = $"<{http.Request.PathBase}{http.Request.Path}{query.ToQueryString()}>; rel=\"next\"";
    }

    protected override Task WriteAsync(HttpContext http, Page<T> value) => Fields.WriteAsync(http, value, "items");

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Produces<Page<T>>(builder, StatusCodes.Status200OK);
        builder.Metadata.Add(new PagedMetadata());
    }
}

/// <summary>The endpoint answers with a page.</summary>
public sealed class PagedMetadata;
