using Marketplace.Platform.Outbox;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>Replicas that wait for a place in a cluster may find one now.</summary>
/// <param name="After">Only contracts after this one: a long list is worked off message by message.</param>
[Message("orders.places-freed.v1")]
internal sealed record PlacesFreed(string ClusterId, string? After = null);
