using Marketplace.Billing.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

internal static class PayoutServices
{
    /// <summary>Register an <see cref="IPayoutProvider"/> to replace transfers by the desk's bank.</summary>
    public static void AddPayouts(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PayoutOptions>().Bind(configuration.GetSection(BillingOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PayoutOptions>, PayoutOptionsValidator>();
        services.TryAddSingleton<IPayoutProvider, BankTransferProvider>();
        services.AddDataProtection();
        services.AddScoped<PayoutStore>();
        services.AddScoped<PayoutProviders>();
        services.AddScoped<Destinations>();
        services.AddScoped<AccruePayouts>();
        services.AddScoped<FinishPayout>();
        services.AddScoped<DecidePayout>();
        services.AddScoped<SubmitPayouts>();
        services.AddScoped<HoldBack>();
        services.AddScoped<PayoutFiles>();
        services.AddScoped<PayoutDesk>();
        services.AddScoped<IPayouts>(s => s.GetRequiredService<PayoutDesk>());
    }
}
