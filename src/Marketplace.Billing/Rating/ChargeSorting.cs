using Marketplace.Billing.Data;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Rating;

/// <summary>The orders of charges. A total is with tax; amounts are the viewer's own, as <see cref="Sides.Of"/> decides whose they are.</summary>
internal static class ChargeSorting
{
    /// <summary>The fields and cursors, which are the same for everybody.</summary>
    public static readonly KeySorting<RatedLineRow> Rules = For(Actor.System, null);

    public static KeySorting<RatedLineRow> For(Actor viewer, Side? asked)
    {
        bool all = viewer.SeesAll;
        string me = viewer.PartyId;
        Side first = asked ?? Side.Customer;
        bool preferOperator = first == Side.Operator;
        bool preferCenter = first == Side.Center;
        var sorting = KeySorting<RatedLineRow>
            .NewestFirst("createdAt", l => l.Id)
            .By("from", l => l.WindowFrom)
            .By("quantity", l => l.Quantity);
        return all
            ? sorting.By(
                "total",
                l => l.Currency,
                l =>
                    preferOperator ? l.Operator
                    : preferCenter ? l.Center
                    : l.Net + l.Tax
            )
            : sorting.By(
                "total",
                l => l.Currency,
                l =>
                    preferOperator && l.OperatorId == me ? l.Operator
                    : preferCenter && l.CenterId == me ? l.Center
                    : l.CustomerId == me ? l.Net + l.Tax
                    : l.OperatorId == me ? l.Operator
                    : l.Center
            );
    }
}
