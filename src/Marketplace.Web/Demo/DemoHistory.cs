using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Web.Demo;

/// <summary>
/// Three weeks of trade: each past contract is quoted, bought, measured and settled by the same code as a live one, on a clock set to its
/// time. Seeded, so that every demo looks the same.
/// </summary>
internal sealed class DemoHistory(DemoMarket market, PastServices past, TimeProvider time)
{
    private const int Days = 21;
    private const int Seed = 20261122;
    private static readonly string[] Names =
    [
        "vision-pretrain",
        "speech-tune",
        "report-eval",
        "grasp-policy",
        "triage-batch",
        "map-fusion",
        "asr-nightly",
        "ct-segment",
    ];

    public async Task EnsureAsync(CancellationToken ct)
    {
        var parties = await market.PartiesAsync(ct);
        var customers = parties
            .Values.Where(p => p.Kinds.HasFlag(PartyKinds.Customer) && p.Name != DemoScript.Debtor.Name)
            .OrderBy(p => p.Name, StringComparer.Ordinal)
            .ToList();
        DateTimeOffset today = new(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        // The first run's day decides: a restart tomorrow adds nothing.
        if (await AlreadyAsync(customers[0], ct))
            return;
        var random = new Random(Seed);
        await using ServiceProvider services = past.At(today.AddDays(-Days - 1));
        for (int day = Days; day >= 1; day--)
        {
            foreach (PartyView customer in customers)
            {
                for (int job = 0; job < 1 + random.Next(2); job++)
                {
                    DateTimeOffset start = today.AddDays(-day).AddHours(1 + random.Next(20)).AddMinutes(random.Next(60));
                    WorkloadRequest request = Request(random, day, job);
                    TimeSpan ready = TimeSpan.FromSeconds(2 + random.Next(40));
                    TimeSpan ran = TimeSpan.FromMinutes((double)request.Hours * (30 + random.Next(31)));
                    // A refusal is part of the market (nothing fits that day): the history goes on without it.
                    _ = await DemoPastRun.LiveAsync(services, market.Buyer(customer), request, start, ready, ran, ct);
                }
            }
        }
        await CreditAsync(services.GetRequiredService<IServiceScopeFactory>(), parties, ct);
    }

    // One invoice was wrong, so that a credit note can be seen: the dearest of the customer people sign in as.
    private static async Task CreditAsync(IServiceScopeFactory scopes, IReadOnlyDictionary<string, PartyView> parties, CancellationToken ct)
    {
        var invoices = await scopes.ActAsync<IInvoices, Platform.Pages.Page<InvoiceView>>(
            DemoMarket.Owner(parties[DemoScript.Parties[0].Name]),
            i =>
                i.ListAsync(
                    new InvoiceQuery
                    {
                        Sort = "-total",
                        State = InvoiceState.Paid,
                        Limit = 1,
                    },
                    ct
                )
        );
        if (invoices.Items.Count == 0)
            return;
        var wrong = new CreditNoteRequest("Two cards ran slower than promised for three hours", null, 48m);
        _ = (
            await scopes.ActAsync<ICreditNotes, Outcome<CreditNoteView>>(
                DemoMarket.Owner(parties[DemoScript.Desk.Name]),
                n => n.IssueAsync(invoices.Items[0].Id, wrong, "demo-credit-note", ct)
            )
        ).Value;
    }

    private async Task<bool> AlreadyAsync(PartyView customer, CancellationToken ct)
    {
        await using ServiceProvider services = past.At(time.GetUtcNow());
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        var orders = await scopes.ActAsync<IOrders, Platform.Pages.Page<OrderView>>(
            DemoMarket.Owner(customer),
            o => o.ListAsync(new OrderQuery { Limit = 1 }, ct)
        );
        return orders.Items.Count > 0;
    }

    private static WorkloadRequest Request(Random random, int day, int job)
    {
        int cards = new[] { 1, 2, 4, 8, 8, 16 }[random.Next(6)];
        string name = string.Create(CultureInfo.InvariantCulture, $"{Names[random.Next(Names.Length)]}-{day}{(char)('a' + job)}");
        return new WorkloadRequest
        {
            Name = name,
            Project = DemoBudgets.ProjectOf(name),
            Product = cards > 4 ? ProductKind.GangJob : ProductKind.Job,
            Image = "demo/train:3.1",
            Replicas = Math.Max(1, cards / 8),
            CardsPerReplica = Math.Min(cards, 8),
            CpuMilli = 8000,
            HostMemoryMib = 32768,
            Hours = 1 + random.Next(10),
            // Chips in turn, so that every center has earned something.
            Regions = [random.Next(2) == 0 ? "north-china" : "east-china"],
        };
    }
}
