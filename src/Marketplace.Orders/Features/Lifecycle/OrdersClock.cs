using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>Every second: expired quotes free what they held, contracts whose time is over end. Any number of replicas may run it.</summary>
internal sealed partial class OrdersClock(IServiceScopeFactory scopes, TimeProvider time, ILogger<OrdersClock> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await scopes.ActAsync<Quotes.Quotes, int>(Actor.System, q => q.ExpireAsync(stoppingToken));
                await scopes.ActAsync<ContractClock, int>(Actor.System, c => c.TickAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                TickFailed(e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The order clock failed; it ticks again in a second")]
    private partial void TickFailed(Exception e);
}
