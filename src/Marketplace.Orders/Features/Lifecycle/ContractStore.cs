using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>Reads a contract for change: one writer at a time, in one place.</summary>
internal sealed class ContractStore(MarketplaceDbContext db, IChangeFeed changes)
{
    public async Task<Contract?> LockAsync(string contractId, CancellationToken ct)
    {
        Contract? contract = await db.Set<Contract>()
            .FromSql($"SELECT *, xmin FROM orders.contract WHERE id = {contractId} FOR UPDATE")
            .SingleOrDefaultAsync(ct);
        if (contract is not null)
            await db.Entry(contract).Collection(c => c.Events).LoadAsync(ct);
        return contract;
    }

    /// <summary>Moves the contract's order line. A line that waits for its cancellation ends as cancelled when nothing was delivered.</summary>
    public async Task MoveLineAsync(Contract contract, LineState to, CancellationToken ct)
    {
        OrderLine line = await db.Set<OrderLine>().FirstAsync(l => l.Id == contract.LineId, ct);
        // Partial from Scheduled means that nothing ran: it was cancelled.
        if (to == LineState.Partial && line.State == LineState.Scheduled)
            to = LineState.Cancelled;
        if (to == LineState.Cancelled && line.State != LineState.PendingCancellation)
            line.MoveTo(LineState.PendingCancellation);
        if (line.State != to)
            line.MoveTo(to);
    }

    public async Task SaveAsync(Contract contract, CancellationToken ct)
    {
        foreach (
            string topic in new[]
            {
                $"contract:{contract.Id}",
                $"order:{contract.OrderId}",
                $"party:{contract.CustomerId}",
                $"party:{contract.OperatorId}",
                $"party:{contract.CenterId}",
            }
        )
            changes.Announce(topic);
        await db.SaveChangesAsync(ct);
    }
}
