using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Provisioning.Features.Inventory;

/// <summary>A cluster's inventory as it is stored: the scheduler's nodes (net of foreign use) and the fleet as people see it.</summary>
internal sealed record StoredInventory(IReadOnlyList<Node> Nodes, IReadOnlyList<FleetNode> Fleet)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameSharingKinds } },
    };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static StoredInventory FromJson(string text) =>
        JsonSerializer.Deserialize<StoredInventory>(text, Json) ?? throw new InvalidOperationException("A stored inventory is empty.");

    /// <summary>Whether two stored texts say the same; PostgreSQL's jsonb keeps neither spaces nor the order of keys.</summary>
    public static bool SameText(string stored, string fresh) =>
        JsonElement.DeepEquals(JsonDocument.Parse(stored).RootElement, JsonDocument.Parse(fresh).RootElement);

    // The scheduler core is pure and knows no serialiser, so the kinds of sharing are named here.
    private static void NameSharingKinds(JsonTypeInfo type)
    {
        if (type.Type == typeof(DeviceSharing))
        {
            type.PolymorphismOptions = new JsonPolymorphismOptions
            {
                TypeDiscriminatorPropertyName = "kind",
                DerivedTypes =
                {
                    new JsonDerivedType(typeof(WholeOnly), "whole"),
                    new JsonDerivedType(typeof(TemplateSharing), "templates"),
                    new JsonDerivedType(typeof(FractionSharing), "fraction"),
                },
            };
        }
    }
}
