using Marketplace.Web.Components.Shared.Icons;

namespace Marketplace.Web.Components.Layout.Navigation;

internal static class CenterNav
{
    public static readonly IReadOnlyList<NavSection> Sections =
    [
        new(
            null,
            [
                new("center-clusters", "/center/clusters", "Nav.Clusters", IconName.Cube, PhoneTab: true),
                new("center-fleet", "/center/fleet", "Nav.Fleet", IconName.Chip, PhoneTab: true),
                new("center-listings", "/center/listings", "Nav.Listings", IconName.Tag, PhoneTab: true),
                new("center-contracts", "/center/contracts", "Nav.Contracts", IconName.Document),
                new("center-calendar", "/center/calendar", "Nav.Calendar", IconName.Clock),
            ]
        ),
        new(
            "Nav.Section.Money",
            [
                new("center-earnings", "/center/earnings", "Nav.Earnings", IconName.Coin, PhoneTab: true),
                new("center-payouts", "/center/payouts", "Nav.Payouts", IconName.Download),
            ]
        ),
        new(
            "Nav.Section.Trust",
            [
                new("center-incidents", "/center/incidents", "Nav.Incidents", IconName.Warning),
                new("center-disputes", "/center/disputes", "Nav.Disputes", IconName.Scales),
            ]
        ),
        new(
            "Nav.Section.Account",
            [
                new("center-team", "/center/team", "Nav.Team", IconName.People),
                new("center-api-access", "/center/api-access", "Nav.ApiAccess", IconName.Key),
                new("center-audit", "/center/audit", "Nav.Audit", IconName.List),
            ]
        ),
    ];
}
