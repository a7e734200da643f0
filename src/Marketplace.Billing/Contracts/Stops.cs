using Marketplace.Platform.Outbox;

namespace Marketplace.Billing.Contracts;

[Message("billing.spending-stopped.v1")]
public sealed record SpendingStopped(string ContractId, string Reason, string LimitId);
