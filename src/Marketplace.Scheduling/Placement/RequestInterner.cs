using System.Collections;
using System.Text.Json;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// Gives equal variants and constraints one reference, so that the lines of a bulk order, each parsed on its own, are seen to
/// have the same shape. Equality is that of the JSON: a field added to the model counts without being named here.
/// </summary>
internal sealed class RequestInterner
{
    /// <summary>Beyond this many different parts the memory is given back; shapes are then merely worked out again.</summary>
    private const int MaxParts = 1024;

    private readonly Dictionary<string, object> parts = new(StringComparer.Ordinal);

    public PlacementRequest Intern(PlacementRequest request) =>
        request with
        {
            Constraints = Intern(request.Constraints),
            Policy = request.Policy is { } policy ? Intern(policy) : null,
            Roles =
            [
                .. request.Roles.Select(role =>
                    role with
                    {
                        Variants = Intern(role.Variants),
                        Data = Intern(role.Data),
                        Tiers = Intern(role.Tiers),
                        SiteIds = Intern(role.SiteIds),
                    }
                ),
            ],
        };

    private T Intern<T>(T part)
        where T : class
    {
        if (part is ICollection { Count: 0 })
        {
            return part;
        }

        if (parts.Count > MaxParts)
        {
            parts.Clear();
        }

        var key = typeof(T) + JsonSerializer.Serialize(part, Options);
        if (parts.TryGetValue(key, out var known))
        {
            return (T)known;
        }

        parts.Add(key, part);
        return part;
    }

    // A throughput that is not a number is refused by the validation, not by the serializer.
    private static readonly JsonSerializerOptions Options = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
