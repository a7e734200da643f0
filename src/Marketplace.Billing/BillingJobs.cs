using Marketplace.Billing.Arrears;
using Marketplace.Billing.Budgets;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payouts;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Billing.Sealing;
using Marketplace.Platform.Data;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing;

/// <summary>
/// What falls due with time: expired holds, payments without an answer, earnings past the dispute window, the balance snapshot and the
/// month's invoices. Each takes row locks and can run twice, or late.
/// </summary>
internal sealed class BillingJobs(
    MarketplaceDbContext db,
    Holds holds,
    ILedger ledger,
    PaymentDesk payments,
    RefundDesk refunds,
    IInvoices invoices,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    private const int PerRound = 200;
    private static readonly TimeSpan PaymentPatience = TimeSpan.FromMinutes(2);

    /// <summary>Gives expired holds back.</summary>
    public async Task<int> ReleaseHoldsAsync(CancellationToken ct)
    {
        var expired = await holds.ExpiredAsync(time.GetUtcNow(), PerRound, ct);
        foreach (string reference in expired)
            await ledger.ReleaseAsync(reference, ct);
        return expired.Count;
    }

    /// <summary>Asks the payment provider about payments and refunds that have had no answer.</summary>
    public async Task<int> ResumePaymentsAsync(CancellationToken ct)
    {
        DateTimeOffset patience = time.GetUtcNow() - PaymentPatience;
        return await payments.ResumeAsync(patience, PerRound, ct) + await refunds.ResumeAsync(patience, PerRound, ct);
    }

    /// <summary>Takes the balance snapshot that keeps reading balances cheap. Changes nothing anybody sees.</summary>
    public async Task<int> SnapshotAsync(CancellationToken ct)
    {
        await db.ReadAsync("select billing.take_snapshot()", r => r.GetInt64(0), ct);
        return 0;
    }

    /// <summary>Makes the invoices of the last month that is over, late usage included.</summary>
    public Task<int> CloseMonthAsync(CancellationToken ct)
    {
        DateTimeOffset late = time.GetUtcNow() - options.Value.InvoiceGrace;
        return invoices.CloseAsync(late.StartOfMonth(), ct);
    }
}

/// <summary>The module's jobs, by name.</summary>
internal static class BillingJobList
{
    /// <summary>The job that checks the books; the admin console starts it by hand.</summary>
    private const string CheckBooks = "billing-check-books";

    /// <summary>The job that walks the seal chain; the admin console starts it by hand.</summary>
    private const string VerifySeals = "billing-verify-seals";
    private static readonly JobSchedule Hourly = JobSchedule.Every(TimeSpan.FromHours(1));

    public static void AddBillingJobs(this IServiceCollection services)
    {
        services.AddScoped<BillingJobs>();
        services.AddJob<BillingJobs>("billing-release-holds", Often, (jobs, ct) => jobs.ReleaseHoldsAsync(ct));
        services.AddPaymentJobs(Often);
        services.AddJob<MakeDue>("billing-make-payable", Often, (due, ct) => due.RunAsync(ct));
        services.AddJob<BillingJobs>("billing-snapshot-balances", Often, (jobs, ct) => jobs.SnapshotAsync(ct));
        services.AddJob<BooksCheck>(CheckBooks, JobSchedule.Every(TimeSpan.FromMinutes(10)), (books, ct) => books.ReportAsync(ct));
        services.AddJob<SealChain>("billing-seal-journals", Often, (chain, ct) => chain.SealAsync(ct));
        services.AddJob<SealChain>(VerifySeals, JobSchedule.Every(TimeSpan.FromHours(6)), (chain, ct) => chain.ReportAsync(ct));
        services.AddJob<BudgetWatch>("billing-watch-budgets", Often, (watch, ct) => watch.RunAsync(ct));
        services.AddJob<AccruePayouts>("billing-accrue-payouts", Often, (payouts, ct) => payouts.RunAsync(ct));
        services.AddJob<SubmitPayouts>("billing-submit-payouts", Often, (payouts, ct) => payouts.RunAsync(ct));
        services.AddJob<Grants>("billing-expire-grants", Often, (grants, ct) => grants.ExpireAsync(ct));
        services.AddJob<ProposeServiceCredits>("billing-propose-service-credits", Hourly, (credits, ct) => credits.RunAsync(ct));
        services.AddJob<OpenInvoices>("billing-draft-invoices", Often, (open, ct) => open.KeepAsync(ct));
        services.AddJob<AdvanceArrears>("billing-advance-arrears", Often, (arrears, ct) => arrears.RunAsync(ct));
        services.AddJob<ChargeCommitments>("billing-charge-commitments", Hourly, (commitments, ct) => commitments.MonthsAsync(ct));
        services.AddJob<ReservationJobs>("billing-close-reservations", Hourly, (jobs, ct) => jobs.CloseAsync(ct));
        services.AddJob<ReservationJobs>("billing-make-reservations-payable", Hourly, (jobs, ct) => jobs.MakeDueAsync(ct));
        services.AddJob<BillingJobs>("billing-close-month", Hourly, (jobs, ct) => jobs.CloseMonthAsync(ct));
    }

    private static JobSchedule Often(IServiceProvider services) =>
        JobSchedule.Every(services.GetRequiredService<IOptions<BillingOptions>>().Value.WorkerInterval);
}
