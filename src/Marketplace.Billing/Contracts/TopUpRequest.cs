namespace Marketplace.Billing.Contracts;

/// <param name="Amount">In main units, above 0, at most six decimals.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record TopUpRequest(decimal Amount, string Currency);
