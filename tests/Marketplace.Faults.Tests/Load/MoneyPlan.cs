using Marketplace.Billing.Contracts;
using Marketplace.Testing;

namespace Marketplace.Faults.Tests.Load;

internal enum MoneyAct
{
    TopUp,
    Grant,
    Hold,
    Grow,
    Release,
    Charge,
}

/// <summary>One request of one worker, with the key it is sent under however often it is sent.</summary>
/// <param name="Key">Of a release: the key of the hold it gives back.</param>
/// <param name="Cents">Zero for charges.</param>
/// <param name="Minute">Of a charge: how many minutes the worker's card has been used so far.</param>
internal sealed record MoneyOp(MoneyAct Act, string Key, int Worker, int Customer, long Cents, int Minute)
{
    public string HoldReference => $"order:{Key}";

    public long Micros => Cents * 10_000;
}

/// <summary>
/// What several workers ask of one set of customers, from the seed alone: a process that is started again knows the same requests. Every
/// request can succeed in any order the workers meet in, so that in the end there is one right state of the books.
/// </summary>
internal sealed class MoneyPlan
{
    private const int CustomerCount = 4;
    private const int ContractsPerCustomer = 2;
    private const decimal Retail = 3.6m;

    /// <summary>In cents, per customer, before the workers begin.</summary>
    public const long FirstTopUp = 10_000_00;

    /// <summary>In cents, per contract, before the workers begin.</summary>
    public const long FirstHold = 500_00;

    private MoneyPlan(int seed, IReadOnlyList<IReadOnlyList<MoneyOp>> lists)
    {
        Prefix = $"f{seed}";
        Lists = lists;
        Customers = [.. Enumerable.Range(0, CustomerCount).Select(i => $"org_{Prefix}_{i}")];
        Contracts = [.. Enumerable.Range(0, CustomerCount * ContractsPerCustomer).Select(ContractOf)];
    }

    /// <summary>Begins every id of the plan.</summary>
    public string Prefix { get; }

    public IReadOnlyList<string> Customers { get; }
    public IReadOnlyList<ContractTerms> Contracts { get; }

    /// <summary>The requests of each worker, in its order.</summary>
    public IReadOnlyList<IReadOnlyList<MoneyOp>> Lists { get; }

    public IEnumerable<MoneyOp> All => Lists.SelectMany(l => l);

    public static MoneyPlan Make(int seed, int workers, int opsPerWorker)
    {
        var lists = new List<IReadOnlyList<MoneyOp>>();
        for (int worker = 0; worker < workers; worker++)
        {
            var random = new Random(unchecked(seed * 31 + worker));
            List<MoneyOp> ops = [];
            Queue<MoneyOp> held = new();
            int minutes = 0;
            while (ops.Count < opsPerWorker)
            {
                var op = new MoneyOp(
                    Pick(random),
                    $"f{seed}-{worker}-{ops.Count}",
                    worker,
                    random.Next(CustomerCount),
                    random.Next(1, 300),
                    Minute: 0
                );
                if (op.Act == MoneyAct.Charge)
                    op = op with { Cents = 0, Minute = ++minutes };
                else if (op.Act == MoneyAct.Hold)
                    held.Enqueue(op);
                else if (op.Act == MoneyAct.Release)
                {
                    // Only what this worker holds already: its own order is the one order that is certain.
                    if (!held.TryDequeue(out MoneyOp? hold))
                        continue;
                    op = hold with { Act = MoneyAct.Release };
                }
                ops.Add(op);
            }
            lists.Add(ops);
        }
        return new MoneyPlan(seed, lists);
    }

    /// <summary>What a charge reports: the worker's own card in every contract, so that many contracts and customers are in one commit.</summary>
    public IEnumerable<UsageReading> Readings(MoneyOp charge) =>
        Contracts.Select(
            (terms, i) =>
                new UsageReading(
                    "agent",
                    EventId(charge, i),
                    terms.ContractId,
                    $"alc_{charge.Worker}",
                    "card-seconds",
                    charge.Minute * 60m,
                    ManualTimeProvider.DefaultStart,
                    ManualTimeProvider.DefaultStart.AddMinutes(charge.Minute),
                    Final: false
                )
        );

    public static string EventId(MoneyOp charge, int contract) => $"{charge.Key}-{contract}";

    public string Grower(MoneyOp grow) => Contracts[grow.Customer * ContractsPerCustomer].HoldReference;

    /// <summary>What a contract has cost a customer, and brought its center, when every charge of the plan is booked, in micro-units.</summary>
    public (long Customer, long Center) Charged()
    {
        long customer = 0;
        long center = 0;
        foreach (var list in Lists)
        {
            int minutes = list.Max(o => o.Minute);
            // Prices are chosen so that a minute comes to whole micro-units: 0.06 net, 0.0114 tax, 0.05 to the center.
            customer += minutes * 71_400L;
            center += minutes * 50_000L;
        }
        return (customer, center);
    }

    private ContractTerms ContractOf(int i) =>
        new(
            $"ctr_{Prefix}_{i}",
            $"ord_{Prefix}_{i}",
            $"org_{Prefix}_{i / ContractsPerCustomer}",
            $"org_{Prefix}_operator",
            $"org_{Prefix}_center",
            "CNY",
            "Ascend 910B",
            "1 × Ascend 910B",
            Retail,
            WholesalePerCardHour: 3m,
            CommissionRate: 0.05m,
            TaxRate: 0.19m,
            "CN",
            $"contract:{Prefix}_{i}"
        );

    private static MoneyAct Pick(Random random) =>
        random.Next(20) switch
        {
            < 5 => MoneyAct.TopUp,
            < 7 => MoneyAct.Grant,
            < 11 => MoneyAct.Hold,
            < 13 => MoneyAct.Grow,
            < 15 => MoneyAct.Release,
            _ => MoneyAct.Charge,
        };
}
