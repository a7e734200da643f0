using System.Reflection;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Marketplace.Platform.Api.Results;

/// <summary>A file that is made while it is sent, so that its size does not matter.</summary>
/// <param name="Name">What the browser saves it as.</param>
/// <param name="ContentType">A media type, such as <c>text/csv; charset=utf-8</c>.</param>
/// <param name="WriteAsync">Writes the content. It may write asynchronously only.</param>
public sealed record FileDownload(string Name, string ContentType, Func<Stream, CancellationToken, Task> WriteAsync);

/// <summary>An outcome as a file to save, or its problem document.</summary>
public sealed class ApiFile(Outcome<FileDownload> outcome) : IResult, IEndpointMetadataProvider
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        if (!outcome.IsOk)
        {
            await ProblemResponse.WriteAsync(httpContext, outcome.Problem);
            return;
        }
        FileDownload file = outcome.Value;
        httpContext.Response.ContentType = file.ContentType;
        httpContext.Response.Headers.CacheControl = "no-store";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Name);
        httpContext.Response.Headers.ContentDisposition = disposition.ToString();
        await file.WriteAsync(httpContext.Response.Body, httpContext.RequestAborted);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/csv"]));
    }
}

/// <summary>As <see cref="ApiFile"/>, for PDF documents.</summary>
public sealed class ApiPdf(Outcome<FileDownload> outcome) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext) => new ApiFile(outcome).ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(byte[]), ["application/pdf"]));
    }
}
