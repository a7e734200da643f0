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

/// <summary>
/// Quote → order → contracts: money held, capacity sold, terms registered and desired state written, in one commit or not at all.
/// </summary>
internal sealed class AcceptQuote(
    MarketplaceDbContext db,
    ActorContext actor,
    ICapacity capacity,
    ILedger ledger,
    IRating rating,
    IWorkloads workloads,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
)
{
    public Task<Outcome<Order>> HandleAsync(string quoteId, string idempotencyKey, string? bulkOrderId, CancellationToken ct) =>
        db.InTransactionAsync(t => RunAsync(quoteId, idempotencyKey, bulkOrderId, t), ct, o => o.IsOk);

    private async Task<Outcome<Order>> RunAsync(string quoteId, string idempotencyKey, string? bulkOrderId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        await db.LockKeyAsync("order", actor.Current.PartyId, idempotencyKey, ct);
        // The row lock makes two clicks, two tabs or two replicas take turns.
        Quote? quote = await db.Set<Quote>().FromSql($"SELECT * FROM orders.quote WHERE id = {quoteId} FOR UPDATE").FirstOrDefaultAsync(ct);
        if (quote is null)
            return Problem.NotFound("quote", quoteId);
        Order? earlier = await db.Set<Order>()
            .Include(o => o.Lines)
            .FirstOrDefaultAsync(o => o.PartyId == quote.PartyId && o.IdempotencyKey == idempotencyKey, ct);
        if (earlier is not null)
        {
            return earlier.QuoteId == quoteId
                ? earlier
                : Problem.Invalid("", "This idempotency key was used for another order.", "Send a new key with a new order.") with
                {
                    Code = "idempotency-key-reused",
                };
        }
        DateTimeOffset now = time.GetUtcNow();
        if (NotAcceptable(quote, now) is { } no)
            return no;
        return await OrderAsync(quote, idempotencyKey, bulkOrderId, now, ct);
    }

    private static Problem? NotAcceptable(Quote quote, DateTimeOffset now) =>
        quote.State switch
        {
            QuoteState.Accepted => Problem.Conflict("quote-accepted", $"This quote was accepted already; its order is {quote.OrderId}."),
            QuoteState.Withdrawn => Problem.Conflict("quote-withdrawn", "This quote was withdrawn. Request a new one."),
            QuoteState.Expired => Expired(quote),
            _ => quote.ExpiresAt <= now ? Expired(quote) : null,
        };

    private static Problem Expired(Quote quote) =>
        new(
            ProblemKind.Gone,
            "quote-expired",
            "The quote has expired",
            $"It held price and capacity until {quote.ExpiresAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC. Request a new quote."
        )
        {
            Errors = [new FieldError("/quoteId", "This quote has expired.", "Request a new quote with the same content.")],
        };

    private async Task<Outcome<Order>> OrderAsync(
        Quote quote,
        string idempotencyKey,
        string? bulkOrderId,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var order = new Order
        {
            Id = ids.New(IdPrefix.Order),
            PartyId = quote.PartyId,
            Name = quote.Name,
            QuoteId = quote.Id,
            BulkOrderId = bulkOrderId,
            Currency = quote.Currency,
            IdempotencyKey = idempotencyKey,
            CreatedAt = now,
        };
        var contracts = quote.Plan.Lines.Select((line, i) => MakeContract(quote, order, line, i + 1, now)).ToList();
        // Money before capacity, always in this order.
        foreach (Contract contract in contracts)
        {
            var held = await ledger.HoldAsync(
                HoldReference(contract.Id),
                quote.PartyId,
                new Money(contract.HeldMicros, Currency.Parse(quote.Currency)),
                expiresAt: null,
                ct
            );
            if (!held.IsOk)
                return held.Problem;
        }
        for (int i = 0; i < contracts.Count; i++)
        {
            var sold = await capacity.SellAsync(Quote.HoldReference(quote.Id, i + 1), contracts[i].Id, ct);
            if (!sold.IsOk)
                return sold.Problem;
        }
        quote.OrderId = order.Id;
        quote.MoveTo(QuoteState.Accepted);
        db.Add(order);
        db.Audit(
            "order.placed",
            "order",
            order.Id,
            $"{quote.Name}, {new Money(contracts.Sum(c => c.HeldMicros), Currency.Parse(quote.Currency))} held"
        );
        foreach (Contract contract in contracts)
            await StartAsync(quote, contract, now, ct);
        foreach (string topic in new[] { $"party:{quote.PartyId}", $"quote:{quote.Id}", $"order:{order.Id}" })
            changes.Announce(topic);
        await db.SaveChangesAsync(ct);
        return order;
    }

    private Contract MakeContract(Quote quote, Order order, PlannedLine line, int number, DateTimeOffset now)
    {
        Money held = line.Total();
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

    private async Task StartAsync(Quote quote, Contract contract, DateTimeOffset now, CancellationToken ct)
    {
        PlannedLine line = contract.Plan;
        contract.Note(now, "held", $"capacity and {new Money(contract.HeldMicros, Currency.Parse(contract.Currency))}");
        contract.MoveTo(ContractState.Scheduled, now);
        db.Add(contract);
        await rating.RegisterAsync(
            new ContractTerms(
                contract.Id,
                contract.OrderId,
                contract.CustomerId,
                contract.OperatorId,
                contract.CenterId,
                contract.Currency,
                contract.DeviceModel,
                $"{Describe(line)}, {line.SiteName}",
                line.Terms.RetailPerCardHour,
                line.Terms.WholesalePerCardHour,
                line.Terms.CommissionRate,
                line.Terms.TaxRate,
                line.Terms.TaxJurisdiction,
                HoldReference(contract.Id)
            ),
            ct
        );
        await workloads.DeployAsync(
            new DeployWorkload
            {
                ContractId = contract.Id,
                CustomerId = contract.CustomerId,
                CenterId = contract.CenterId,
                OperatorId = contract.OperatorId,
                ClusterId = contract.ClusterId,
                Name = contract.Name,
                Product = contract.Product,
                Roles = [line.Workload],
                NotAfter = contract.EndsAt,
                SimulatedRun = quote.Request.SimulatedRunSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            ct
        );
        changes.Announce($"party:{contract.CenterId}");
        changes.Announce($"party:{contract.OperatorId}");
        changes.Announce($"contract:{contract.Id}");
    }

    public static string HoldReference(string contractId) => $"contract:{contractId}";

    private static string Describe(PlannedLine line) =>
        string.Create(CultureInfo.InvariantCulture, $"{line.Cards:0.###} × {line.Workload.DeviceModel ?? "CPU"}");
}
