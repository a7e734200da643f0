using Marketplace.Billing.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;

namespace Marketplace.Billing.Rating;

/// <summary>Which amounts of a trade its viewer may see: its own, and for the network desk the customer's.</summary>
internal enum Side
{
    Customer,
    Operator,
    Center,
}

internal static class Sides
{
    /// <summary>The name in queries: <c>customer</c>, <c>operator</c>, <c>center</c>.</summary>
    public static Side? Parse(string? side) =>
        side switch
        {
            "customer" => Side.Customer,
            "operator" => Side.Operator,
            "center" => Side.Center,
            _ => null,
        };

    /// <summary>The side a party is meant to stand on when it says nothing: a customer's before an operator's before a center's.</summary>
    public static Side FirstOf(PartyKinds kinds) =>
        kinds.HasFlag(PartyKinds.Customer) ? Side.Customer
        : kinds.HasFlag(PartyKinds.Operator) ? Side.Operator
        : kinds.HasFlag(PartyKinds.Center) ? Side.Center
        : Side.Customer;

    /// <summary>The viewer's side: the one asked for when it is the viewer's, else the first that is. Never another party's.</summary>
    public static Side Of(Actor viewer, ITradeShared trade, Side? asked = null)
    {
        if (viewer.SeesAll)
            return asked ?? Side.Customer;
        if (asked is { } side && PartyOf(trade, side) == viewer.PartyId)
            return side;
        return trade.CustomerId == viewer.PartyId ? Side.Customer
            : trade.OperatorId == viewer.PartyId ? Side.Operator
            : trade.CenterId == viewer.PartyId ? Side.Center
            : throw new InvalidOperationException($"{viewer.PartyId} is no party of this trade.");
    }

    public static (Money Amount, Money Tax) Amounts(Side side, Currency currency, long net, long tax, long center, long @operator) =>
        side switch
        {
            Side.Customer => (new Money(net, currency), new Money(tax, currency)),
            Side.Operator => (new Money(@operator, currency), Money.Zero(currency)),
            _ => (new Money(center, currency), Money.Zero(currency)),
        };

    /// <summary>What the viewer pays or earns per priced unit.</summary>
    public static decimal UnitPrice(Side side, PriceVersionRow price, decimal commissionRate) =>
        side switch
        {
            Side.Customer => price.Retail,
            Side.Operator => price.Retail - price.Wholesale - (price.Retail * commissionRate),
            _ => price.Wholesale,
        };

    private static string PartyOf(ITradeShared trade, Side side) =>
        side switch
        {
            Side.Customer => trade.CustomerId,
            Side.Operator => trade.OperatorId,
            _ => trade.CenterId,
        };
}
