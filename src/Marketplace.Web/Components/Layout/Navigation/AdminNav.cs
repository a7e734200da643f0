using Marketplace.Web.Components.Shared.Icons;

namespace Marketplace.Web.Components.Layout.Navigation;

internal static class AdminNav
{
    public static readonly IReadOnlyList<NavSection> Sections =
    [
        new(
            null,
            [
                new("admin-health", "/admin/health", "Nav.Health", IconName.Pulse, PhoneTab: true),
                new("admin-parties", "/admin/parties", "Nav.Parties", IconName.People, PhoneTab: true),
            ]
        ),
        new(
            "Nav.Section.Trade",
            [
                new("admin-orders", "/admin/orders", "Nav.Orders", IconName.Box, PhoneTab: true),
                new("admin-contracts", "/admin/contracts", "Nav.Contracts", IconName.Document),
                new("admin-stops", "/admin/stops", "Nav.Stops", IconName.Stop),
                new("admin-quarantine", "/admin/quarantine", "Nav.Quarantine", IconName.Pulse),
                new("admin-disputes", "/admin/disputes", "Nav.Disputes", IconName.Scales),
            ]
        ),
        new(
            "Nav.Section.Money",
            [
                new("admin-ledger", "/admin/ledger", "Nav.Ledger", IconName.Book, PhoneTab: true),
                new("admin-trial-balance", "/admin/ledger/trial-balance", "Nav.TrialBalance", IconName.Scales),
                new("admin-payments", "/admin/payments", "Nav.Payments", IconName.Coin),
                new("admin-bank", "/admin/bank", "Nav.Bank", IconName.Swap),
                new("admin-payment-disputes", "/admin/payment-disputes", "Nav.PaymentDisputes", IconName.Warning),
                new("admin-reconciliation", "/admin/reconciliation", "Nav.Reconciliation", IconName.Check),
                new("admin-payouts", "/admin/payouts", "Nav.Payouts", IconName.Download),
                new("admin-vouchers", "/admin/vouchers", "Nav.Vouchers", IconName.Document),
                new("admin-invoices", "/admin/invoices", "Nav.Invoices", IconName.Document),
                new("admin-credit-lines", "/admin/credit-lines", "Nav.CreditLines", IconName.Scales),
                new("admin-arrears", "/admin/arrears", "Nav.Arrears", IconName.Clock),
                new("admin-credits", "/admin/credits", "Nav.Credits", IconName.Coin),
                new("admin-prices", "/admin/prices", "Nav.PricePolicies", IconName.Tag),
            ]
        ),
        new(
            "Nav.Section.System",
            [
                new("admin-jobs", "/admin/jobs", "Nav.Jobs", IconName.Gear),
                new("admin-outbox", "/admin/outbox", "Nav.Outbox", IconName.Send),
                new("admin-audit", "/admin/audit", "Nav.Audit", IconName.List),
            ]
        ),
    ];
}
