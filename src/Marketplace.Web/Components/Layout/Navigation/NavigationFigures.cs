using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>The figures of a rail: what is counted, and the one number at its end.</summary>
internal sealed record RailFigures(IReadOnlyDictionary<string, NavCount> Counts, NavFoot? Foot)
{
    /// <summary>What the acting customer has past due.</summary>
    public IReadOnlyList<ArrearsView> PastDue { get; init; } = [];
}

/// <summary>
/// Reads the figures of a workspace as the acting party. Only what is there to be counted shows: nothing is guessed, and what the person may
/// not see is left out.
/// </summary>
internal sealed class NavigationFigures(
    ActorContext actor,
    IQuotes quotes,
    IContracts contracts,
    IClusters clusters,
    ISupply supply,
    IOffers offers,
    IParties parties,
    ILedger ledger,
    IArrears arrears,
    IStops stops,
    IRating rating,
    OutboxDesk outbox,
    JobDesk jobs,
    IStringLocalizer<LayoutText> text,
    IStringLocalizer<Shared.SharedText> shared,
    TimeProvider time
)
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    public async Task<RailFigures> ReadAsync(WorkspaceKind workspace, CancellationToken ct)
    {
        var counts = new Dictionary<string, NavCount>(StringComparer.Ordinal);
        NavFoot? foot = workspace switch
        {
            WorkspaceKind.Customer => await CustomerAsync(counts, ct),
            WorkspaceKind.Center => await CenterAsync(counts, ct),
            WorkspaceKind.Operator => await OperatorAsync(counts, ct),
            _ => await AdminAsync(counts, ct),
        };
        return new RailFigures(counts, foot) { PastDue = workspace == WorkspaceKind.Customer ? await arrears.MineAsync(ct) : [] };
    }

    private async Task<NavFoot?> CustomerAsync(Dictionary<string, NavCount> counts, CancellationToken ct)
    {
        Put(counts, "quotes", (await quotes.ListAsync(new QuoteQuery { State = QuoteState.Issued, Limit = 1 }, ct)).Total, waits: true);
        Put(counts, "runs", (await contracts.ListAsync(Open("customer"), ct)).Total);
        if (await WalletAsync(ct) is not { } wallet)
            return null;
        return new NavFoot(
            text["Foot.Prepaid"],
            MoneyDisplay.Format(wallet.Available + wallet.Promo),
            text["Foot.Held", MoneyDisplay.Format(wallet.Held)]
        );
    }

    private async Task<NavFoot?> CenterAsync(Dictionary<string, NavCount> counts, CancellationToken ct)
    {
        var connected = await clusters.ListAsync(ct);
        int lost = connected.Count(c => c.State is ClusterState.Lost or ClusterState.Suspect);
        Put(counts, "center-clusters", lost > 0 ? lost : connected.Count(c => c.State != ClusterState.Disconnected), waits: lost > 0);
        Put(counts, "center-listings", (await supply.ListingsAsync(new ListingQuery { State = ListingState.Live, Limit = 1 }, ct)).Total);
        Put(counts, "center-contracts", (await contracts.ListAsync(Open("center"), ct)).Total);
        if (await WalletAsync(ct) is not { } wallet)
            return null;
        return new NavFoot(
            text["Foot.Payable"],
            MoneyDisplay.Format(wallet.Payable),
            text["Foot.Pending", MoneyDisplay.Format(wallet.Pending)]
        );
    }

    private async Task<NavFoot?> OperatorAsync(Dictionary<string, NavCount> counts, CancellationToken ct)
    {
        Put(counts, "operator-offers", (await offers.ListAsync(new OfferQuery { State = OfferState.OnSale, Limit = 1 }, ct)).Total);
        Put(counts, "operator-orders", (await contracts.ListAsync(Open("operator"), ct)).Total);
        if (await CurrencyAsync(ct) is not { } currency)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        var earned = await rating.GroupedAsync("deviceModel", currency, now - Month, now, "operator", ct);
        return new NavFoot(
            text["Foot.Earned"],
            MoneyDisplay.Format(earned.Sum(g => g.Amount.Amount), currency.Code),
            text["Foot.CardHours", Numbers.Count((long)earned.Sum(g => g.CardHours))]
        );
    }

    private async Task<NavFoot?> AdminAsync(Dictionary<string, NavCount> counts, CancellationToken ct)
    {
        var waiting = await parties.ListAsync(new PartyQuery { State = PartyState.Pending, Limit = 1 }, ct);
        if (!waiting.IsOk)
            return null;
        Put(counts, "admin-parties", waiting.Value.Total, waits: true);
        Put(counts, "admin-contracts", (await contracts.ListAsync(Open(null), ct)).Total);
        var alarming = await stops.ListAsync(new StopQuery { Alarming = true, Limit = 1 }, ct);
        Put(counts, "admin-stops", alarming.IsOk ? alarming.Value.Total : null, waits: true);
        var owing = await arrears.ListAsync(new ArrearsQuery { Open = true, Limit = 1 }, ct);
        Put(counts, "admin-arrears", owing.IsOk ? owing.Value.Total : null);
        Put(counts, "admin-outbox", (await outbox.StandingAsync(ct)).Dead, waits: true);
        Put(counts, "admin-jobs", await jobs.FailingAsync(ct), waits: true);
        var verified = (await ledger.SealsAsync(ct)).LastVerification;
        if (await ledger.LastBooksAsync(ct) is not { } books)
            return null;
        Put(counts, "admin-trial-balance", books.Breaks.Count + (verified?.Break is null ? 0 : 1), waits: true);
        return new NavFoot(
            text["Foot.Books"],
            text[books.Balanced ? "Foot.Balanced" : "Foot.Broken"],
            text["Foot.Checked", Times.Relative(books.At, time.GetUtcNow(), shared)],
            Good: books.Balanced
        );
    }

    private static ContractQuery Open(string? side) =>
        new()
        {
            Open = true,
            Side = side,
            Limit = 1,
        };

    // Nought is not worth a badge.
    private static void Put(Dictionary<string, NavCount> counts, string id, long? value, bool waits = false)
    {
        if (value > 0)
            counts[id] = new NavCount(int.CreateSaturating(value.Value), waits);
    }

    private async Task<WalletView?> WalletAsync(CancellationToken ct) =>
        await CurrencyAsync(ct) is { } currency ? await ledger.WalletAsync(actor.Current.PartyId, currency, ct) : null;

    /// <summary>The party's own currency; null when the person may not see money.</summary>
    private async Task<Currency?> CurrencyAsync(CancellationToken ct) =>
        actor.Current.Allows(Permission.MoneyRead) && await parties.FindAsync(actor.Current.PartyId, ct) is { } party
            ? Currency.TryParse(party.Currency)
            : null;
}
