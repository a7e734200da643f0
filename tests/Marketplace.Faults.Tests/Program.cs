using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Load;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Faults.Tests;

/// <summary>
/// The application as a process of its own, for the suite to kill: the billing module over a database, several workers, and a payment
/// provider that is asked over the standard streams. It prints <c>ack I</c> when its Ith request is acknowledged, and nothing else is.
/// </summary>
internal static class Program
{
    /// <param name="arguments">The connection string, the plan's seed, the workers and the requests of each.</param>
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var connectionString, var seed, var workers, var requests])
        {
            await Console.Error.WriteLineAsync("usage: CONNECTION SEED WORKERS REQUESTS; the test suite starts this.");
            return 2;
        }
        var plan = MoneyPlan.Make(Number(seed), Number(workers), Number(requests));
        var numbers = plan.All.Select((op, i) => (op, i)).ToDictionary(p => p.op, p => p.i);
        await using var source = NpgsqlDataSource.Create(connectionString);
        var provider = new StreamProvider(Console.In, Console.Out);
        await using var house = BillingHouse.Over(PostgresFixture.Over(source), s => s.AddSingleton<IPaymentProvider>(provider));
        var acts = new MoneyActs(house, plan);
        await Task.WhenAll(
            plan.Lists.Select(list =>
                Task.Run(async () =>
                {
                    foreach (MoneyOp op in list)
                    {
                        await acts.SendAsync(op);
                        provider.Say($"ack {numbers[op]}");
                    }
                })
            )
        );
        return 0;
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
