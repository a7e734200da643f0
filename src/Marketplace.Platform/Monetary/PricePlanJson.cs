using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Platform.Monetary;

/// <summary>The stored form of a plan: one order of fields, enums by name.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(PricePlan))]
internal sealed partial class PricePlanJson : JsonSerializerContext;
