using Marketplace.Billing.Arrears;
using Marketplace.Billing.Budgets;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Disputes;
using Marketplace.Billing.Exports;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payouts;
using Marketplace.Billing.Quarantine;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Billing.Sealing;
using Marketplace.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing;

/// <summary>Ledger, metering, rating, invoices and payments.</summary>
public static class BillingModule
{
    /// <summary>The module's schema in PostgreSQL.</summary>
    public const string Schema = "billing";

    /// <summary>
    /// Adds the module: <see cref="ILedger"/>, <see cref="IRating"/>, <see cref="IInvoices"/>, <see cref="IPayments"/>, <see cref="IExports"/>. Register an
    /// <see cref="IPartyNames"/> to have names on invoices, and an <see cref="IPaymentProvider"/> to replace the local one.
    /// </summary>
    public static IServiceCollection AddBilling(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<BillingOptions>().Bind(configuration.GetSection(BillingOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BillingOptions>, BillingOptionsValidator>();
        services.AddModelPart<BillingOptions>();
        services.TryAddScoped<IPartyNames, PartyIdsAsNames>();
        services.AddScoped<Holds>();
        services.AddScoped<ManyHolds>();
        services.AddSingleton<GroupPosting>();
        services.AddScoped<LedgerWriter>();
        services.AddScoped<OpenBooks>();
        services.AddScoped<LedgerReader>();
        services.AddScoped<AccountReader>();
        services.AddScoped<BooksCheck>();
        services.AddScoped<SealReader>();
        services.AddScoped<SealChain>();
        services.AddScoped<Collection>();
        services.AddScoped<Lending>();
        services.AddScoped<ICreditLines, CreditLineDesk>();
        services.AddScoped<ILedger, GeneralLedger>();
        services.AddScoped<UsageStore>();
        services.AddScoped<RecordUsage>();
        services.AddScoped<RegisterTerms>();
        services.AddScoped<UsageKnowledge>();
        services.AddScoped<IMetering, MeteringDesk>();
        services.AddScoped<ChargeStates>();
        services.AddScoped<IQuarantine, QuarantineDesk>();
        services.AddScoped<OpenDispute>();
        services.AddScoped<DecideDispute>();
        services.AddScoped<IUsageDisputes, UsageDisputes>();
        services.AddScoped<CostReader>();
        services.AddScoped<ChargeCommitments>();
        services.AddScoped<BillingReader>();
        services.AddScoped<ReservationJobs>();
        services.AddScoped<IReservations, ReservationDesk>();
        services.AddScoped<GroupReader>();
        services.AddScoped<ICosts, CostDesk>();
        services.AddScoped<EarningsReader>();
        services.AddScoped<IEarnings, EarningsDesk>();
        services.AddScoped<IRating, RatingDesk>();
        services.AddScoped<IssueInvoice>();
        services.AddScoped<StatementReader>();
        services.AddScoped<IInvoices, InvoiceDesk>();
        services.AddInvoicing();
        services.AddPayments();
        services.AddScoped<MakeDue>();
        services.AddPayouts(configuration);
        services.AddCredits(configuration);
        services.AddScoped<Debts>();
        services.AddScoped<AdvanceArrears>();
        services.AddScoped<IArrears, ArrearsDesk>();
        services.TryAddScoped<IContractPlaces, NoPlaces>();
        services.AddScoped<ExportReader>();
        services.AddScoped<IExports, FocusExport>();
        services.AddBudgets();
        services.AddBillingJobs();
        return services;
    }

    private sealed class NoPlaces : IContractPlaces
    {
        public Task<IReadOnlyDictionary<string, ContractPlace>> FindManyAsync(
            IReadOnlyCollection<string> contractIds,
            CancellationToken ct
        ) => Task.FromResult<IReadOnlyDictionary<string, ContractPlace>>(new Dictionary<string, ContractPlace>(StringComparer.Ordinal));
    }

    private sealed class PartyIdsAsNames : IPartyNames
    {
        public Task<string?> NameAsync(string partyId, CancellationToken ct) => Task.FromResult<string?>(partyId);
    }
}
