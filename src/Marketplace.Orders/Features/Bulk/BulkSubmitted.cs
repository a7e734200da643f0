using Marketplace.Platform.Outbox;

namespace Marketplace.Orders.Features.Bulk;

[Message("orders.bulk-submitted.v1")]
internal sealed record BulkSubmitted(string BulkOrderId);
