using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Rating;

/// <summary>The module's face for usage and costs.</summary>
internal sealed class RatingDesk(
    MarketplaceDbContext db,
    ActorContext actor,
    RegisterTerms register,
    RecordUsage record,
    CostReader costs,
    ChargeCommitments commitments,
    BillingReader billing,
    GroupReader groups,
    Holds holds,
    ILedger ledger,
    IChangeFeed changes,
    TimeProvider time
) : IRating
{
    public Task RegisterAsync(ContractTerms terms, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return register.RunAsync([terms], ct);
    }

    public Task RegisterManyAsync(IReadOnlyList<ContractTerms> terms, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return register.RunAsync(terms, ct);
    }

    public async Task<IReadOnlyList<ChargeResult>> RecordAsync(IReadOnlyList<UsageReading> readings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(readings);
        return (await record.RunAsync(new UsageReport(readings, []), ct)).Charges;
    }

    public Task<ContractCost> SettleAsync(string contractId, CancellationToken ct) =>
        db.InTransactionAsync(t => EndAsync(contractId, t), ct);

    private async Task<ContractCost> EndAsync(string contractId, CancellationToken ct)
    {
        var terms =
            await db.Set<ContractTermsRow>().AsNoTracking().FirstOrDefaultAsync(t => t.ContractId == contractId, ct)
            ?? throw new InvalidOperationException($"Contract {contractId} is not registered, or not this actor's.");
        // Several contracts of an order may share one hold: the last one to end returns the rest. The lock makes them take turns.
        var open = await db.ReadAsync(
            """
            select c.contract_id from billing.contract_cost c join billing.contract_terms t on t.contract_id = c.contract_id
            where (t.hold_reference = $1 and $1 <> '' or t.contract_id = $2) and c.ended_at is null
            order by c.contract_id for no key update of c
            """,
            r => r.GetString(0),
            ct,
            terms.HoldReference,
            contractId
        );
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                "update billing.contract_cost set ended_at = $2 where contract_id = $1 and ended_at is null",
                contractId,
                time.GetUtcNow()
            );
            await batch.ExecuteNonQueryAsync(ct);
        }
        // Before the rest of the hold goes back: a minimum take is what it was held for.
        await commitments.ChargeAsync(contractId, ct);
        if (open.TrueForAll(id => id == contractId) && await holds.FindAsync(terms.HoldReference, ct) is { Resolved: false })
            await ledger.ReleaseAsync(terms.HoldReference, ct);
        changes.Announce($"contract:{contractId}");
        return (await costs.FindAsync(contractId, ct))!;
    }

    public Task<ContractBilling?> BillingAsync(string contractId, UsageAhead? ahead, CancellationToken ct) =>
        billing.FindAsync(contractId, ahead, ct);

    public Task<ContractCost?> CostAsync(string contractId, CancellationToken ct) => costs.FindAsync(contractId, ct);

    public Task<IReadOnlyDictionary<string, ContractCost>> CostsAsync(IReadOnlyCollection<string> contractIds, CancellationToken ct) =>
        costs.FindManyAsync(contractIds, ct);

    public Task<Page<ChargeView>> ChargesAsync(ChargeQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        return costs.ChargesAsync(query, ct);
    }

    public Task<IReadOnlyList<CostGroup>> GroupedAsync(
        string by,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    ) => GroupedAsync(by, currency, from, to, side: null, ct);

    public Task<IReadOnlyList<CostGroup>> GroupedAsync(
        string by,
        Currency currency,
        DateTimeOffset from,
        DateTimeOffset to,
        string? side,
        CancellationToken ct
    ) => groups.ReadAsync(new GroupScope(by, Daily: false, currency, from, to, Sides.Parse(side)), actor.Current, ct);
}
