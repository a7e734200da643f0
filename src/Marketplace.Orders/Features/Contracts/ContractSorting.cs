using Marketplace.Orders.Data;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;

namespace Marketplace.Orders.Features.Contracts;

/// <summary>
/// The orders of contracts. Prices are sorted by as the viewer sees them: in the order of a price it may not read, a center would read it.
/// </summary>
internal static class ContractSorting
{
    // What has not begun stands after everything that has.
    private static readonly DateTimeOffset NotYet = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The fields and cursors, which are the same for everybody.</summary>
    public static readonly KeySorting<Contract> Rules = For(Actor.System);

    public static KeySorting<Contract> For(Actor viewer)
    {
        bool all = viewer.SeesAll;
        string me = viewer.PartyId;
        return KeySorting<Contract>
            .NewestFirst("createdAt", c => c.Id)
            .By("name", c => c.Name)
            .By("cards", c => c.CardMilli)
            .By("readyAt", c => c.ReadyAt ?? NotYet)
            .By("endsAt", c => c.EndedAt ?? c.EndsAt)
            .By(
                "pricePerCardHour",
                c => c.Currency,
                c => all || c.CustomerId == me || c.OperatorId == me ? c.RetailPerCardHour : c.WholesalePerCardHour
            )
            .By(
                "perHour",
                c => c.Currency,
                c =>
                    all || c.CustomerId == me || c.OperatorId == me
                        ? c.RetailPerCardHour * c.CardMilli * (1 + c.TaxRate)
                        : c.WholesalePerCardHour * c.CardMilli
            );
    }
}
