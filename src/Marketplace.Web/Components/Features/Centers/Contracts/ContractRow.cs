using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;

namespace Marketplace.Web.Components.Features.Centers.Contracts;

/// <summary>A contract as its center sees it: what it takes and earns, never for whom.</summary>
/// <param name="CardHours">Measured so far.</param>
public sealed record ContractRow(ContractView Contract, Money Earned, decimal CardHours);

/// <param name="Attention">Degraded, past due, suspended, reclaiming, migrating or disputed.</param>
internal sealed record ContractTotals(long Open, decimal Cards, Money PerHour, int Attention);
