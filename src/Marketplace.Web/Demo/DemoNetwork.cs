using Marketplace.Platform.Jobs;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Demo;

/// <summary>Builds the demo network once, in stages that each find what is already there: a crash in between loses nothing.</summary>
internal sealed partial class DemoNetwork(
    DemoMarket market,
    DemoHistory history,
    DemoCases cases,
    DemoRuns runs,
    DemoBudgets budgets,
    DemoDesk desk,
    DemoProgress progress,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<DemoNetwork> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await market.EnsureAsync(stoppingToken);
                await budgets.EnsureProjectsAsync(stoppingToken);
                await history.EnsureAsync(stoppingToken);
                await cases.EnsurePastAsync(stoppingToken);
                await runs.EnsureAsync(stoppingToken);
                await budgets.EnsureBudgetsAsync(stoppingToken);
                await desk.EnsureAsync(stoppingToken);
                await CheckBooksAsync(stoppingToken);
                progress.Complete();
                Complete();
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e)
            {
                Failed(e);
                await Task.Delay(TimeSpan.FromSeconds(3), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The first check of the books was made before there was anything in them, and the next is ten minutes away.</summary>
    private async Task CheckBooksAsync(CancellationToken ct)
    {
        var asked = await scopes.ActAsync<JobDesk, Outcome<JobRunView>>(
            Actor.System,
            jobs => jobs.RunNowAsync("billing-check-books", "demo-books", ct)
        );
        if (!asked.IsOk)
            NotChecked(asked.Problem.Detail);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The books are checked at their next time: {Why}")]
    private partial void NotChecked(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The demo network is complete")]
    private partial void Complete();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A demo stage failed and is tried again in three seconds")]
    private partial void Failed(Exception e);
}
