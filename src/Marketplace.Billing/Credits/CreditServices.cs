using Marketplace.Billing.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Credits;

internal static class CreditServices
{
    /// <summary>Register an <see cref="IContractUptime"/> to have service credits proposed.</summary>
    public static void AddCredits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CreditOptions>().Bind(configuration.GetSection(BillingOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CreditOptions>, CreditOptionsValidator>();
        services.TryAddScoped<IContractUptime, NeverDown>();
        services.AddScoped<Grants>();
        services.AddScoped<Campaigns>();
        services.AddScoped<RedeemVoucher>();
        services.AddScoped<IVouchers, VoucherDesk>();
        services.AddScoped<ServiceCredits>();
        services.AddScoped<IServiceCredits>(s => s.GetRequiredService<ServiceCredits>());
        services.AddScoped<ProposeServiceCredits>();
    }

    private sealed class NeverDown : IContractUptime
    {
        public Task<IReadOnlyList<ContractUptime>> FindManyAsync(
            IReadOnlyCollection<string> contractIds,
            DateTimeOffset from,
            DateTimeOffset to,
            CancellationToken ct
        ) => Task.FromResult<IReadOnlyList<ContractUptime>>([]);
    }
}
