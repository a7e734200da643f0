namespace Marketplace.Orders.Contracts;

/// <summary>Either a quote to accept or a workload to order at the current price.</summary>
public sealed record PlaceOrderRequest(string? QuoteId = null, WorkloadRequest? Workload = null);

/// <param name="Hours">Hours to add; above 0.</param>
public sealed record ExtendRequest(decimal Hours);

/// <param name="Kubeconfig">YAML; shown once.</param>
public sealed record KubeconfigView(string Kubeconfig);
