using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Platform.Api.Json;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Platform.Api.Results;

/// <summary><c>?fields=id,name</c>: only these top-level fields of the value, or of each item of a page.</summary>
internal static class Fields
{
    public static Task WriteAsync<T>(HttpContext http, T value, string? list = null)
    {
        string wanted = http.Request.Query["fields"].ToString();
        if (wanted.Length == 0)
            return http.Response.WriteAsJsonAsync(value, ApiJson.Options, "application/json", http.RequestAborted);
        var names = wanted
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .ToHashSet(StringComparer.Ordinal);
        JsonNode? node = JsonSerializer.SerializeToNode(value, ApiJson.Options);
        var targets = list is null ? [node as JsonObject] : (node?[list] as JsonArray ?? []).Select(i => i as JsonObject);
        foreach (JsonObject target in targets.OfType<JsonObject>())
        foreach (string name in target.Select(p => p.Key).Where(k => !names.Contains(k)).ToList())
            target.Remove(name);
        return http.Response.WriteAsJsonAsync(node, ApiJson.Options, "application/json", http.RequestAborted);
    }
}
