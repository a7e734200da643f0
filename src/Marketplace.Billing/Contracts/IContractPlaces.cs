namespace Marketplace.Billing.Contracts;

/// <param name="RegionId">The region's code.</param>
/// <param name="RegionName">For people.</param>
/// <param name="SiteTier">Cloud, edge or terminal.</param>
/// <param name="Vendor">The accelerator's maker; null for processors.</param>
/// <param name="DeviceFraction">Cards of one replica: 0.25 is a quarter of a card; null for processors.</param>
/// <param name="HidesCenter">Sold without the center's name: the acting party must not learn it.</param>
public sealed record ContractPlace(
    string? RegionId,
    string? RegionName,
    string? SiteTier,
    string? Vendor,
    decimal? DeviceFraction,
    bool HidesCenter
);

/// <summary>
/// Where and on what a contract runs, for exports. Contracts live in another module, so the host connects the two; without that, exports
/// leave these columns empty.
/// </summary>
public interface IContractPlaces
{
    /// <returns>No entry for a contract that is not there or not the acting party's.</returns>
    Task<IReadOnlyDictionary<string, ContractPlace>> FindManyAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct);
}
