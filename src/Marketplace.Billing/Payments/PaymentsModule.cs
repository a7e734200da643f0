using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments.Bank;
using Marketplace.Billing.Payments.Reconciliation;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments;

/// <summary>Payments, refunds, disputes and reconciliation: Stripe when it has a key, else the local provider.</summary>
internal static class PaymentsModule
{
    public static void AddPayments(this IServiceCollection services)
    {
        services.PostConfigure<BillingOptions>(o => o.Stripe.ReadFiles());
        services.AddMetrics();
        // One connection pool for the process; the limit per call is the transport's own.
        services.AddSingleton(_ => new StripeHttp(new HttpClient { Timeout = Timeout.InfiniteTimeSpan }));
        services.AddSingleton(s => new StripeTransport(
            s.GetRequiredService<StripeHttp>().Client,
            s.GetRequiredService<IOptions<BillingOptions>>(),
            s.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<StripeClient>();
        services.AddScoped<StripeCustomers>();
        services.AddScoped<StripePaymentProvider>();
        services.AddScoped<StripePaymentMethods>();
        services.AddScoped<StripeDisputes>();
        services.AddScoped<StripePayoutProvider>();
        services.AddScoped<StripeTransfers>();
        services.AddScoped<ConnectAccountStore>();
        services.AddScoped<ConnectAccounts>();
        services.AddScoped<IPayoutAccounts>(s => s.GetRequiredService<ConnectAccounts>());
        services.AddScoped<WebhookInbox>();
        services.AddScoped<WorkOffEvents>();
        services.AddScoped<LocalPaymentProvider>();
        services.TryAddScoped<IPaymentProvider>(s =>
            IsStripe(s) ? s.GetRequiredService<StripePaymentProvider>() : s.GetRequiredService<LocalPaymentProvider>()
        );
        services.AddScoped<IPaymentMethods>(s => IsStripe(s) ? s.GetRequiredService<StripePaymentMethods>() : new NoPaymentMethods());
        services.AddScoped<PaymentBook>();
        services.AddScoped<Clawbacks>();
        services.AddScoped<PaymentDesk>();
        services.AddScoped<IPayments>(s => s.GetRequiredService<PaymentDesk>());
        services.AddScoped<TransferDesk>();
        services.AddScoped<ITransfers>(s => s.GetRequiredService<TransferDesk>());
        services.AddScoped<ImportStatements>();
        services.AddScoped<MatchEntries>();
        services.AddScoped<IBankStatements, BankDesk>();
        services.AddScoped<RefundDesk>();
        services.AddScoped<IRefunds>(s => s.GetRequiredService<RefundDesk>());
        services.AddScoped<DisputeBook>();
        services.AddScoped<IDisputes, DisputeDesk>();
        services.AddScoped<AutoTopUps>();
        services.AddScoped<IAutoTopUps>(s => s.GetRequiredService<AutoTopUps>());
        services.AddScoped<ReconciliationStore>();
        services.AddScoped<Reconcile>();
        services.AddSingleton<OpenBreaks>();
        services.AddScoped<IReconciliation, ReconciliationDesk>();
    }

    public static void AddPaymentJobs(this IServiceCollection services, Func<IServiceProvider, JobSchedule> often)
    {
        services.AddJob<BillingJobs>("billing-resume-payments", often, (jobs, ct) => jobs.ResumePaymentsAsync(ct));
        services.AddJob<WorkOffEvents>(
            "billing-work-off-webhooks",
            JobSchedule.Every(TimeSpan.FromSeconds(5)),
            (events, ct) => events.RunAsync(ct)
        );
        services.AddJob<Clawbacks>("billing-collect-clawbacks", often, (clawbacks, ct) => clawbacks.CollectAllAsync(ct));
        services.AddJob<AutoTopUps>("billing-auto-top-up", often, (rules, ct) => rules.RunAsync(ct));
        services.AddJob<Reconcile>(
            "billing-reconcile",
            JobSchedule.DailyAt(new TimeOnly(3, 40)),
            (reconcile, ct) => reconcile.RunAsync(ct)
        );
    }

    private static bool IsStripe(IServiceProvider services) => services.GetRequiredService<IOptions<BillingOptions>>().Value.Stripe.IsOn;

    /// <summary>Stripe's own client, so that nobody else's handlers or logs see its requests.</summary>
    private sealed class StripeHttp(HttpClient client) : IDisposable
    {
        public HttpClient Client => client;

        public void Dispose() => client.Dispose();
    }
}
