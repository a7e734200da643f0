using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;

namespace Marketplace.Orders.Features.Supply;

/// <summary>Billing's view of party names; the parties live in the market.</summary>
internal sealed class PartyNames(IParties parties) : IPartyNames
{
    public async Task<string?> NameAsync(string partyId, CancellationToken ct) => (await parties.FindAsync(partyId, ct))?.Name;
}
