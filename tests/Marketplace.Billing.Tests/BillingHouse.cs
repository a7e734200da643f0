using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Sealing;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Billing.Tests;

/// <summary>The module over a test database, with the few verbs these tests speak in. Disposing it checks the books.</summary>
internal sealed class BillingHouse : IAsyncDisposable
{
    public static readonly Currency Cny = Currency.Cny;
    private readonly PostgresFixture db;
    private readonly TestServices services;
    private int events;

    private BillingHouse(PostgresFixture db, TestServices services) => (this.db, this.services) = (db, services);

    public ManualTimeProvider Time => services.Time;
    public IServiceProvider Services => services.Services;
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Set by tests that break the books on purpose.</summary>
    public bool LeavesBooksWrong { get; set; }

    public static BillingHouse Over(
        PostgresFixture db,
        Action<IServiceCollection>? more = null,
        params (string Key, string Value)[] settings
    ) => At(db, new ManualTimeProvider(), more, settings);

    /// <summary>With a clock that something else shares.</summary>
    public static BillingHouse At(
        PostgresFixture db,
        ManualTimeProvider time,
        Action<IServiceCollection>? more = null,
        params (string Key, string Value)[] settings
    )
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Billing:BankTransfer:BookAtOnce", "true")])
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Billing:{s.Key}", (string?)s.Value)))
            .Build();
        return new BillingHouse(
            db,
            TestServices.Over(
                db,
                s =>
                {
                    s.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
                    more?.Invoke(s);
                    s.AddBilling(configuration);
                },
                time
            )
        );
    }

    public static Actor Customer(string partyId) => new(partyId, PartyKinds.Customer, MemberRole.Owner);

    public static Actor Center(string partyId) => new(partyId, PartyKinds.Center, MemberRole.Owner);

    public static Actor Operator(string partyId) => new(partyId, PartyKinds.Operator, MemberRole.Owner);

    public static readonly Actor Desk = new("org_desk", PartyKinds.Platform, MemberRole.Owner);

    public static Money Money(decimal amount) => Platform.Monetary.Money.From(amount, Cny);

    /// <summary>A party nobody else in this test class uses.</summary>
    public string NewParty() => NewId(IdPrefix.Party);

    public string NewId(string prefix) => Services.GetRequiredService<IdFactory>().New(prefix);

    public Task<T> LedgerAsync<T>(Actor actor, Func<ILedger, Task<T>> use) => services.ActAsync(actor, use);

    public Task<T> RatingAsync<T>(Actor actor, Func<IRating, Task<T>> use) => services.ActAsync(actor, use);

    public Task<T> InvoicesAsync<T>(Actor actor, Func<IInvoices, Task<T>> use) => services.ActAsync(actor, use);

    public Task<T> PaymentsAsync<T>(Actor actor, Func<IPayments, Task<T>> use) => services.ActAsync(actor, use);

    public Task<T> ActAsync<TService, T>(Actor actor, Func<TService, Task<T>> use)
        where TService : notnull => services.ActAsync(actor, use);

    public async Task TopUpAsync(string customer, decimal amount) =>
        Assert.Equal(
            PaymentState.Succeeded,
            Ok(await PaymentsAsync(Customer(customer), p => p.TopUpAsync(Money(amount), NewId("key"), default))).State
        );

    public async Task GrantAsync(string customer, decimal amount) =>
        Ok(await PaymentsAsync(Desk, p => p.GrantAsync(customer, Money(amount), "campaign", NewId("key"), default)));

    public Task<Outcome<HoldView>> HoldAsync(string customer, decimal amount, string reference, DateTimeOffset? expires = null) =>
        LedgerAsync(Customer(customer), l => l.HoldAsync(reference, customer, Money(amount), expires, default));

    public Task<WalletView> WalletAsync(string party) => LedgerAsync(Actor.System, l => l.WalletAsync(party, Cny, default));

    /// <summary>A registered contract with a hold, for a customer with the credit it needs.</summary>
    public async Task<ContractTerms> ContractAsync(
        decimal hold = 100,
        decimal retail = 10,
        decimal wholesale = 8.5m,
        Func<ContractTerms, ContractTerms>? with = null
    )
    {
        string id = NewId(IdPrefix.Contract);
        var terms = new ContractTerms(
            id,
            NewId(IdPrefix.Order),
            NewParty(),
            NewParty(),
            NewParty(),
            "CNY",
            "Ascend 910B",
            "1 × Ascend 910B, Hohhot",
            retail,
            wholesale,
            0.05m,
            0.19m,
            "CN",
            $"contract:{id}"
        );
        terms = with?.Invoke(terms) ?? terms;
        if (hold > 0)
        {
            await TopUpAsync(terms.CustomerId, hold);
            Ok(await HoldAsync(terms.CustomerId, hold, terms.HoldReference));
        }
        await RatingAsync(
            Actor.System,
            async r =>
            {
                await r.RegisterAsync(terms, default);
                return 0;
            }
        );
        return terms;
    }

    /// <summary>Says whose spending a registered contract is.</summary>
    public Task<int> ScopeAsync(ContractScope scope) =>
        ActAsync<IServiceProvider, int>(
            Actor.System,
            provider =>
            {
                provider.GetRequiredService<IBudgetAdmission>().Register([scope]);
                return provider.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
            }
        );

    /// <summary>A cumulative reading of one allocation at a number of hours after the clock's start.</summary>
    public UsageReading Reading(
        ContractTerms terms,
        decimal cardHours,
        double atHour,
        string allocation = "alc_1",
        bool final = false,
        string? eventId = null
    ) =>
        new(
            "agent",
            eventId ?? $"evt-{Interlocked.Increment(ref events)}-{terms.ContractId}",
            terms.ContractId,
            allocation,
            "card-seconds",
            cardHours * 3600,
            ManualTimeProvider.DefaultStart,
            ManualTimeProvider.DefaultStart.AddHours(atHour),
            final
        );

    public Task<IReadOnlyList<ChargeResult>> RecordAsync(params UsageReading[] readings) =>
        RatingAsync(Actor.System, r => r.RecordAsync(readings, default));

    /// <summary>Posts journals as the system, past the posting rules: for tests of the guards.</summary>
    public Task<IReadOnlyList<Posted>> PostAsync(params JournalDraft[] drafts) =>
        InTransactionAsync(s => s.Writer.PostAsync(drafts, default));

    /// <summary>Makes the network's fee account exist.</summary>
    public Task TopUpFeeAccountAsync() =>
        PostAsync(new JournalDraft("test", "test", NewId("key"), Now, null, "", [new LegDraft(Chart.PspFee(Cny), Chart.Psp(Cny), 1)]));

    /// <summary>Runs in one transaction, as the system.</summary>
    public Task<T> InTransactionAsync<T>(Func<TransactionServices, Task<T>> work) =>
        services.ActAsync<IServiceProvider, T>(
            Actor.System,
            provider =>
                provider
                    .GetRequiredService<MarketplaceDbContext>()
                    .InTransactionAsync(_ => work(new TransactionServices(provider)), default)
        );

    /// <summary>One run of each of the module's jobs.</summary>
    public async Task WorkAsync()
    {
        foreach (var job in Services.GetServices<JobDefinition>().Where(j => j.Name.StartsWith("billing-", StringComparison.Ordinal)))
            await services.ActAsync<IServiceProvider, int>(Actor.System, scope => job.Run(scope, default));
    }

    /// <summary>Seals every journal there is. A transaction of another test on the same server may hold the last ones back for a moment.</summary>
    public Task SealAllAsync() =>
        Eventually.HoldsAsync(
            async () =>
            {
                await ActAsync<SealChain, int>(Actor.System, c => c.SealAsync(default));
                return (await LedgerAsync(Actor.System, l => l.SealsAsync(default))).Unsealed == 0;
            },
            "every journal to be sealed"
        );

    public Task<SealReport> VerifySealsAsync() => ActAsync<SealChain, SealReport>(Actor.System, c => c.VerifyAsync(default));

    public static T Ok<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsOk, outcome.Problem is { } p ? $"{p.Code}: {p.Detail}" : "");
        return outcome.Value;
    }

    public static Problem Refused<T>(Outcome<T> outcome)
    {
        Assert.False(outcome.IsOk);
        return outcome.Problem!;
    }

    /// <summary>Raw SQL as the application's role.</summary>
    public async Task<object?> AsApplicationAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Raw SQL as the tables' owner, who meets the triggers only.</summary>
    public async Task<object?> AsOwnerAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(db.Database.OwnerConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    internal sealed class TransactionServices(IServiceProvider provider)
    {
        public ILedger Ledger => provider.GetRequiredService<ILedger>();
        public IRating Rating => provider.GetRequiredService<IRating>();
        public LedgerWriter Writer => provider.GetRequiredService<LedgerWriter>();
    }

    /// <summary>An account's balance in micro-units, by its whole code.</summary>
    public async Task<long> BalanceAsync(string code) =>
        (await LedgerAsync(Actor.System, l => l.AccountsAsync(new() { Search = code }, default))).Items.Single().Balance.Micros;

    /// <summary>How often the contract's hold was announced as exhausted.</summary>
    public Task<long> ExhaustedMessagesAsync(ContractTerms terms) =>
        ActAsync<MarketplaceDbContext, long>(
            Actor.System,
            async db =>
                (
                    await db
                        .Database.SqlQuery<long>(
                            $"select count(*) as \"Value\" from platform.outbox_message where type = 'billing.hold-exhausted.v1' and key = {terms.ContractId}"
                        )
                        .ToListAsync()
                )[0]
        );

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!LeavesBooksWrong)
                await BooksBalance.AssertAsync(Services);
        }
        finally
        {
            await services.DisposeAsync();
        }
    }
}
