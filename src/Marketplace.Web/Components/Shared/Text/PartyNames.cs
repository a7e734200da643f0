using Marketplace.Market.Contracts;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>Organisations by their ids, for people.</summary>
public static class PartyNames
{
    /// <summary>The name; the id where it is not known.</summary>
    public static string NameOf(this IReadOnlyDictionary<string, PartyView> parties, string partyId)
    {
        ArgumentNullException.ThrowIfNull(parties);
        return parties.TryGetValue(partyId, out PartyView? party) ? party.Name : partyId;
    }
}
