using System.Globalization;
using System.Runtime.CompilerServices;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Orders.Features.Lifecycle;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Contracts;

internal sealed class ContractDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    ContractViews views,
    ContractBillings billings,
    ContractStore store,
    IWorkloads workloads,
    ILedger ledger,
    IBudgetAdmission budgets,
    IArrears arrears,
    TimeProvider time
) : IContracts
{
    public async Task<ContractView?> FindAsync(string contractId, CancellationToken ct) =>
        actor.Current.Allows(Permission.OrdersRead)
        && await db.Set<Contract>().Include(c => c.Events).FirstOrDefaultAsync(c => c.Id == contractId, ct) is { } contract
            ? await views.WithExplanationAsync(contract, ct)
            : null;

    public async Task<Page<ContractView>> ListAsync(ContractQuery query, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<ContractView>([], null, 0);
        IQueryable<Contract> contracts = Filter(db.Set<Contract>().Include(c => c.Events), query);
        long total = await contracts.LongCountAsync(ct);
        var page = await ContractSorting.For(actor.Current).PageAsync(contracts, query, total, ct);
        return new Page<ContractView>(await views.OfAsync(page.Items, ct), page.NextCursor, page.Total);
    }

    public Task<ContractBillingView?> BillingAsync(string contractId, CancellationToken ct) => billings.FindAsync(contractId, ct);

    private IQueryable<Contract> Filter(IQueryable<Contract> contracts, ContractQuery query)
    {
        string me = actor.Current.PartyId;
        contracts = query.Side switch
        {
            "customer" => contracts.Where(c => c.CustomerId == me),
            "operator" => contracts.Where(c => c.OperatorId == me),
            "center" => contracts.Where(c => c.CenterId == me),
            _ => contracts,
        };
        if (query.State is { } state)
            contracts = contracts.Where(c => c.State == state);
        if (query.Open)
            contracts = contracts.Where(c => c.EndedAt == null);
        if (query.Product is { } product)
            contracts = contracts.Where(c => c.Product == product);
        if (query.OrderId is { } orderId)
            contracts = contracts.Where(c => c.OrderId == orderId);
        // Its customer's own business: to the others a filter would tell what they cannot read.
        bool all = actor.Current.SeesAll;
        if (query.ProjectId is { } project)
            contracts = contracts.Where(c => c.ProjectId == project && (all || c.CustomerId == me));
        if (query.MemberId is { } member)
            contracts = contracts.Where(c => c.MemberId == member && (all || c.CustomerId == me));
        if (!string.IsNullOrWhiteSpace(query.Search))
            contracts = contracts.Where(c =>
                EF.Functions.ILike(c.Name, $"%{query.Search}%") || c.Id == query.Search || c.OrderId == query.Search
            );
        return contracts;
    }

    public async Task<Outcome<ContractView>> StopAsync(string contractId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.WorkloadsWrite) is { } refused)
            return refused;
        return await db.InTransactionAsync<Outcome<ContractView>>(
            async t =>
            {
                Contract? contract = await MineAsync(contractId, t);
                if (contract is null)
                    return Problem.NotFound("contract", contractId);
                if (!contract.IsOpen)
                    return Problem.Conflict("contract-ended", "This contract has ended already.");
                contract.RequestStop(time.GetUtcNow(), Reasons.StoppedByCustomer);
                db.Audit("contract.stopped", "contract", contractId);
                await workloads.StopAsync(contractId, Reasons.StoppedByCustomer.Text, t);
                await store.SaveAsync(contract, t);
                return await views.WithExplanationAsync(contract, t);
            },
            ct,
            o => o.IsOk
        );
    }

    public async Task<Outcome<ContractView>> ExtendAsync(string contractId, decimal hours, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        if (hours is <= 0 or > 24 * 366)
            return Problem.Invalid("/hours", "The extension must be above 0 and at most 8,784 hours.", "Change the hours.");
        return await db.InTransactionAsync<Outcome<ContractView>>(
            async t =>
            {
                Contract? contract = await MineAsync(contractId, t);
                if (contract is null)
                    return Problem.NotFound("contract", contractId);
                string code = $"extended:{idempotencyKey}";
                string detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{hours.ToString("0.##################", CultureInfo.InvariantCulture)} h"
                );
                if (contract.Events.FirstOrDefault(e => e.Code == code) is { } earlier)
                    return earlier.Detail == detail ? await views.WithExplanationAsync(contract, t) : Problem.KeyReused();
                if (!contract.IsOpen || contract.StopRequestedAt is not null)
                    return Problem.Conflict("contract-ended", "This contract has ended or is being stopped. Buy a new one.");
                if (await arrears.RefusalAsync(contract.CustomerId, Currency.Parse(contract.Currency), t) is { } overdue)
                    return overdue;
                Money more = MoreFor(contract, hours);
                // Its hour is counted already: only the money of the hours is new.
                var spend = new SpendRequest(more, Money.Zero(more.Currency), contract.ProjectId, contract.MemberId);
                if ((await budgets.AdmitAsync(contract.CustomerId, [spend], t))[0] is { } above)
                    return above;
                if (!more.IsZero)
                {
                    var held = await ledger.GrowHoldAsync(OrderWriter.HoldReference(contractId), more, idempotencyKey, t);
                    if (!held.IsOk)
                        return held.Problem;
                }
                contract.HeldMicros = checked(contract.HeldMicros + more.Micros);
                contract.Hours += hours;
                contract.EndsAt += TimeSpan.FromHours((double)hours);
                contract.Note(time.GetUtcNow(), code, detail);
                db.Audit("contract.extended", "contract", contractId, $"{detail}, {more} more held");
                await workloads.ExtendAsync(contractId, contract.EndsAt, t);
                await store.SaveAsync(contract, t);
                return await views.WithExplanationAsync(contract, t);
            },
            ct,
            o => o.IsOk
        );
    }

    // The whole contract is rated as one quantity: more hours may reach a better tier, or what a minimum take holds already.
    private static Money MoreFor(Contract contract, decimal hours)
    {
        TradeTerms terms = contract.Plan.Terms;
        DateTimeOffset from = contract.Plan.PricedFrom ?? contract.CreatedAt;
        long whole = Pricing.Estimate(terms, contract.CardMilli, from, contract.Hours + hours).Hold;
        return new Money(Math.Max(0, checked(whole - contract.HeldMicros)), Currency.Parse(contract.Currency));
    }

    public async Task<WorkloadView?> WorkloadAsync(string contractId, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return null;
        bool visible = await db.Set<Contract>().AnyAsync(c => c.Id == contractId, ct);
        return visible ? await workloads.FindAsync(contractId, ct) : null;
    }

    public async IAsyncEnumerable<LogLine> LogsAsync(
        string contractId,
        string? pod,
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        if (!actor.Current.Allows(Permission.OrdersRead) || !await IsMineAsync(contractId, ct))
            yield break;
        await foreach (LogLine line in workloads.LogsAsync(contractId, pod, tail, follow, ct))
            yield return line;
    }

    public async Task<Outcome<string>> KubeconfigAsync(string contractId, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.WorkloadsWrite) is { } refused)
            return refused;
        if (!await IsMineAsync(contractId, ct))
            return Problem.NotFound("contract", contractId);
        var issued = await workloads.NamespaceKubeconfigAsync(contractId, ct);
        if (issued.IsOk)
        {
            // Not handed out before it is written down.
            db.Audit("kubeconfig.issued", "contract", contractId);
            await db.SaveChangesAsync(ct);
        }
        return issued;
    }

    // Center and operator see the contract, but only its customer commands it and reads its logs.
    private Task<bool> IsMineAsync(string contractId, CancellationToken ct) =>
        db.Set<Contract>().AnyAsync(c => c.Id == contractId && c.CustomerId == actor.Current.PartyId, ct);

    private async Task<Contract?> MineAsync(string contractId, CancellationToken ct) =>
        await store.LockAsync(contractId, ct) is { } contract && contract.CustomerId == actor.Current.PartyId ? contract : null;
}
