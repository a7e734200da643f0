using System.Collections.Concurrent;
using Marketplace.Billing.Tests;
using Npgsql;

namespace Marketplace.Faults.Tests.Load;

/// <summary>
/// The client's own list of what it was told is done. It never asks the product: it compares what it was told with what the tables hold.
/// </summary>
internal sealed class Acknowledged(MoneyPlan plan)
{
    private readonly ConcurrentDictionary<MoneyOp, bool> told = new();

    public int Count => told.Count;

    public bool Has(MoneyOp op) => told.ContainsKey(op);

    /// <returns>How many there are with this one.</returns>
    public int Add(MoneyOp op)
    {
        told.TryAdd(op, true);
        return told.Count;
    }

    /// <summary>Every acknowledged request is there exactly once with its amount; every other one is there once with its amount, or not at all.</summary>
    /// <returns>How many were carried out without an acknowledgement.</returns>
    public async Task<int> CompareAsync(NpgsqlDataSource source)
    {
        var found = await FoundAsync(source);
        List<string> wrong = [];
        int silent = 0;
        foreach (MoneyOp op in plan.All)
        {
            bool acknowledged = Has(op);
            var there = Names(op).Select(n => found.GetValueOrDefault(n)).ToList();
            bool all = there.TrueForAll(t => t.Count == 1 && (op.Act == MoneyAct.Charge || t.Micros == op.Micros));
            bool none = there.TrueForAll(t => t.Count == 0);
            if (acknowledged ? !all : !all && !none)
                wrong.Add($"{(acknowledged ? "acknowledged" : "unanswered")} {op}: found {string.Join(", ", there)}");
            if (all && !acknowledged)
                silent++;
        }
        Assert.True(wrong.Count == 0, "What was acknowledged is not what is there:\n" + string.Join('\n', wrong));
        return silent;
    }

    /// <summary>When every request is acknowledged: each customer has what the plan's own sums say.</summary>
    public async Task AssertCompleteAsync(BillingHouse house)
    {
        Assert.Equal([], plan.All.Where(o => !Has(o)));
        var (charged, center) = plan.Charged();
        int contracts = plan.Contracts.Count / plan.Customers.Count;
        for (int i = 0; i < plan.Customers.Count; i++)
        {
            long Sum(MoneyAct act) => plan.All.Where(o => o.Customer == i && o.Act == act).Sum(o => o.Micros);
            long held = Sum(MoneyAct.Hold) + Sum(MoneyAct.Grow) - Sum(MoneyAct.Release) + contracts * MoneyPlan.FirstHold * 10_000;
            long free = Sum(MoneyAct.TopUp) + Sum(MoneyAct.Grant) + MoneyPlan.FirstTopUp * 10_000 - held;
            var wallet = await house.WalletAsync(plan.Customers[i]);
            Assert.Equal((free, held - contracts * charged), (wallet.Available.Micros + wallet.Promo.Micros, wallet.Held.Micros));
        }
        Assert.Equal(plan.Contracts.Count * center, (await house.WalletAsync(plan.Contracts[0].CenterId)).Pending.Micros);
    }

    private IEnumerable<string> Names(MoneyOp op) =>
        op.Act switch
        {
            MoneyAct.TopUp => [$"payment:{plan.Customers[op.Customer]}/{op.Key}"],
            MoneyAct.Grant => [$"grant:{plan.Customers[op.Customer]}/{op.Key}"],
            MoneyAct.Hold => [$"hold:{op.HoldReference}"],
            MoneyAct.Grow => [$"hold:{plan.Grower(op)}/{op.Key}"],
            MoneyAct.Release => [$"hold:{op.HoldReference}/release"],
            MoneyAct.Charge => plan.Contracts.Select((_, i) => $"usage:{MoneyPlan.EventId(op, i)}"),
            _ => throw new InvalidOperationException($"{op.Act} is not an act."),
        };

    private static async Task<Dictionary<string, (long Count, long Micros)>> FoundAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            """
            select source || ':' || idem_key, count(*), sum(total)::bigint from billing.journal where source in ('hold', 'grant') group by 1
            union all
            select 'payment:' || p.party_id || '/' || p.idempotency_key, count(*), sum(j.total)::bigint
            from billing.payment p join billing.journal j on j.source = 'payment' and j.idem_key = p.id where p.state = 'Succeeded' group by 1
            union all
            select 'usage:' || event_id, count(*), 0 from billing.usage_event group by 1
            """
        );
        await using var reader = await command.ExecuteReaderAsync();
        var found = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
            found.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetInt64(2)));
        return found;
    }
}
