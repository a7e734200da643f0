using System.Diagnostics;
using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Bench.Books;

/// <summary>
/// Three-way charges (customer's hold to center, operator, commission and tax) through the ledger's own C# code and every guard of the
/// database, in turns with pgbench's TPC-B on the same server: a round is one turn of each, a figure is the median of three rounds.
/// </summary>
internal static class LedgerBenchmark
{
    private const int Clients = 16;
    private const int Rounds = 3;
    private const int BatchSize = 1_000;

    /// <summary>Customers each client charges; a batch charges each of them the same number of times.</summary>
    private const int CustomersPerClient = 60;
    private const int Centers = 20;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);

    // 10.00 and 19 % tax: the design's example.
    private static readonly Share Share = new(10_000_000, 1_900_000, 8_500_000, 1_000_000, 500_000);

    /// <param name="Charges">What a client's call charges, by the client and by how often it has called.</param>
    /// <param name="InTransaction">Each call has a transaction of its own; otherwise calls that meet share one.</param>
    private sealed record Case(string Name, Func<int, long, ChargeParties[]> Charges, string Aim, bool InTransaction = false);

    private sealed record Rate(double ChargesPerSecond, double CpuMicrosPerCharge);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        await using BooksHost books = await BooksHost.StartAsync(context, cancellation);
        TpcB tpcB = await TpcB.PrepareAsync(books.OwnerConnectionString, books.Processes, Clients, cancellation);
        ChargeParties[][] own = await OpenHoldsAsync(books, cancellation);
        ChargeParties[] one = [own[0][0]];
        var cases = new Case[]
        {
            new("batch", (client, n) => [.. Enumerable.Range(0, BatchSize).Select(i => Of(client, n + i))], "≥ 3"),
            new("single", (client, n) => [Of(client, n)], "≥ 0.7"),
            new("hot", (_, _) => one, "≥ 0.35"),
            new("in-transaction", (client, n) => [Of(client, n)], "", InTransaction: true),
        };
        ChargeParties Of(int client, long n) => own[client][(int)(n % CustomersPerClient)];
        var yardstick = new List<double>();
        var rates = cases.ToDictionary(c => c.Name, _ => new List<Rate>(), StringComparer.Ordinal);
        foreach (Case each in cases)
            await ChargeAsync(books, each, Warm, cancellation);
        for (int round = 1; round <= Rounds; round++)
        {
            yardstick.Add(await tpcB.MeasureAsync(Turn, cancellation));
            context.Log(string.Create(CultureInfo.InvariantCulture, $"round {round}: TPC-B {yardstick[^1]:0} a second"));
            foreach (Case each in cases)
            {
                Rate rate = await ChargeAsync(books, each, Turn, cancellation);
                rates[each.Name].Add(rate);
                context.Log(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"round {round}: {each.Name} {rate.ChargesPerSecond:0} charges a second, {rate.CpuMicrosPerCharge:0} us of CPU each"
                    )
                );
            }
        }
        // The charges here have no usage to agree with.
        await books.AssertBalancedAsync(Invariants.ChargesAgree, cancellation);
        return
        [
            new("transactions_per_second", Median(yardstick), "1/s", Case: "tpc-b"),
            .. cases.SelectMany(c => Figures(c.Name, c.Aim, rates[c.Name], yardstick)),
        ];
    }

    private static IEnumerable<Measurement> Figures(string name, string aim, List<Rate> rates, List<double> yardstick) =>
        [
            new("ratio_to_tpcb", Median([.. rates.Zip(yardstick, (rate, tpcB) => rate.ChargesPerSecond / tpcB)]), "", aim, name),
            new("cpu_us_per_charge", Median([.. rates.Select(r => r.CpuMicrosPerCharge)]), "us", Case: name),
            new("charges_per_second", Median([.. rates.Select(r => r.ChargesPerSecond)]), "1/s", Case: name),
        ];

    private static async Task<Rate> ChargeAsync(BooksHost books, Case each, TimeSpan time, CancellationToken ct)
    {
        double cpu = books.Processes.CpuSeconds();
        var watch = Stopwatch.StartNew();
        long[] counts = await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    Task.Run(
                        async () =>
                        {
                            long count = 0;
                            while (watch.Elapsed < time)
                            {
                                ChargeParties[] parties = each.Charges(client, count);
                                await PostAsync(books, parties, each.InTransaction, ct);
                                count += parties.Length;
                            }
                            return count;
                        },
                        ct
                    )
                )
        );
        double seconds = watch.Elapsed.TotalSeconds;
        long total = counts.Sum();
        return new Rate(total / seconds, (books.Processes.CpuSeconds() - cpu) * 1e6 / total);
    }

    // One scope per call, as a request or a message has it; its answer is awaited before the next.
    private static Task<bool> PostAsync(BooksHost books, ChargeParties[] parties, bool inTransaction, CancellationToken ct) =>
        books.ActAsync<LedgerWork, bool>(
            Actor.System,
            work => inTransaction ? work.PostInTransactionAsync(parties, Share, ct) : work.PostAsync(parties, Share, ct)
        );

    private static async Task<ChargeParties[][]> OpenHoldsAsync(BooksHost books, CancellationToken ct)
    {
        Money enough = Money.From(1_000_000_000m, Currency.Cny);
        var clients = new ChargeParties[Clients][];
        for (int client = 0; client < Clients; client++)
        {
            clients[client] = new ChargeParties[CustomersPerClient];
            for (int i = 0; i < CustomersPerClient; i++)
            {
                string customer = $"org_{client}_{i}";
                string contract = $"ctr_{client}_{i}";
                int trade = (client * CustomersPerClient) + i;
                await books.ActAsync<LedgerWork, bool>(Actor.System, work => work.TopUpAsync(customer, enough, ct));
                var hold = await books.ActAsync<ILedger, Outcome<HoldView>>(
                    Actor.System,
                    ledger => ledger.HoldAsync(contract, customer, enough, expiresAt: null, ct)
                );
                if (!hold.IsOk)
                    throw new BenchmarkException($"The hold of {customer} was refused: {hold.Problem.Detail}");
                clients[client][i] = new ChargeParties(
                    contract,
                    customer,
                    $"org_operator_{trade % 5}",
                    $"org_center_{trade % Centers}",
                    Currency.Cny,
                    "CN",
                    contract
                );
            }
        }
        return clients;
    }

    private static double Median(List<double> values) => Quantiles.Of(values, 0.5);
}
