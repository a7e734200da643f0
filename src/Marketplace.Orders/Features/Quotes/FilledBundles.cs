using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>Bundles filled for earlier requests of one bulk order: a thousand lines of the same bundle read it once.</summary>
internal sealed class FilledBundles
{
    private readonly Dictionary<string, Outcome<BundleRecipe>> filled = new(StringComparer.Ordinal);
    private readonly Dictionary<(string OfferId, ContractClass Class), Outcome<TradeTerms>> terms = [];

    /// <summary>The terms of an offer that requests name, each read once.</summary>
    public async Task<Outcome<TradeTerms>> TermsAsync(IMarketCatalog catalog, string offerId, ContractClass sold, CancellationToken ct)
    {
        if (!terms.TryGetValue((offerId, sold), out Outcome<TradeTerms>? known))
            terms.Add((offerId, sold), known = await catalog.TermsAsync(offerId, sold, ct));
        return known;
    }

    public async Task<Outcome<BundleRecipe>> FillAsync(
        IBundles bundles,
        string bundleId,
        IReadOnlyDictionary<string, string> parameters,
        CancellationToken ct
    )
    {
        string key = string.Join(
            '\0',
            parameters.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => new[] { p.Key, p.Value }).Prepend(bundleId)
        );
        if (!filled.TryGetValue(key, out var recipe))
            filled.Add(key, recipe = await bundles.FillAsync(bundleId, parameters, ct));
        return recipe;
    }
}
