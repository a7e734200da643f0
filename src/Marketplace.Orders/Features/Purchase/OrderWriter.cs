using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Purchase;

/// <summary>An order with its contracts that has not been written yet.</summary>
internal sealed record OrderDraft(Quote Quote, Order Order, IReadOnlyList<Contract> Contracts);

/// <summary>
/// The steps from quotes to orders, each for any number at once: money held, capacity sold, terms registered, desired state written. Call
/// inside one transaction, money before capacity.
/// </summary>
internal sealed class OrderWriter(
    MarketplaceDbContext db,
    ActorContext actor,
    ICapacity capacity,
    ILedger ledger,
    IBudgetAdmission budgets,
    IArrears arrears,
    IRating rating,
    IWorkloads workloads,
    IdFactory ids,
    IChangeFeed changes
)
{
    // Orders written together before the tracker is emptied: many lines need no more memory than these.
    private const int Chunk = 500;

    public OrderDraft Draft(Quote quote, string idempotencyKey, string? bulkOrderId, DateTimeOffset now)
    {
        var order = new Order
        {
            Id = ids.New(IdPrefix.Order),
            PartyId = quote.PartyId,
            Name = quote.Name,
            QuoteId = quote.Id,
            BulkOrderId = bulkOrderId,
            ProjectId = quote.ProjectId,
            MemberId = actor.Current.MemberId,
            Currency = quote.Currency,
            IdempotencyKey = idempotencyKey,
            CreatedAt = now,
        };
        return new OrderDraft(quote, order, [.. quote.Plan.Lines.Select((line, i) => MakeContract(quote, order, line, i + 1, now))]);
    }

    /// <summary>Holds the money of every draft of one customer that its budgets allow and the credit covers, in order.</summary>
    /// <returns>One entry per draft: null where all of it is held.</returns>
    public async Task<IReadOnlyList<Problem?>> HoldAsync(IReadOnlyList<OrderDraft> drafts, CancellationToken ct)
    {
        var problems = new Problem?[drafts.Count];
        // Wallets are locked in the order of their currencies, the same for everybody.
        foreach (
            var wallet in drafts
                .Select((draft, i) => (Draft: draft, Index: i))
                .GroupBy(d => d.Draft.Quote.Currency, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
        )
        {
            Currency currency = Currency.Parse(wallet.Key);
            string party = wallet.First().Draft.Quote.PartyId;
            if (await arrears.RefusalAsync(party, currency, ct) is { } overdue)
            {
                foreach (var item in wallet)
                    problems[item.Index] = overdue;
                continue;
            }
            var above = await budgets.AdmitAsync(party, [.. wallet.Select(d => SpendOf(d.Draft, currency))], ct);
            foreach (var (item, problem) in wallet.Zip(above))
                problems[item.Index] = problem;
            var items = wallet.Where(d => problems[d.Index] is null).ToList();
            if (items.Count == 0)
                continue;
            var refused = await ledger.HoldManyAsync(
                party,
                [
                    .. items.Select(d => new HoldGroup([
                        .. d.Draft.Contracts.Select(c => new HoldRequest(HoldReference(c.Id), new Money(c.HeldMicros, currency))),
                    ])),
                ],
                ct
            );
            for (int i = 0; i < items.Count; i++)
                problems[items[i].Index] = refused[i];
        }
        return problems;
    }

    private static SpendRequest SpendOf(OrderDraft draft, Currency currency) =>
        new(
            new Money(draft.Contracts.Sum(c => c.HeldMicros), currency),
            draft.Contracts.Aggregate(Money.Zero(currency), (sum, c) => sum + PerHour(c)),
            draft.Order.ProjectId,
            draft.Order.MemberId
        );

    private static Money PerHour(Contract contract) =>
        Money.From(Pricing.PerHour(contract.Plan.Terms, contract.CardMilli), Currency.Parse(contract.Currency));

    /// <summary>Sells the capacity of all drafts of one customer without a hold before it; with any problem nothing is taken.</summary>
    /// <returns>One entry per draft: null where its capacity can be sold.</returns>
    public async Task<IReadOnlyList<Problem?>> SellAsync(IReadOnlyList<OrderDraft> drafts, CancellationToken ct)
    {
        var sales = drafts.SelectMany((draft, i) => draft.Contracts.Select(c => (Sale: SaleOf(c), Draft: i))).ToList();
        var refused = await capacity.SellManyAsync([.. sales.Select(s => s.Sale)], ct);
        var problems = new Problem?[drafts.Count];
        for (int i = 0; i < sales.Count; i++)
            problems[sales[i].Draft] ??= refused[i];
        return problems;
    }

    private static CapacitySale SaleOf(Contract contract) =>
        new(contract.Id, [new CapacityRequest(contract.Plan.Terms.ListingId, contract.CardMilli, contract.Plan.Grants)]);

    /// <summary>Writes orders, contracts, terms and desired state. Forgets the written rows in between when there are many.</summary>
    public async Task WriteAsync(IReadOnlyList<OrderDraft> drafts, DateTimeOffset now, CancellationToken ct)
    {
        foreach (OrderDraft[] chunk in drafts.Chunk(Chunk))
        {
            foreach (OrderDraft draft in chunk)
            {
                draft.Quote.OrderId = draft.Order.Id;
                draft.Quote.MoveTo(QuoteState.Accepted);
                // A quote that nobody has seen is written with its order.
                if (db.Entry(draft.Quote).State == EntityState.Detached)
                    db.Add(draft.Quote);
                db.Add(draft.Order);
                db.Audit(
                    "order.placed",
                    "order",
                    draft.Order.Id,
                    $"{draft.Quote.Name}, {new Money(draft.Contracts.Sum(c => c.HeldMicros), Currency.Parse(draft.Quote.Currency))} held"
                );
                changes.Announce($"party:{draft.Quote.PartyId}");
                foreach (Contract contract in draft.Contracts)
                    Start(contract, now);
            }
            await rating.RegisterManyAsync([.. chunk.SelectMany(d => d.Contracts).Select(TermsOf)], ct);
            budgets.Register([.. chunk.SelectMany(d => d.Contracts.Select(c => ScopeOf(d.Quote, c)))]);
            await workloads.DeployManyAsync([.. chunk.SelectMany(d => d.Contracts.Select(c => DeploymentOf(d.Quote, c)))], ct);
            await db.SaveChangesAsync(ct);
            if (drafts.Count > Chunk)
                db.ChangeTracker.Clear();
        }
    }

    private void Start(Contract contract, DateTimeOffset now)
    {
        contract.Note(now, "held", $"capacity and {new Money(contract.HeldMicros, Currency.Parse(contract.Currency))}");
        contract.MoveTo(ContractState.Scheduled, now);
        db.Add(contract);
        changes.Announce($"party:{contract.CenterId}");
        changes.Announce($"party:{contract.OperatorId}");
    }

    private Contract MakeContract(Quote quote, Order order, PlannedLine line, int number, DateTimeOffset now)
    {
        Money held = line.Held();
        var orderLine = new OrderLine
        {
            Id = ids.New(IdPrefix.Line),
            OrderId = order.Id,
            PartyId = quote.PartyId,
            Number = number,
            Description = Describe(line),
            HeldMicros = held.Micros,
            ContractId = ids.New(IdPrefix.Contract),
        };
        orderLine.MoveTo(LineState.Acknowledged);
        orderLine.MoveTo(LineState.Scheduled);
        order.Lines.Add(orderLine);
        return new Contract
        {
            Id = orderLine.ContractId,
            OrderId = order.Id,
            LineId = orderLine.Id,
            CustomerId = quote.PartyId,
            OperatorId = line.Terms.OperatorId,
            CenterId = line.Terms.CenterId,
            ProjectId = order.ProjectId,
            MemberId = order.MemberId,
            SiteId = line.Terms.SiteId,
            ClusterId = line.Terms.ClusterId,
            Name = quote.Plan.Lines.Count == 1 ? quote.Name : $"{quote.Name}-{line.Workload.Name}",
            Product = quote.Request.Product,
            DeviceModel = line.Workload.DeviceModel,
            CardMilli = line.CardMilli,
            Class = quote.Request.Class,
            Plan = line,
            Currency = quote.Currency,
            RetailPerCardHour = line.Terms.RetailPerCardHour,
            WholesalePerCardHour = line.Terms.WholesalePerCardHour,
            TaxRate = line.Terms.TaxRate,
            HeldMicros = held.Micros,
            Hours = quote.Request.Hours,
            CreatedAt = now,
            EndsAt = now + TimeSpan.FromHours((double)quote.Request.Hours),
        };
    }

    private static ContractTerms TermsOf(Contract contract) =>
        new(
            contract.Id,
            contract.OrderId,
            contract.CustomerId,
            contract.OperatorId,
            contract.CenterId,
            contract.Currency,
            contract.DeviceModel,
            $"{Describe(contract.Plan)}, {contract.Plan.SiteName}",
            contract.Plan.Terms.RetailPerCardHour,
            contract.Plan.Terms.WholesalePerCardHour,
            contract.Plan.Terms.CommissionRate,
            contract.Plan.Terms.TaxRate,
            contract.Plan.Terms.TaxJurisdiction,
            HoldReference(contract.Id)
        )
        {
            Plan = Pricing.ContractPlan(contract.Plan.Terms),
        };

    private static ContractScope ScopeOf(Quote quote, Contract contract) =>
        new(contract.Id, contract.CustomerId, contract.ProjectId, contract.MemberId, PerHour(contract))
        {
            BundleId = quote.Request.BundleId,
            OfferId = contract.Plan.Terms.OfferId,
            SiteId = contract.SiteId,
            ClusterId = contract.ClusterId,
        };

    private static DeployWorkload DeploymentOf(Quote quote, Contract contract) =>
        new()
        {
            ContractId = contract.Id,
            CustomerId = contract.CustomerId,
            CenterId = contract.CenterId,
            OperatorId = contract.OperatorId,
            ClusterId = contract.ClusterId,
            Name = contract.Name,
            Product = contract.Product,
            Roles = [contract.Plan.Workload],
            NotAfter = contract.EndsAt,
            SimulatedRun = quote.Request.SimulatedRunSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };

    public static string HoldReference(string contractId) => $"contract:{contractId}";

    private static string Describe(PlannedLine line) =>
        string.Create(CultureInfo.InvariantCulture, $"{line.Cards:0.###} × {line.Workload.DeviceModel ?? "CPU"}");
}
