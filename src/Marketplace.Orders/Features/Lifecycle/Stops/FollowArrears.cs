using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Orders.Features.Lifecycle.Stops;

/// <summary>
/// Brings contracts in line with where their customers stand: they rest, go on, or end, each in a commit of its own. It looks at what is, not at
/// what happened, so a message that comes late, twice or never changes nothing in the end.
/// </summary>
internal sealed class FollowArrears(MarketplaceDbContext db, IArrears arrears, IServiceScopeFactory scopes)
{
    /// <summary>Looks at every customer that is past due, and at contracts that rest.</summary>
    /// <returns>How many contracts were asked to rest, to go on, or to end.</returns>
    public async Task<int> TickAsync(CancellationToken ct)
    {
        var customers = (await arrears.StandingsAsync(ct)).Select(s => (s.CustomerId, Currency: s.Currency.Code));
        var resting = await db.Set<Contract>()
            .Where(c => c.EndedAt == null && (c.State == ContractState.PastDue || c.State == ContractState.Suspended))
            .Select(c => new { c.CustomerId, c.Currency })
            .Distinct()
            .ToListAsync(ct);
        int changed = 0;
        foreach (
            var (customer, currency) in customers
                .Union(resting.Select(r => (r.CustomerId, r.Currency)))
                .OrderBy(c => c.CustomerId, StringComparer.Ordinal)
                .ThenBy(c => c.Currency, StringComparer.Ordinal)
        )
            changed += await RunAsync(customer, Currency.Parse(currency), ct);
        return changed;
    }

    /// <returns>How many contracts were asked to rest, to go on, or to end.</returns>
    /// <exception cref="AggregateException">Some contracts could not be asked; the others were.</exception>
    public async Task<int> RunAsync(string customerId, Currency currency, CancellationToken ct)
    {
        IQueryable<Contract> contracts = db.Set<Contract>()
            .Where(c => c.CustomerId == customerId && c.Currency == currency.Code && c.EndedAt == null && c.StopRequestedAt == null);
        // Only those that are not as they should be.
        contracts = await arrears.StateAsync(customerId, currency, ct) switch
        {
            ArrearsState.Suspended => contracts.Where(c =>
                c.State != ContractState.PastDue && (c.State != ContractState.Suspended || c.ResumeRequestedAt != null)
            ),
            ArrearsState.Ended => contracts,
            _ => contracts.Where(c =>
                c.State == ContractState.PastDue || (c.State == ContractState.Suspended && c.ResumeRequestedAt == null)
            ),
        };
        var open = await contracts.OrderBy(c => c.Id).Select(c => c.Id).ToListAsync(ct);
        var failures = new List<Exception>();
        int changed = 0;
        foreach (string id in open)
        {
            // One contract that cannot be asked must not keep the others as they are.
            try
            {
                changed += await scopes.ActAsync<AlignContract, bool>(Actor.System, a => a.RunAsync(id, ct)) ? 1 : 0;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add(e);
            }
        }
        return failures.Count == 0 ? changed : throw new AggregateException(failures);
    }
}

/// <summary>One contract and where its customer stands.</summary>
internal sealed class AlignContract(MarketplaceDbContext db, ContractStore store, StopForMoney stops, IArrears arrears)
{
    public Task<bool> RunAsync(string contractId, CancellationToken ct) => db.InTransactionAsync(t => OnceAsync(contractId, t), ct);

    private async Task<bool> OnceAsync(string contractId, CancellationToken ct)
    {
        if (await store.LockAsync(contractId, ct) is not { IsOpen: true } contract)
            return false;
        bool changed = await arrears.StateAsync(contract.CustomerId, Currency.Parse(contract.Currency), ct) switch
        {
            ArrearsState.Suspended => await stops.SuspendAsync(contract, Reasons.PaymentOverdue, ct),
            ArrearsState.Ended => await stops.EndAsync(contract, Reasons.ArrearsEnded, limitId: null, ct),
            _ => await stops.ResumeAsync(contract, ct),
        };
        if (changed)
            await store.SaveAsync(contract, ct);
        return changed;
    }
}

/// <summary>A customer went a step: its contracts follow.</summary>
internal sealed class OnArrearsChanged(MarketplaceDbContext db, FollowArrears follow) : IMessageHandler<ArrearsChanged>
{
    public async Task HandleAsync(ArrearsChanged message, CancellationToken ct)
    {
        // This transaction only waits while the contracts are asked in theirs.
        await db.Database.MayIdleAsync(ct);
        await follow.RunAsync(message.CustomerId, Currency.Parse(message.Currency), ct);
    }
}
