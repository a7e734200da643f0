using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Testing;

/// <summary>The books must be right after whatever a test did: call it at the end of every test that can move money.</summary>
public static class BooksBalance
{
    /// <summary>Runs the full check of the ledger, the charges and the invoices, and fails with every break it finds.</summary>
    public static async Task<BooksReport> AssertAsync(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var report = await services
            .GetRequiredService<IServiceScopeFactory>()
            .ActAsync<ILedger, BooksReport>(Actor.System, ledger => ledger.CheckBooksAsync(CancellationToken.None));
        Assert.True(report.Balanced, "The books are wrong:\n" + string.Join('\n', report.Breaks));
        Assert.Equal(report.DebitMicrosByCurrency, report.CreditMicrosByCurrency);
        return report;
    }
}
