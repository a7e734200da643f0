using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Marketplace.Platform.Api;

/// <summary>
/// Lets a list be filtered by the enum names its own answers show. The framework binds C# names, case by case; this translates the
/// camelCase names of the JSON before binding and leaves everything else to it.
/// </summary>
internal sealed class QueryEnums(RequestDelegate next)
{
    private static readonly ConcurrentDictionary<MethodInfo, Dictionary<string, Type>> Parameters = new();

    public Task InvokeAsync(HttpContext http)
    {
        if (
            http.Request.QueryString.HasValue
            && http.GetEndpoint() is { } endpoint
            && endpoint.Metadata.GetMetadata<ApiMetadata>() is not null
            && endpoint.Metadata.GetMetadata<MethodInfo>() is { } handler
            && Parameters.GetOrAdd(handler, Enums) is { Count: > 0 } enums
        )
            http.Request.Query = new QueryCollection(
                http.Request.Query.ToDictionary(q => q.Key, q => Translate(q.Key, q.Value, enums), StringComparer.OrdinalIgnoreCase)
            );
        return next(http);
    }

    private static StringValues Translate(string name, StringValues values, Dictionary<string, Type> enums) =>
        enums.TryGetValue(name, out Type? type)
            ? new StringValues([
                .. values.Select(v => Array.Find(Enum.GetNames(type), n => JsonNamingPolicy.CamelCase.ConvertName(n) == v) ?? v),
            ])
            : values;

    private static Dictionary<string, Type> Enums(MethodInfo handler) =>
        handler
            .GetParameters()
            .Select(p => (p.Name, Type: Nullable.GetUnderlyingType(p.ParameterType) ?? p.ParameterType))
            .Where(p => p.Name is not null && p.Type.IsEnum)
            .ToDictionary(p => p.Name!, p => p.Type, StringComparer.OrdinalIgnoreCase);
}
