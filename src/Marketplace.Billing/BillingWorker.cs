using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing;

/// <summary>
/// What falls due with time: expired holds, payments without an answer, earnings past the dispute window, the balance snapshot and the
/// month's invoices. Each step takes row locks and can run in any number of replicas, twice, or late.
/// </summary>
internal sealed partial class BillingWorker(
    IServiceScopeFactory scopes,
    IOptions<BillingOptions> options,
    TimeProvider time,
    ILogger<BillingWorker> log
) : BackgroundService
{
    private const int PerRound = 200;
    private static readonly TimeSpan PaymentPatience = TimeSpan.FromMinutes(2);
    private DateTimeOffset closedThrough = DateTimeOffset.MinValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await RunOnceAsync(stoppingToken);
            await Task.Delay(options.Value.WorkerInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One round; a step that fails is reported and tried again in the next.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        await StepAsync("expire holds", ExpireHoldsAsync, ct);
        await StepAsync(
            "resume payments",
            s => s.GetRequiredService<PaymentDesk>().ResumeAsync(time.GetUtcNow() - PaymentPatience, PerRound, ct),
            ct
        );
        await StepAsync("make earnings payable", s => s.GetRequiredService<MakeDue>().RunAsync(ct), ct);
        await StepAsync("snapshot balances", SnapshotAsync, ct);
        await StepAsync("close the month", s => CloseMonthAsync(s, ct), ct);

        async Task<int> ExpireHoldsAsync(IServiceProvider services)
        {
            var expired = await services.GetRequiredService<Holds>().ExpiredAsync(time.GetUtcNow(), PerRound, ct);
            foreach (string reference in expired)
                await services.GetRequiredService<ILedger>().ReleaseAsync(reference, ct);
            return expired.Count;
        }

        async Task<int> SnapshotAsync(IServiceProvider services)
        {
            var db = services.GetRequiredService<MarketplaceDbContext>();
            await db.ReadAsync("select billing.take_snapshot()", r => r.GetInt64(0), ct);
            return 0;
        }
    }

    private async Task<int> CloseMonthAsync(IServiceProvider services, CancellationToken ct)
    {
        DateTimeOffset late = time.GetUtcNow() - options.Value.InvoiceGrace;
        var end = new DateTimeOffset(late.Year, late.Month, 1, 0, 0, 0, TimeSpan.Zero);
        if (end <= closedThrough)
            return 0;
        int made = await services.GetRequiredService<IInvoices>().CloseAsync(end, ct);
        closedThrough = end;
        return made;
    }

    private async Task StepAsync(string step, Func<IServiceProvider, Task<int>> run, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
            int done = await run(scope.ServiceProvider);
            if (done > 0)
                StepDone(step, done);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
        catch (Exception e)
        {
            StepFailed(e, step);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Billing worker: {Step}, {Count} done")]
    private partial void StepDone(string step, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Billing worker could not {Step}; it tries again in the next round")]
    private partial void StepFailed(Exception e, string step);
}
