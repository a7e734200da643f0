using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Demo;

/// <summary>
/// What the network desk finds on its own pages: a customer that buys on invoice, a voucher campaign that was redeemed once, usage a customer disputes, a
/// reading that fits nothing, earnings that are held back, and a bank statement with entries that explain themselves to nobody.
/// </summary>
internal sealed class DemoDesk(DemoMarket market, IServiceScopeFactory scopes, TimeProvider time)
{
    // The customer nobody signs in as: the other one's figures stay those of its runs.
    private static readonly string Customer = DemoScript.Parties[1].Name;
    private const string Campaign = "Autumn trial";
    private const string Fee = "Account fee";
    private const string Stray = "demo-stray-reading";
    private static readonly TimeSpan Recent = TimeSpan.FromDays(5);

    public async Task EnsureAsync(CancellationToken ct)
    {
        var parties = await market.PartiesAsync(ct);
        Actor customer = DemoMarket.Owner(parties[Customer]);
        Actor desk = DemoMarket.Owner(parties[DemoScript.Desk.Name]);
        await LendAsync(desk, parties[Customer].Id, ct);
        await CampaignAsync(desk, customer, ct);
        await DisputeAsync(customer, ct);
        await StrayReadingAsync(desk, ct);
        await HoldBackAsync(desk, parties[DemoScript.Places[^1].Center].Id, ct);
        await BankAsync(desk, ct);
    }

    private async Task BankAsync(Actor desk, CancellationToken ct)
    {
        var known = await scopes.ActAsync<IBankStatements, Outcome<Page<BankEntryView>>>(
            desk,
            b => b.EntriesAsync(new BankEntryQuery { Limit = 1 }, ct)
        );
        if (known.Value.Items.Count > 0)
            return;
        string day = time.GetUtcNow().AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string statement = $"""
            account,reference,booked_on,amount,currency,counterparty,details
            62220000202611088,20261108-0417,{day},5000.00,CNY,{Customer},Prepayment under agreement 2026-118
            62220000202611088,20261108-0418,{day},-25.00,CNY,Bank of Shanghai,{Fee}
            """;
        _ = (await scopes.ActAsync<IBankStatements, Outcome<BankImport>>(desk, b => b.ImportAsync(statement, ct))).Value;
        var fee = await scopes.ActAsync<IBankStatements, Outcome<Page<BankEntryView>>>(
            desk,
            b => b.EntriesAsync(new BankEntryQuery { Search = Fee }, ct)
        );
        _ = (
            await scopes.ActAsync<IBankStatements, Outcome<BankEntryView>>(
                desk,
                b => b.DismissAsync(fee.Value.Items[0].Id, "The bank's own fee, in the office's books.", ct)
            )
        ).Value;
    }

    private async Task LendAsync(Actor desk, string customer, CancellationToken ct)
    {
        var known = await scopes.ActAsync<ICreditLines, Outcome<Page<CreditLineView>>>(desk, l => l.ListAsync(new PageQuery(), ct));
        if (known.Value.Items.Count > 0)
            return;
        var request = new SetCreditLine(customer, 100_000m, Currency.Cny.Code, "Framework agreement 2026-118");
        _ = (await scopes.ActAsync<ICreditLines, Outcome<CreditLineView>>(desk, l => l.SetAsync(request, ct))).Value;
    }

    private async Task CampaignAsync(Actor desk, Actor customer, CancellationToken ct)
    {
        var known = await scopes.ActAsync<IVouchers, Outcome<Page<CampaignView>>>(desk, v => v.CampaignsAsync(new PageQuery(), ct));
        if (known.Value.Items.Count > 0)
            return;
        DateTimeOffset today = new(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var request = new CampaignRequest(
            Campaign,
            Currency.Cny.Code,
            500m,
            today,
            today.AddDays(60),
            Codes: 1,
            MaxRedemptions: 200,
            MaxPerCustomer: 1,
            MinimumSpend: 0,
            NewCustomersOnly: false,
            CreditDays: 90
        );
        NewCampaign made = (await scopes.ActAsync<IVouchers, Outcome<NewCampaign>>(desk, v => v.CreateAsync(request, ct))).Value;
        _ = (
            await scopes.ActAsync<IVouchers, Outcome<RedemptionView>>(customer, v => v.RedeemAsync(made.Codes[0], "demo-voucher", ct))
        ).Value;
    }

    private async Task DisputeAsync(Actor customer, CancellationToken ct)
    {
        var known = await scopes.ActAsync<IUsageDisputes, Page<UsageDisputeView>>(
            customer,
            d => d.ListAsync(new UsageDisputeQuery { Limit = 1 }, ct)
        );
        if (known.Items.Count > 0)
            return;
        var contracts = await scopes.ActAsync<IContracts, Page<ContractView>>(
            customer,
            c => c.ListAsync(new ContractQuery { Limit = PageQuery.MaxLimit }, ct)
        );
        DateTimeOffset since = time.GetUtcNow() - Recent;
        if (contracts.Items.FirstOrDefault(c => c.EndedAt > since && !c.Spent.IsZero) is not { EndedAt: { } end } ended)
            return;
        // What the window does not allow any more is left out: the page is empty then, as it was.
        _ = await scopes.ActAsync<IUsageDisputes, Outcome<UsageDisputeView>>(
            customer,
            d =>
                d.OpenAsync(
                    ended.Id,
                    new OpenUsageDispute(end.AddHours(-1), end, "The job had written its result and waited for its storage."),
                    "demo-dispute",
                    ct
                )
        );
    }

    // A pod that somebody labelled by hand: its contract is none of this cluster's.
    private async Task StrayReadingAsync(Actor desk, CancellationToken ct)
    {
        var known = await scopes.ActAsync<IQuarantine, Outcome<Page<QuarantineView>>>(
            desk,
            q => q.ListAsync(new QuarantineQuery { Search = Stray }, ct)
        );
        if (known.Value.Items.Count > 0)
            return;
        var sources = await scopes.ActAsync<IMetering, Outcome<IReadOnlyList<UsageSourceView>>>(desk, m => m.SourcesAsync(ct));
        if (sources.Value.FirstOrDefault() is not { } source)
            return;
        DateTimeOffset now = time.GetUtcNow();
        var stray = new UsageReading(
            source.Source,
            Stray,
            "ctr_labelled_by_hand",
            "alc_labelled_by_hand",
            "card-seconds",
            1800m,
            now.AddMinutes(-15),
            now,
            Final: false
        );
        _ = await scopes.ActAsync<IRating, IReadOnlyList<ChargeResult>>(Actor.System, r => r.RecordAsync([stray], ct));
    }

    private async Task HoldBackAsync(Actor desk, string center, CancellationToken ct) =>
        _ = (
            await scopes.ActAsync<IPayouts, Outcome<PayoutHoldView>>(
                desk,
                p =>
                    p.HoldBackAsync(
                        center,
                        "center",
                        Money.From(80m, Currency.Cny),
                        "Its tax certificate ends this month; the new one is awaited.",
                        "demo-hold-back",
                        ct
                    )
            )
        ).Value;
}
