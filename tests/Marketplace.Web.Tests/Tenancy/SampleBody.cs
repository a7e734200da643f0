using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Marketplace.Platform.Api.Json;
using Marketplace.Platform.Monetary;

namespace Marketplace.Web.Tests.Tenancy;

/// <summary>A request body made from its type, with a foreign id wherever an id goes: the request an intruder would write.</summary>
internal static class SampleBody
{
    public static JsonNode? Of(Type type, string foreignId, string name = "", int depth = 0)
    {
        Type clr = Nullable.GetUnderlyingType(type) ?? type;
        if (clr == typeof(string))
            return JsonValue.Create(name.EndsWith("id", StringComparison.OrdinalIgnoreCase) ? foreignId : "text");
        if (clr == typeof(bool))
            return JsonValue.Create(false);
        if (clr == typeof(Money))
            return new JsonObject { ["amount"] = "1", ["currency"] = "CNY" };
        if (clr == typeof(Currency))
            return JsonValue.Create("CNY");
        if (clr == typeof(DateTimeOffset))
            return JsonValue.Create("2031-01-01T00:00:00Z");
        if (clr == typeof(DateOnly))
            return JsonValue.Create("2031-01-01");
        if (clr == typeof(JsonElement))
            return new JsonObject();
        if (clr.IsEnum)
            return clr.IsDefined(typeof(FlagsAttribute), false)
                ? new JsonArray()
                : JsonValue.Create(JsonNamingPolicy.CamelCase.ConvertName(Enum.GetNames(clr)[0]));
        if (clr.IsPrimitive || clr == typeof(decimal))
            return JsonValue.Create(1);
        JsonTypeInfo info = ApiJson.Options.GetTypeInfo(clr);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object when depth < 6 => new JsonObject(
                info.Properties.Where(p => p.Set is not null || info.CreateObject is null)
                    .Select(p => KeyValuePair.Create(p.Name, Of(p.PropertyType, foreignId, p.Name, depth + 1)))
            ),
            JsonTypeInfoKind.Enumerable when info.ElementType is { } element && depth < 6 => new JsonArray(
                Of(element, foreignId, name, depth + 1)
            ),
            JsonTypeInfoKind.Dictionary => new JsonObject(),
            _ => null,
        };
    }
}
