using Marketplace.Platform.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Hosting;

/// <summary>The product's jobs, run here and now: a web host has no worker.</summary>
internal static class JobRuns
{
    public static Task<int> RunAsync(IServiceProvider scope, string name) =>
        scope.GetServices<JobDefinition>().Single(j => j.Name == name).Run(scope, default);
}
