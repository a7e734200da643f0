using System.Reflection;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Marketplace.Platform.Api.Results;

/// <summary>An outcome as a response: the value with 200, or its problem document. OpenAPI reads the schema from the type.</summary>
public class ApiResult<T>(Outcome<T> outcome) : IResult, IEndpointMetadataProvider
{
    /// <summary>Strong entity tag of the value, without quotes; null sends none.</summary>
    public Func<T, string>? ETag { get; init; }

    protected virtual int Status => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (!outcome.IsOk)
        {
            await ProblemResponse.WriteAsync(httpContext, outcome.Problem);
            return;
        }
        T value = outcome.Value;
        if (ETag is not null)
        {
            string tag = ETags.Quote(ETag(value));
            httpContext.Response.Headers.ETag = tag;
            if (HttpMethods.IsGet(httpContext.Request.Method) && ETags.Matches(httpContext.Request.Headers.IfNoneMatch, tag))
            {
                httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        httpContext.Response.StatusCode = Status;
        Describe(httpContext, value);
        await WriteAsync(httpContext, value);
    }

    protected virtual void Describe(HttpContext http, T value) { }

    protected virtual Task WriteAsync(HttpContext http, T value) => Fields.WriteAsync(http, value);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) => Produces<T>(builder, StatusCodes.Status200OK);

    internal static void Produces<TBody>(EndpointBuilder builder, int status)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(TBody), ["application/json"]));
    }
}

/// <summary>201 with a Location.</summary>
public sealed class ApiCreated<T>(Outcome<T> outcome, Func<T, string> location) : ApiResult<T>(outcome), IEndpointMetadataProvider
{
    protected override int Status => StatusCodes.Status201Created;

    protected override void Describe(HttpContext http, T value)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Headers.Location = location(value);
    }

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Produces<T>(builder, StatusCodes.Status201Created);
}

/// <summary>202 for long work; Location says where to look.</summary>
public sealed class ApiAccepted<T>(Outcome<T> outcome, Func<T, string> location) : ApiResult<T>(outcome), IEndpointMetadataProvider
{
    protected override int Status => StatusCodes.Status202Accepted;

    protected override void Describe(HttpContext http, T value)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.Headers.Location = location(value);
    }

    public static new void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        Produces<T>(builder, StatusCodes.Status202Accepted);
}

/// <summary>204 when done.</summary>
public sealed class ApiDone(Outcome<Done> outcome) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (!outcome.IsOk)
            return ProblemResponse.WriteAsync(httpContext, outcome.Problem);
        httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent, typeof(void)));
    }
}
