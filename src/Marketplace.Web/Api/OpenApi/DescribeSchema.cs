using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Platform.Monetary;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Marketplace.Web.Api.OpenApi;

/// <summary>The types that have a JSON form of their own.</summary>
internal sealed class DescribeSchema : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        Type declared = context.JsonTypeInfo.Type;
        Type type = Nullable.GetUnderlyingType(declared) ?? declared;
        JsonSchemaType nullable = type != declared ? JsonSchemaType.Null : default;
        if (type == typeof(Money))
            Money(schema, nullable);
        else if (type == typeof(Currency))
            Names(schema, nullable, Currency.All.Select(c => c.Code));
        else if (type == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (JsonSchemaType.String | nullable, "date-time");
        else if (type.IsEnum && type.IsDefined(typeof(FlagsAttribute), false))
            FlagNames(schema, nullable, type);
        else if (type.IsEnum)
            Names(schema, nullable, NamesOf(type));
        return Task.CompletedTask;
    }

    private static void Money(OpenApiSchema schema, JsonSchemaType nullable)
    {
        schema.Type = JsonSchemaType.Object | nullable;
        schema.Description = "An exact amount.";
        schema.Required = new HashSet<string>(StringComparer.Ordinal) { "amount", "currency" };
        schema.Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["amount"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Pattern = @"^-?\d+(\.\d{1,6})?$",
                Description = "Decimal string in main units, at most six decimals.",
            },
            ["currency"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Currency.All.Select(c => (JsonNode)c.Code)] },
        };
        schema.Examples = [new JsonObject { ["amount"] = "12.340000", ["currency"] = "CNY" }];
    }

    private static void FlagNames(OpenApiSchema schema, JsonSchemaType nullable, Type type)
    {
        var item = new OpenApiSchema();
        Names(item, default, NamesOf(type));
        (schema.Type, schema.Enum, schema.Items, schema.UniqueItems) = (JsonSchemaType.Array | nullable, null, item, true);
    }

    private static void Names(OpenApiSchema schema, JsonSchemaType nullable, IEnumerable<string> names) =>
        (schema.Type, schema.Enum, schema.Format) = (JsonSchemaType.String | nullable, [.. names.Select(n => (JsonNode)n)], null);

    private static IEnumerable<string> NamesOf(Type type) =>
        Enum.GetValuesAsUnderlyingType(type)
            .Cast<object>()
            .Where(v =>
                !type.IsDefined(typeof(FlagsAttribute), false) || Convert.ToInt64(v, System.Globalization.CultureInfo.InvariantCulture) != 0
            )
            .Select(v => JsonNamingPolicy.CamelCase.ConvertName(Enum.GetName(type, v)!));
}
