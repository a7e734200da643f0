using Marketplace.Billing.Contracts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Load;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>Every job of the module, run by two workers at once and again: its effect is there once. A job that is added is run too.</summary>
public sealed class JobTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Customers = 5;
    private const int CopiesPerWorker = 2;

    [Fact]
    public Task Every_job_run_twice_at_once_has_its_effect_once() => Rounds.RunAsync(brief: 1, extended: 10, RoundAsync);

    private async Task RoundAsync(int seed)
    {
        var provider = new SilentProvider();
        await using BillingHouse first = Over(db, s => s.AddSingleton<IPaymentProvider>(provider));
        await using BillingHouse second = Over(db, s => s.AddSingleton<IPaymentProvider>(provider));
        var random = new Random(seed);
        // Rounds share a database, and closed books stay closed.
        DateTimeOffset start = new(
            (DateTime)(await first.AsApplicationAsync("select coalesce(max(effective_at), '2030-01-15 12:00Z') from billing.journal"))!
        );
        first.Time.StepTo(start);
        List<ContractTerms> contracts = [];
        for (int i = 0; i < Customers; i++)
            contracts.Add(await WorkForEveryJobAsync(first, provider, random.Next(1, 9)));

        DateTimeOffset later = new DateTimeOffset(start.Year, start.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1).AddDays(9);
        first.Time.StepTo(later);
        second.Time.StepTo(later);
        List<string> jobs = [];
        foreach (
            JobDefinition job in first
                .Services.GetServices<JobDefinition>()
                .Where(j => j.Name.StartsWith("billing-", StringComparison.Ordinal))
        )
        {
            jobs.Add(job.Name);
            await Task.WhenAll(
                Enumerable
                    .Range(0, CopiesPerWorker)
                    .SelectMany(_ => new[] { first, second })
                    .Select(house => Task.Run(() => RunAsync(house, job.Name)))
            );
            // Whatever there was to do is done: once more changes nothing.
            string done = await BooksRight.PictureAsync(db.DataSource);
            await RunAsync(first, job.Name);
            await RunAsync(second, job.Name);
            Assert.True(
                done == await BooksRight.PictureAsync(db.DataSource),
                $"{job.Name} did something when there was nothing left to do"
            );
            await BooksRight.AssertTablesAsync(db.DataSource);
        }
        Assert.True(jobs.Count >= 8, string.Join(", ", jobs));
        foreach (ContractTerms terms in contracts)
            await DoneAsync(first, terms);
        // A hundred, ten and seven from each customer, each under one key however often it was asked for.
        Assert.Equal(Customers * 3, provider.Taken.Count);
        await BooksRight.AssertAsync(first, db.DataSource);
    }

    /// <summary>An expired hold, a payment without an answer, earnings, a month to invoice, journals to seal.</summary>
    private static async Task<ContractTerms> WorkForEveryJobAsync(BillingHouse house, SilentProvider provider, int hours)
    {
        var terms = await house.ContractAsync(hold: 100, retail: 1.234567891m, wholesale: 1m);
        await house.RecordAsync(house.Reading(terms, hours, 1) with { From = house.Now.AddHours(-hours), To = house.Now });
        await house.TopUpAsync(terms.CustomerId, 10);
        Ok(await house.HoldAsync(terms.CustomerId, 10, "late:" + terms.CustomerId, house.Now.AddHours(1)));
        provider.Silent = true;
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            house.PaymentsAsync(Customer(terms.CustomerId), p => p.TopUpAsync(Money(7), "lost", default))
        );
        provider.Silent = false;
        return terms;
    }

    private static async Task DoneAsync(BillingHouse house, ContractTerms terms)
    {
        ContractCost cost = (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!;
        var invoice = Assert.Single(
            (await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new InvoiceQuery(), default))).Items
        );
        Assert.Equal(cost.Total.RoundToExponent(), invoice.Total);
        WalletView wallet = await house.WalletAsync(terms.CustomerId);
        // The expired hold is back and the lost payment has come, less what rounding the invoice took or gave.
        Assert.Equal(Money(17) - (invoice.Total - cost.Total), wallet.Available);
        Assert.Equal(Money(100) - cost.Total, wallet.Held);
        WalletView center = await house.WalletAsync(terms.CenterId);
        Assert.Equal(Money(0), center.Pending);
        Assert.True(center.Payable > Money(0));
    }

    private static Task<int> RunAsync(BillingHouse house, string job) =>
        house.ActAsync<IServiceProvider, int>(
            Actor.System,
            scope => house.Services.GetServices<JobDefinition>().Single(j => j.Name == job).Run(scope, default)
        );

    /// <summary>Takes the money and, while it is silent, says nothing.</summary>
    private sealed class SilentProvider : IPaymentProvider
    {
        private readonly RemoteProvider remote = new();

        public bool Silent { get; set; }

        public IReadOnlyDictionary<string, long> Taken => remote.Taken;

        public string Name => remote.Name;

        public bool TakesCards => remote.TakesCards;

        public async Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
        {
            ProviderPayment paid = await remote.PayAsync(order, ct);
            return Silent ? throw new HttpRequestException("no answer") : paid;
        }

        public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) => remote.CancelAsync(order, ct);

        public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct) => remote.RefundAsync(order, ct);
    }
}
