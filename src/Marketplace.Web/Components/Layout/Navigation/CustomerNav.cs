using Marketplace.Web.Components.Shared.Icons;

namespace Marketplace.Web.Components.Layout.Navigation;

internal static class CustomerNav
{
    public static readonly IReadOnlyList<NavSection> Sections =
    [
        new(
            null,
            [
                new("explore", "/explore", "Nav.Explore", IconName.Grid, PhoneTab: true),
                new("quotes", "/quotes", "Nav.Quotes", IconName.Clock, PhoneTab: true),
                new("orders", "/orders", "Nav.Orders", IconName.Box),
                new("runs", "/runs", "Nav.Runs", IconName.Play, PhoneTab: true),
                new("endpoints", "/endpoints", "Nav.Endpoints", IconName.Bolt),
            ]
        ),
        new(
            "Nav.Section.Money",
            [
                new("costs", "/costs", "Nav.Costs", IconName.Bars, PhoneTab: true),
                new("payments", "/payments", "Nav.Payments", IconName.Coin),
                new("budgets", "/costs/budgets", "Nav.Budgets", IconName.Scales),
                new("reservations", "/reservations", "Nav.Reservations", IconName.Clock),
                new("invoices", "/invoices", "Nav.Invoices", IconName.Document),
            ]
        ),
        new(
            "Nav.Section.YourSide",
            [
                new("projects", "/projects", "Nav.Projects", IconName.Layers),
                new("own-clusters", "/own-clusters", "Nav.OwnClusters", IconName.Cube),
                new("team", "/team", "Nav.Team", IconName.People),
                new("api-access", "/api-access", "Nav.ApiAccess", IconName.Key),
                new("audit", "/audit", "Nav.Audit", IconName.List),
            ]
        ),
    ];
}
