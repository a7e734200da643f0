using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Supply;

internal sealed partial class Supply
{
    /// <summary>How far ahead a price can be announced.</summary>
    private static readonly TimeSpan PriceHorizon = TimeSpan.FromDays(366);

    public Task<Outcome<ListingView>> ChangePriceAsync(
        string listingId,
        decimal pricePerCardHour,
        DateTimeOffset? effectiveFrom,
        CancellationToken ct
    ) =>
        db.CommitAsync<ListingView>(
            async token =>
            {
                var own = await OwnAsync(listingId, token);
                if (!own.IsOk)
                    return own.Problem;
                DateTimeOffset now = time.GetUtcNow();
                if (!PriceRules.Fits(pricePerCardHour))
                    return Problem.Invalid("/pricePerCardHour", PriceRules.Message, PriceRules.Fix);
                if (effectiveFrom < now || effectiveFrom > now + PriceHorizon)
                    return Problem.Invalid(
                        "/effectiveFrom",
                        "The price cannot start then.",
                        "Give a time from now to a year ahead, or leave it out to start now."
                    );
                if (own.Value.State == ListingState.Withdrawn)
                    return Problem.Conflict("listing-withdrawn", "This listing is withdrawn. Create a new one.");
                int last = await db.Set<PriceVersion>().Where(p => p.ListingId == listingId).MaxAsync(p => p.Version, token);
                db.Add(
                    new PriceVersion
                    {
                        Id = ids.New(IdPrefix.PriceVersion),
                        ListingId = listingId,
                        PartyId = own.Value.PartyId,
                        Version = last + 1,
                        PricePerCardHour = pricePerCardHour,
                        EffectiveFrom = effectiveFrom ?? now,
                        RecordedAt = now,
                    }
                );
                db.Audit(
                    "listing.price-changed",
                    "listing",
                    listingId,
                    $"{pricePerCardHour} {own.Value.Currency} from {effectiveFrom ?? now:u}"
                );
                return await SavedAsync(own.Value, token);
            },
            ct
        );

    public async Task<Outcome<ListingView>> ResizeAsync(string listingId, int cards, CancellationToken ct)
    {
        Listing? seen = await db.Set<Listing>().AsNoTracking().FirstOrDefaultAsync(l => l.Id == listingId, ct);
        int live = seen is null ? 0 : await clusters.CapacityAsync(seen.ClusterId, seen.DeviceModel, ct);
        return await db.CommitAsync<ListingView>(
            async token =>
            {
                if (seen is not null)
                    await LockModelAsync(seen.ClusterId, seen.DeviceModel, token);
                var own = await OwnAsync(listingId, token);
                if (!own.IsOk)
                    return own.Problem;
                Listing row = own.Value;
                if (row.State == ListingState.Withdrawn)
                    return Problem.Conflict("listing-withdrawn", "This listing is withdrawn. Create a new one.");
                int least = Math.Max(row.CommittedCards, row.MinCards);
                if (cards < least)
                {
                    return Problem.Invalid(
                        "/cards",
                        Plural.Write(
                            $"{row.CommittedCards} {row.CommittedCards:card of this listing is|cards of this listing are} sold or held, and the smallest order is {row.MinCards}."
                        ),
                        $"Offer at least {least}, or wait until contracts end."
                    );
                }
                long elsewhere = await ListedElsewhereAsync(row.ClusterId, row.DeviceModel, row.Id, token);
                // Shrinking is always a step towards the truth, so only growing is measured against the inventory.
                if (cards > row.Cards && cards + elsewhere > live)
                    return AboveInventory(row.DeviceModel, cards, elsewhere, live);
                db.Audit("listing.resized", "listing", row.Id, Plural.Write($"{row.Cards} to {cards} {cards:card|cards}"));
                row.Cards = cards;
                return await SavedAsync(row, token);
            },
            ct
        );
    }

    public Task<Outcome<ListingView>> ChangeStateAsync(string listingId, ListingState to, CancellationToken ct) =>
        db.CommitAsync<ListingView>(
            async token =>
            {
                var own = await OwnAsync(listingId, token);
                if (!own.IsOk)
                    return own.Problem;
                if (StateTables.Listing.Refuse(own.Value.State, to) is { } conflict)
                    return conflict;
                if (to == ListingState.Live && await db.MayTradeAsync(own.Value.PartyId, token) is { } untraded)
                    return untraded;
                own.Value.State = to;
                db.Audit("listing.state-changed", "listing", listingId, to.ToString());
                return await SavedAsync(own.Value, token);
            },
            ct
        );

    public async Task<PriceSuggestion> SuggestPriceAsync(string? deviceModel, string region, Currency currency, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        string code = currency.Code;
        var current = await db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .Where(l => l.State == ListingState.Live && l.DeviceModel == deviceModel && l.Currency == code)
            .Join(db.Set<MarketSite>().Where(s => s.Region == region), l => l.SiteId, s => s.Id, (l, _) => l.Id)
            .Select(id =>
                db.Set<PriceVersion>()
                    .Where(p => p.ListingId == id && p.EffectiveFrom <= now)
                    .OrderByDescending(p => p.Version)
                    .Select(p => (decimal?)p.PricePerCardHour)
                    .FirstOrDefault()
            )
            .ToListAsync(ct);
        decimal[] prices = [.. current.OfType<decimal>().Select(Pricing.Plain).Order()];
        return new PriceSuggestion(
            deviceModel,
            code,
            prices.Length == 0 ? null : Median(prices),
            prices.Length == 0 ? null : prices[0],
            prices.Length == 0 ? null : prices[^1],
            prices.Length
        );
    }

    private static decimal Median(decimal[] sorted) =>
        sorted.Length % 2 == 1
            ? sorted[sorted.Length / 2]
            : Pricing.Plain((sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2);

    private async Task<Outcome<ListingView>> SavedAsync(Listing row, CancellationToken ct)
    {
        row.Revision++;
        outbox.Publish(new ListingChanged(row.Id, row.State), row.Id);
        Announce(row.PartyId);
        await db.SaveChangesAsync(ct);
        return await views.OfAsync(row, ct);
    }
}
