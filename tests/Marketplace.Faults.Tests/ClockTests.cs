using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payouts;
using Marketplace.Billing.Tests;
using Marketplace.Faults.Tests.Support;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Faults.Tests;

/// <summary>Clocks that jump forwards and back, months of every length, and a server and a machine in a zone with summer time.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    // Closed books stay closed: each test has a database of its own.
    private readonly PostgresFixture db = new();

    public Task InitializeAsync() => db.InitializeAsync();

    public Task DisposeAsync() => db.DisposeAsync();

    private static DateTimeOffset Utc(int year, int month, int day, int hour = 0) => new(year, month, day, hour, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_hold_expires_once_however_the_clock_jumps()
    {
        await using BillingHouse house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10);
        DateTimeOffset start = house.Now;
        Ok(await house.HoldAsync(customer, 10, "order:" + customer, start.AddMinutes(10)));
        foreach (var (at, held) in new[] { (9, 10), (-600, 10), (0, 10), (10, 0), (-600, 0), (20, 0) })
        {
            house.Time.StepTo(start.AddMinutes(at));
            await house.WorkAsync();
            await house.WorkAsync();
            Assert.Equal(Money(held), (await house.WalletAsync(customer)).Held);
        }
        Assert.Equal(Money(10), (await house.WalletAsync(customer)).Available);
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    [Fact]
    public async Task Earnings_become_payable_once_however_the_clock_jumps()
    {
        await using BillingHouse house = Over(db);
        var terms = await house.ContractAsync(hold: 100);
        DateTimeOffset start = house.Now;
        await house.RecordAsync(house.Reading(terms, 1, 1));
        foreach (var (at, pending, payable) in new[] { (6.9, 8.5m, 0m), (-30, 8.5m, 0m), (7, 0m, 8.5m), (-1, 0m, 8.5m), (30, 0m, 8.5m) })
        {
            house.Time.StepTo(start.AddDays(at));
            await DueAsync(house);
            Assert.Equal((Money(pending), Money(payable)), await EarnedAsync(house, terms));
        }
        // Two days' earnings are due; at a clock between the two windows' ends, the later one does not become pending again.
        house.Time.StepTo(start.AddDays(35));
        await house.RecordAsync(house.Reading(terms, 2, 2));
        house.Time.StepTo(start.AddDays(43));
        await DueAsync(house);
        house.Time.StepTo(start.AddDays(38));
        await DueAsync(house);
        Assert.Equal((Money(0), Money(17)), await EarnedAsync(house, terms));
        // Under a clock that is weeks behind, what is charged counts as old: due at once, once.
        house.Time.StepTo(start.AddDays(-20));
        await house.RecordAsync(house.Reading(terms, 3, 3));
        await DueAsync(house);
        await DueAsync(house);
        Assert.Equal((Money(0), Money(25.5m)), await EarnedAsync(house, terms));
        house.Time.StepTo(start.AddDays(38));
        // And what is charged then waits for its window as any other.
        await house.RecordAsync(house.Reading(terms, 4, 4));
        await DueAsync(house);
        Assert.Equal((Money(8.5m), Money(25.5m)), await EarnedAsync(house, terms));
        house.Time.StepTo(start.AddDays(45));
        await DueAsync(house);
        Assert.Equal((Money(0), Money(34)), await EarnedAsync(house, terms));
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    [Fact]
    public async Task Every_month_ends_where_the_calendar_says()
    {
        await using BillingHouse house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 1_000);
        // From the end of a year over a leap day: windows that end with the month, and one second into the next.
        DateTimeOffset[] ends = [Utc(2028, 1, 1), Utc(2028, 2, 1), Utc(2028, 3, 1), Utc(2028, 4, 1), Utc(2028, 5, 1)];
        var terms = await house.ContractAsync(hold: 0, with: t => t with { CustomerId = customer });
        decimal hours = 0;
        foreach (DateTimeOffset end in ends)
        {
            house.Time.StepTo(end.AddSeconds(1));
            await house.RecordAsync(Reading(terms, ++hours, end), Reading(terms, ++hours, end.AddSeconds(1)));
            // The grace is not over; then it is. A job that comes twice, or under a clock that went back, makes nothing more.
            house.Time.StepTo(end.AddDays(1).AddSeconds(-1));
            await house.WorkAsync();
            house.Time.StepTo(end.AddDays(1));
            await house.WorkAsync();
            await house.WorkAsync();
            house.Time.StepTo(end.AddDays(-3));
            await house.WorkAsync();
        }
        var invoices = (await house.InvoicesAsync(Customer(customer), i => i.ListAsync(new InvoiceQuery { Limit = 50 }, default)))
            // What has no number is the draft of the month that runs.
            .Items.Where(i => i.Number is not null)
            .OrderBy(i => i.PeriodEnd)
            .ToList();
        Assert.Equal(ends, invoices.Select(i => i.PeriodEnd));
        Assert.Equal(ends.Select(e => e.AddMonths(-1)), invoices.Select(i => i.PeriodStart));
        // One hour on the first, then the hour of the boundary's other side and the month's own.
        Assert.Equal([11.9m, 23.8m, 23.8m, 23.8m, 23.8m], invoices.Select(i => i.Total.Amount));
        Assert.Equal(29, (ends[2] - ends[1]).TotalDays);
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    [Fact]
    public Task Where_the_machine_and_the_server_stand_changes_no_number() => SameAsUtcAsync("America/New_York");

    [Fact]
    [Trait("Category", "Long")]
    public Task Nor_does_a_zone_whose_summer_time_is_half_an_hour() => SameAsUtcAsync("Australia/Lord_Howe");

    // Both days of the year on which the zones change, and month ends in between.
    private async Task SameAsUtcAsync(string zone)
    {
        string there = await LifeAsync(zone);
        string here = await LifeAsync("UTC");
        Assert.Equal(here, there);
        Assert.Contains("2029-04-01", here, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_closed_books_a_clock_that_went_back_moves_nothing_until_it_is_right_again()
    {
        var provider = new CountingProvider();
        await using BillingHouse house = Over(db, s => s.AddSingleton<IPaymentProvider>(provider));
        string customer = house.NewParty();
        house.Time.StepTo(Utc(2030, 3, 3));
        await house.InvoicesAsync(Actor.System, i => i.CloseAsync(Utc(2030, 3, 1), default));
        house.Time.StepTo(Utc(2030, 2, 20));
        Task<Outcome<PaymentView>> TopUpAsync(string key) =>
            house.PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(5), key, default));
        // Refused before anything is asked of the provider: nobody could write down what it took.
        Assert.Equal("clock-behind-books", Refused(await TopUpAsync("key")).Code);
        Assert.Equal(
            "clock-behind-books",
            Refused(await house.PaymentsAsync(Desk, p => p.GrantAsync(customer, Money(5), "spring", "key", default))).Code
        );
        Assert.Empty((await house.PaymentsAsync(Customer(customer), p => p.ListAsync(new(), default))).Items);
        await BooksRight.AssertAsync(house, db.DataSource);
        // What was begun before, and whose answer was lost, waits for the right clock too.
        house.Time.StepTo(Utc(2030, 3, 3));
        provider.Lost = true;
        await Assert.ThrowsAsync<HttpRequestException>(() => TopUpAsync("begun"));
        provider.Lost = false;
        house.Time.StepTo(Utc(2030, 2, 20));
        await house.WorkAsync();
        Assert.Equal(1, provider.Asked);
        Assert.Equal(Money(0), (await house.WalletAsync(customer)).Available);
        house.Time.StepTo(Utc(2030, 3, 4));
        await house.WorkAsync();
        Ok(await TopUpAsync("key"));
        Ok(await TopUpAsync("key"));
        Assert.Equal((Money(10), 3), ((await house.WalletAsync(customer)).Available, provider.Asked));
        // Usage of a closed month is booked in the open one, under whatever clock.
        var terms = await house.ContractAsync(hold: 50);
        house.Time.StepTo(Utc(2030, 2, 20));
        Assert.Equal(Money(11.9m), Assert.Single(await house.RecordAsync(Reading(terms, 1, Utc(2030, 2, 1)))).Charged);
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    [Fact]
    public async Task Books_that_close_while_usage_comes_in_turn_none_of_it_away()
    {
        await using BillingHouse house = Over(db);
        var contracts = new List<ContractTerms>();
        for (int i = 0; i < 4; i++)
            contracts.Add(await house.ContractAsync(hold: 1_000));
        int days = Properties.Of(10, 60);
        house.Time.StepTo(ManualTimeProvider.DefaultStart.AddDays(days + 1));
        Task closing = Task.Run(async () =>
        {
            for (int day = 1; day <= days; day++)
                await house.InvoicesAsync(Actor.System, i => i.CloseAsync(ManualTimeProvider.DefaultStart.AddDays(day), default));
        });
        await Task.WhenAll([
            closing,
            .. Enumerable
                .Range(0, 4)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        for (int day = 1; day <= days; day++)
                            await house.RecordAsync([.. contracts.Select(c => house.Reading(c, day, day * 24 - 1, $"alc_{worker}"))]);
                    })
                ),
        ]);
        foreach (ContractTerms terms in contracts)
            Assert.Equal(
                Money(4 * days * 11.9m),
                (await house.RatingAsync(Actor.System, r => r.CostAsync(terms.ContractId, default)))!.Total
            );
        await BooksRight.AssertAsync(house, db.DataSource);
    }

    private static Task<int> DueAsync(BillingHouse house) => house.ActAsync<MakeDue, int>(Actor.System, d => d.RunAsync(default));

    private static async Task<(Money Pending, Money Payable)> EarnedAsync(BillingHouse house, ContractTerms terms)
    {
        WalletView wallet = await house.WalletAsync(terms.CenterId);
        return (wallet.Pending, wallet.Payable);
    }

    private static UsageReading Reading(ContractTerms terms, decimal hours, DateTimeOffset to) =>
        new(
            "agent",
            $"{terms.ContractId}-{to:O}",
            terms.ContractId,
            "alc_1",
            "card-seconds",
            hours * 3600,
            to.AddHours(-1),
            to,
            Final: false
        );

    /// <summary>Six months of one customer, told with every time and amount.</summary>
    private async Task<string> LifeAsync(string zone)
    {
        string? before = Environment.GetEnvironmentVariable("TZ");
        await using var database = await TestPostgres.CreateMigratedAsync();
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Timezone = zone }.ConnectionString
        );
        try
        {
            Environment.SetEnvironmentVariable("TZ", zone);
            TimeZoneInfo.ClearCachedData();
            Assert.Equal(zone, TimeZoneInfo.Local.Id);
            await using BillingHouse house = Over(PostgresFixture.Over(source, database));
            house.Time.StepTo(Utc(2028, 10, 1));
            var terms = await house.ContractAsync(hold: 0, with: Fixed);
            await house.TopUpAsync(terms.CustomerId, 30_000);
            decimal hours = 0;
            for (DateTimeOffset day = Utc(2028, 10, 1); day < Utc(2029, 4, 20); day = day.AddDays(2))
            {
                house.Time.StepTo(day.AddDays(2));
                await house.RecordAsync(Reading(terms, hours += 48, day.AddDays(2)));
                if (day.Day is 2 or 3 or 16 or 17)
                    await house.WorkAsync();
            }
            var invoices = await house.InvoicesAsync(
                Customer(terms.CustomerId),
                i => i.ListAsync(new InvoiceQuery { Limit = 50 }, default)
            );
            var days = await house.RatingAsync(
                Customer(terms.CustomerId),
                r => r.GroupedAsync("day", Cny, Utc(2028, 10, 1), Utc(2029, 4, 20), default)
            );
            var center = await house.WalletAsync(terms.CenterId);
            await BooksRight.AssertAsync(house, source);
            return string.Join(
                '\n',
                [
                    .. invoices.Items.Select(i =>
                        FormattableString.Invariant($"{i.Number} {i.PeriodStart.UtcDateTime:s} {i.PeriodEnd.UtcDateTime:s} {i.Total}")
                    ),
                    .. days.Select(d => FormattableString.Invariant($"{d.Key} {d.Amount} {d.CardHours}")),
                    FormattableString.Invariant($"{center.Pending} {center.Payable}"),
                ]
            );
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", before);
            TimeZoneInfo.ClearCachedData();
        }
    }

    private static ContractTerms Fixed(ContractTerms terms) =>
        terms with
        {
            ContractId = "ctr_fixed",
            CustomerId = "org_fixed_customer",
            CenterId = "org_fixed_center",
            OperatorId = "org_fixed_operator",
            HoldReference = "contract:ctr_fixed",
        };

    /// <summary>Takes every payment, counts how often it is asked, and loses its answer when told to.</summary>
    private sealed class CountingProvider : IPaymentProvider
    {
        public string Name => "counting";
        public bool TakesCards => false;
        public bool Lost { get; set; }
        public int Asked { get; private set; }

        public Task<ProviderPayment> PayAsync(ProviderOrder order, CancellationToken ct)
        {
            Asked++;
            return Lost
                ? throw new HttpRequestException("The answer was lost.")
                : Task.FromResult(
                    new ProviderPayment(order.PaymentId, PaymentState.Succeeded, Platform.Monetary.Money.Zero(order.Amount.Currency), null)
                );
        }

        public Task<ProviderPayment> CancelAsync(ProviderOrder order, CancellationToken ct) => throw new NotSupportedException();

        public Task<ProviderRefund> RefundAsync(ProviderRefundOrder order, CancellationToken ct) => throw new NotSupportedException();
    }
}
