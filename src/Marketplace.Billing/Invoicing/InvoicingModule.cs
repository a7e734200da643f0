using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing.Documents;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Billing.Invoicing;

/// <summary>What invoices, credit notes and statements are made of.</summary>
internal static class InvoicingModule
{
    public static void AddInvoicing(this IServiceCollection services)
    {
        services.AddScoped<OpenInvoices>();
        services.AddScoped<DraftSums>();
        services.AddScoped<InvoiceViews>();
        services.AddScoped<WriteOff>();
        services.AddScoped<BillingProfiles>();
        services.AddScoped<IBillingProfiles>(s => s.GetRequiredService<BillingProfiles>());
        services.AddScoped<IssueCreditNote>();
        services.AddScoped<CreditNoteDesk>();
        services.AddScoped<ICreditNotes>(s => s.GetRequiredService<CreditNoteDesk>());
        services.AddScoped<IBillingDocuments, BillingDocuments>();
    }
}
