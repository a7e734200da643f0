using Marketplace.Web.Components.Shared.Icons;

namespace Marketplace.Web.Components.Layout.Navigation;

internal static class OperatorNav
{
    public static readonly IReadOnlyList<NavSection> Sections =
    [
        new(
            null,
            [
                new("operator-sources", "/operator/sources", "Nav.Sources", IconName.Cube, PhoneTab: true),
                new("operator-offers", "/operator/offers", "Nav.Offers", IconName.Tag, PhoneTab: true),
                new("operator-bundles", "/operator/bundles", "Nav.Bundles", IconName.Layers, PhoneTab: true),
                new("operator-customers", "/operator/customers", "Nav.Customers", IconName.People),
                new("operator-orders", "/operator/orders", "Nav.Orders", IconName.Box),
            ]
        ),
        new(
            "Nav.Section.Money",
            [
                new("operator-revenue", "/operator/revenue", "Nav.Revenue", IconName.Bars, PhoneTab: true),
                new("operator-payouts", "/operator/payouts", "Nav.Payouts", IconName.Download),
                new("operator-price-books", "/operator/price-books", "Nav.PriceBooks", IconName.Book),
                new("operator-vouchers", "/operator/vouchers", "Nav.Vouchers", IconName.Document),
            ]
        ),
        new(
            "Nav.Section.Account",
            [
                new("operator-team", "/operator/team", "Nav.Team", IconName.People),
                new("operator-api-access", "/operator/api-access", "Nav.ApiAccess", IconName.Key),
                new("operator-audit", "/operator/audit", "Nav.Audit", IconName.List),
            ]
        ),
    ];
}
