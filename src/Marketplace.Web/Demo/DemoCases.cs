using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Web.Demo;

/// <summary>
/// What few customers live through and every page of money must be able to show: capacity paid ahead and partly used, and a customer that is behind with
/// an invoice.
/// </summary>
internal sealed partial class DemoCases(DemoMarket market, PastServices past, TimeProvider time, ILogger<DemoCases> log)
{
    private const string Ahead = "H100";

    /// <summary>Capacity paid ahead and the debt; with the history, which is made once.</summary>
    public async Task EnsurePastAsync(CancellationToken ct)
    {
        var parties = await market.PartiesAsync(ct);
        DateTimeOffset today = new(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        await using ServiceProvider services = past.At(today.AddDays(-20));
        await PayAheadAsync(services, market.Buyer(parties[DemoScript.Parties[0].Name]), today, ct);
        await FallBehindAsync(services, market.Buyer(parties[DemoScript.Debtor.Name]), today, ct);
    }

    private async Task PayAheadAsync(ServiceProvider services, Actor customer, DateTimeOffset today, CancellationToken ct)
    {
        var then = services.GetRequiredService<IServiceScopeFactory>();
        var owned = await then.ActAsync<IReservations, Page<ReservationView>>(customer, r => r.ListAsync(new PageQuery(), ct));
        if (owned.Items.Count > 0)
            return;
        var found = await then.ActAsync<IMarketCatalog, SearchResult>(customer, c => c.SearchAsync(new OfferSearch(), ct));
        OfferView? offer = found
            .Matches.Select(m => m.Offer)
            .Where(o => o.Plan?.Prepaid is not null && o.DeviceModel!.Contains(Ahead, StringComparison.Ordinal))
            .MinBy(o => o.PricePerCardHour);
        if (offer is null)
            return;
        _ = (
            await then.ActAsync<IReservationDesk, Outcome<ReservationView>>(
                customer,
                r => r.BuyAsync(new BuyReservation(offer.Id, 240), "demo-reservation", ct)
            )
        ).Value;
        // More than one, so that a pool is seen that several contracts draw from.
        foreach (int day in (int[])[12, 5])
        {
            var request = new WorkloadRequest
            {
                Name = FormattableString.Invariant($"vision-distil-{day}"),
                Project = DemoBudgets.Vision,
                Product = ProductKind.Job,
                Image = "demo/vlm-distil:1.2",
                Replicas = 1,
                CardsPerReplica = 8,
                CpuMilli = 32000,
                HostMemoryMib = 131072,
                Hours = 10,
                OfferId = offer.Id,
            };
            await RunAsync(
                services,
                customer,
                request,
                today.AddDays(-day).AddHours(2),
                TimeSpan.FromSeconds(25),
                TimeSpan.FromHours(8),
                ct
            );
        }
    }

    // It bought a day, and the agent was away while two more were used: what its credit did not cover is on an invoice that is past due.
    private async Task FallBehindAsync(ServiceProvider services, Actor customer, DateTimeOffset today, CancellationToken ct)
    {
        var orders = await services
            .GetRequiredService<IServiceScopeFactory>()
            .ActAsync<IOrders, Page<OrderView>>(customer, o => o.ListAsync(new OrderQuery { Limit = 1 }, ct));
        if (orders.Items.Count > 0)
            return;
        var request = new WorkloadRequest
        {
            Name = "subtitle-render",
            Product = ProductKind.Job,
            Image = "demo/subtitle:0.9",
            Replicas = 4,
            CardsPerReplica = 1,
            CpuMilli = 8000,
            HostMemoryMib = 32768,
            Hours = 24,
            Regions = ["east-china"],
        };
        await RunAsync(services, customer, request, today.AddDays(-19).AddHours(9), TimeSpan.FromSeconds(20), TimeSpan.FromHours(60), ct);
    }

    private async Task RunAsync(
        IServiceProvider services,
        Actor customer,
        WorkloadRequest request,
        DateTimeOffset start,
        TimeSpan readyAfter,
        TimeSpan ran,
        CancellationToken ct
    )
    {
        if (await DemoPastRun.LiveAsync(services, customer, request, start, readyAfter, ran, ct) is { } refusal)
            Refused(request.Name, refusal.Detail);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Demo case {Name} was refused: {Detail}")]
    private partial void Refused(string name, string detail);
}
