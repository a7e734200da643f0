using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Market.Features.Capacity;

/// <summary>Frees expired holds every few seconds. Any number of replicas may run it.</summary>
internal sealed partial class ClaimSweeper(IServiceScopeFactory scopes, TimeProvider time, ILogger<ClaimSweeper> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await NextAsync(timer, stoppingToken))
        {
            try
            {
                await scopes.ActAsync<IClaimExpiry, int>(Actor.System, expiry => expiry.ExpireAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e)
            {
                // The database may be restarting. Holds are also freed by whoever needs their capacity, so the next round is soon enough.
                SweepFailed(e);
            }
        }
    }

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired holds could not be freed; the next round tries again")]
    private partial void SweepFailed(Exception e);
}
