using Marketplace.Billing.Contracts;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>The product's jobs, run here and now: a web host has no worker.</summary>
internal static class JobRuns
{
    public static Task<int> RunJobAsync(this PortalHost host, string name) =>
        host.ActAsync<IServiceProvider, int>(
            Actor.System,
            scope => scope.GetServices<JobDefinition>().Single(j => j.Name == name).Run(scope, default)
        );

    /// <summary>Seals every journal there is. Transactions of other tests on the same server hold the last ones back for a moment.</summary>
    public static Task SealAllAsync(this PortalHost host) =>
        Eventually.HoldsAsync(
            async () =>
            {
                await host.RunJobAsync("billing-seal-journals");
                return (await host.ActAsync<ILedger, SealStanding>(Actor.System, l => l.SealsAsync(default))).Unsealed == 0;
            },
            "every journal to be sealed"
        );
}
