using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Operators.Revenue;

/// <summary>What the operator earned in a period, by day and by chip.</summary>
public sealed record RevenueBook(
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyList<CostGroup> Days,
    IReadOnlyList<CostGroup> Chips,
    WalletView Wallet
)
{
    public TradeSplit Total =>
        Days.Select(d => d.Split)
            .OfType<TradeSplit>()
            .Aggregate(
                new TradeSplit(Money.Zero(Wallet.Currency), Money.Zero(Wallet.Currency), Money.Zero(Wallet.Currency)),
                (a, b) => new TradeSplit(a.Retail + b.Retail, a.Wholesale + b.Wholesale, a.Commission + b.Commission)
            );

    public Money Margin => Days.Aggregate(Money.Zero(Wallet.Currency), (sum, day) => sum + day.Amount);

    public decimal CardHours => Days.Sum(d => d.CardHours);

    public static async Task<RevenueBook> LoadAsync(PortalActions actions, DateTimeOffset now, int days, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(actions);
        var me = await actions.PersonAsync();
        var party = await actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(me.WorkspaceId, ct));
        var currency = Currency.Parse(party!.Currency);
        // Whole days, today included.
        DateTimeOffset from = new(now.UtcDateTime.Date.AddDays(1 - days), TimeSpan.Zero);
        var byDay = await Grouped("day");
        var byChip = await Grouped("deviceModel");
        var wallet = await actions.RunAsync<ILedger, WalletView>(l => l.WalletAsync(me.WorkspaceId, currency, ct));
        return new RevenueBook(from, now, byDay, [.. byChip.OrderByDescending(c => c.Amount.Micros)], wallet);

        Task<IReadOnlyList<CostGroup>> Grouped(string by) =>
            actions.RunAsync<IRating, IReadOnlyList<CostGroup>>(r => r.GroupedAsync(by, currency, from, now, "operator", ct));
    }
}
