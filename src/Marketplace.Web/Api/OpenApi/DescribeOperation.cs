using System.Text.Json.Nodes;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Marketplace.Web.Api.OpenApi;

/// <summary>From the conventions an endpoint declares: security, the Idempotency-Key header, and its problem responses.</summary>
internal sealed class DescribeOperation : IOpenApiOperationTransformer
{
    public async Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        Permission? permission = metadata.OfType<PermissionMetadata>().LastOrDefault()?.Permission;
        List<string> scopes = permission is { } p ? [Permissions.ScopeOf(p)] : [];
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(DescribeDocument.KeyScheme, context.Document)] = [] },
            new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(DescribeDocument.OAuthScheme, context.Document)] = scopes,
            },
        ];
        if (scopes.Count > 0)
            operation.Description = $"{operation.Description} Scope: `{scopes[0]}`.".Trim();
        bool keyed = metadata.OfType<IdempotencyMetadata>().Any();
        if (keyed)
            (operation.Parameters ??= []).Add(KeyHeader());
        IOpenApiSchema problem = await context.GetOrCreateSchemaAsync(typeof(ProblemDocument), null, cancellationToken);
        operation.Responses ??= [];
        foreach (var (status, what) in Problems(operation, permission is not null, keyed))
            operation.Responses.TryAdd(status, Response(what, problem, status));
    }

    private static IEnumerable<(string Status, string What)> Problems(OpenApiOperation operation, bool permission, bool keyed)
    {
        yield return ("400", "The request cannot be read, or lacks its Idempotency-Key.");
        yield return ("401", "No credential, or one that does not count.");
        if (permission)
            yield return ("403", "The organisation, role or scopes do not allow it.");
        if (operation.Parameters?.Any(p => p.In == ParameterLocation.Path) == true)
            yield return ("404", "It does not exist, or belongs to another organisation.");
        if (keyed)
            yield return ("409", "The first request with this key still runs, or the state does not allow it.");
        if (operation.RequestBody is not null)
            yield return ("422", "Some fields do not hold, or the Idempotency-Key was used with another request.");
        yield return ("429", "Too many requests; Retry-After says how long to wait.");
    }

    private static OpenApiResponse Response(string what, IOpenApiSchema problem, string status) =>
        new()
        {
            Description = what,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [ProblemDocument.ContentType] = new() { Schema = problem, Example = status == "422" ? Example() : null },
            },
        };

    private static OpenApiParameter KeyHeader() =>
        new()
        {
            Name = IdempotencyKey.Header,
            In = ParameterLocation.Header,
            Required = true,
            Description = "A key of your own for this request, such as a UUID. Repeating the request with it has no second effect.",
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = IdempotencyKey.MaxLength,
            },
            Example = JsonValue.Create("8f14e45f-ceea-467f-9575-0d3a5e0f6b1c"),
        };

    private static JsonObject Example() =>
        new()
        {
            ["type"] = "/problems/invalid-request",
            ["title"] = "Some fields need your attention",
            ["status"] = 422,
            ["detail"] = "Replicas must be at least 1.",
            ["instance"] = "/api/v1/quotes",
            ["code"] = "invalid-request",
            ["errors"] = new JsonArray(
                new JsonObject
                {
                    ["pointer"] = "/replicas",
                    ["detail"] = "Replicas must be at least 1.",
                    ["fix"] = "Send 1 or more.",
                }
            ),
            ["traceId"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        };
}
