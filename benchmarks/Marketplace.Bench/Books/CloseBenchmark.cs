using System.Diagnostics;
using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;

namespace Marketplace.Bench.Books;

/// <summary>
/// The close of a month: 1,000,000 rated lines of 10,000 customers become 10,000 invoices with gapless numbers, each with its postings, and
/// the books are closed behind them. The server works with the settings of the product; memory is the marketplace's own.
/// </summary>
internal static class CloseBenchmark
{
    private const int Customers = 10_000;
    private const int LinesPerCustomer = 100;

    public static async Task<IReadOnlyList<Measurement>> RunAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        await using BooksHost books = await BooksHost.StartAsync(context, cancellation);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var monthEnd = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        context.Log($"{Customers * LinesPerCustomer} rated lines of {Customers} customers");
        await new MonthOfCharges(books, monthEnd.AddMonths(-1), Customers, LinesPerCustomer).WriteAsync(cancellation);

        ResetPeak();
        double cpu = books.Processes.CpuSeconds();
        var watch = Stopwatch.StartNew();
        int made = await books.ActAsync<IInvoices, int>(Actor.System, invoices => invoices.CloseAsync(monthEnd, cancellation));
        double seconds = watch.Elapsed.TotalSeconds;
        double peak = PeakMib();
        cpu = books.Processes.CpuSeconds() - cpu;
        if (made != Customers)
            throw new BenchmarkException($"{made} invoices were made of {Customers}.");
        context.Log(string.Create(CultureInfo.InvariantCulture, $"{made} invoices in {seconds:0.0} s"));
        await books.AssertBalancedAsync(except: null, cancellation);
        return
        [
            new("seconds", seconds, "s", "≤ 300"),
            new("rss_mib", peak, "MiB", "≤ 1024"),
            new("invoices_per_second", made / seconds, "1/s"),
            new("server_cpu_s", cpu, "s"),
        ];
    }

    // Linux: writing 5 sets the peak of the resident set back to what it is now (proc(5), clear_refs).
    private static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static double PeakMib()
    {
        const string Label = "VmHWM:";
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Label, StringComparison.Ordinal));
        return double.Parse(line[Label.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024;
    }
}
