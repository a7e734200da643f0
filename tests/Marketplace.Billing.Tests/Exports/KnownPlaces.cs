using Marketplace.Billing.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>Every contract runs on a quarter of a card at the edge.</summary>
internal sealed class KnownPlaces : IContractPlaces
{
    public Task<IReadOnlyDictionary<string, ContractPlace>> FindManyAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct) =>
        Task.FromResult<IReadOnlyDictionary<string, ContractPlace>>(
            contractIds.ToDictionary(
                id => id,
                _ => new ContractPlace("cn-north", "Hohhot", "edge", "Huawei", 0.25m, HidesCenter: true),
                StringComparer.Ordinal
            )
        );
}

internal static class KnownPlacesRegistration
{
    public static void AddScopedPlaces(this IServiceCollection services) => services.AddScoped<IContractPlaces, KnownPlaces>();
}
