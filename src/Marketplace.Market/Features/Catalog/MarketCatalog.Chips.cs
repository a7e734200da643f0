using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Work;

namespace Marketplace.Market.Features.Catalog;

internal sealed partial class MarketCatalog
{
    public async Task<Outcome<ChipComparison>> CompareChipsAsync(
        string workKey,
        string currency,
        ContractClass contractClass,
        CancellationToken ct
    )
    {
        if (works.Find(workKey)?.View is not { } work)
            return Problem.NotFound("work", workKey);
        if (Currency.TryParse(currency) is not { } paid)
            return Problem.Invalid("?currency", "This currency is not traded here.", "Use CNY, USD or EUR.");
        var cheapest = new List<(OfferView Offer, ChipRate Rate)>();
        foreach (var (model, throughput) in work.ThroughputByModel)
        {
            if (await CheapestAsync(model, paid.Code, contractClass, ct) is { } offer)
                cheapest.Add((offer, new ChipRate(model, Money.From(offer.PricePerCardHour, paid).Micros, throughput)));
        }
        return Compare(work, paid.Code, cheapest);
    }

    private async Task<OfferView?> CheapestAsync(string model, string currency, ContractClass contractClass, CancellationToken ct)
    {
        var found = await SearchAsync(
            new OfferSearch
            {
                DeviceModels = [model],
                Currency = currency,
                Class = contractClass,
                MinFreeCards = 1,
                Sort = "price",
                Limit = 1,
            },
            ct
        );
        return found.Matches.Count == 0 ? null : found.Matches[0].Offer;
    }

    private static ChipComparison Compare(WorkView work, string currency, IReadOnlyList<(OfferView Offer, ChipRate Rate)> cheapest)
    {
        WorkChoice? choice = WorkChoice.Of([.. cheapest.Select(c => c.Rate)]);
        return new ChipComparison(
            work,
            currency,
            [
                .. cheapest
                    .OrderBy(c => c.Rate.PricePerUnit)
                    .ThenByDescending(c => c.Rate.UnitsPerSecond)
                    .ThenBy(c => c.Rate.Chip, StringComparer.Ordinal)
                    .Select(c => new ChipPrice(
                        c.Rate.Chip,
                        c.Offer.Id,
                        c.Offer.PricePerCardHour,
                        c.Rate.UnitsPerSecond,
                        Pricing.PerWork(c.Offer.PricePerCardHour, c.Rate.UnitsPerSecond, work.PerUnits)!.Value,
                        Math.Max(0, 1 - (choice!.Best.PricePerUnit / c.Rate.PricePerUnit))
                    )),
            ]
        )
        {
            Best = choice?.Best.Chip,
            CheapestHour = choice?.CheapestHour.Chip,
            Fastest = choice?.Fastest.Chip,
            SavingAgainstCheapestHour = choice?.SavingAgainstCheapestHour,
            SavingAgainstFastest = choice?.SavingAgainstFastest,
        };
    }
}
