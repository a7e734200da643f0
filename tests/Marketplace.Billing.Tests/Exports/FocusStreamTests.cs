using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Exports;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>The form of the file, and that its length does not matter.</summary>
public sealed class FocusStreamTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    [Fact]
    public async Task Many_rows_leave_in_pages_and_never_wait_in_memory()
    {
        const int Readings = (ExportReader.PageSize * 3) + 7;
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0);
        house.Time.StepTo(Start.AddHours(Readings + 1));
        await house.RecordAsync([.. Enumerable.Range(1, Readings).Select(i => house.Reading(terms, i * 0.001m, i))]);

        var stream = new CountingStream();
        await house.ActAsync<IExports, bool>(
            Customer(terms.CustomerId),
            async exports =>
            {
                await Ok(exports.Focus(new(Start.AddDays(-1), house.Now.AddDays(1)))).WriteAsync(stream, default);
                return true;
            }
        );
        // A header, then two rows (usage and tax) a reading: no write carries more than a page's.
        Assert.Equal(1 + (2 * Readings), stream.RowsPerWrite.Sum());
        Assert.Equal([1, 1_000, 1_000, 1_000, 14], stream.RowsPerWrite);
        Assert.True(stream.Flushes >= stream.RowsPerWrite.Count, "each page leaves before the next is read");
    }

    [Fact]
    public async Task A_page_is_sent_before_the_next_one_is_read()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 0);
        const int First = ExportReader.PageSize + 1;
        house.Time.StepTo(Start.AddHours(First + 10));
        await house.RecordAsync([.. Enumerable.Range(1, First).Select(i => house.Reading(terms, i * 0.001m, i))]);
        // While the first page leaves, usage comes in: it is in the file because the second page was not read yet.
        var stream = new CountingStream(count => count == 2 ? house.RecordAsync(house.Reading(terms, 1, First + 1)) : Task.CompletedTask);
        await house.ActAsync<IExports, bool>(
            Customer(terms.CustomerId),
            async exports =>
            {
                await Ok(exports.Focus(new(Start.AddDays(-1), house.Now.AddDays(1)))).WriteAsync(stream, default);
                return true;
            }
        );
        Assert.Equal([1, 1_000, 4], stream.RowsPerWrite);
    }

    [Fact]
    public async Task Text_that_people_wrote_stays_text()
    {
        await using var house = Over(db);
        const string Nasty = "=HYPERLINK(\"http://x\",\"a\"),\r\n昇腾 🚀";
        var terms = await house.ContractAsync(with: t => t with { Description = Nasty, DeviceModel = "@sum" });
        house.Time.StepTo(Start.AddHours(3));
        await house.RecordAsync(house.Reading(terms, 1, 1));
        var stream = new MemoryStream();
        await house.ActAsync<IExports, bool>(
            Customer(terms.CustomerId),
            async exports =>
            {
                await Ok(exports.Focus(new(Start.AddDays(-1), Start.AddDays(1)))).WriteAsync(stream, default);
                return true;
            }
        );
        Assert.NotEqual(0xEF, stream.ToArray()[0]);
        var row = CsvTable.Parse(stream.ToArray()).Rows[0];
        Assert.Equal("'" + Nasty, row["ChargeDescription"]);
        Assert.Equal("'@sum", row["x_AcceleratorModel"]);
        Assert.All(row.Values, v => Assert.False(v is ['=' or '+' or '@' or '\t' or '\r', ..], v));
    }

    [Fact]
    public void Numbers_and_times_do_not_follow_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            var csv = new CsvWriter();
            csv.Number(-1234567.890000m);
            csv.Number(0.000000000001m);
            csv.Number(null);
            csv.Time(new DateTimeOffset(2030, 1, 31, 1, 2, 3, TimeSpan.FromHours(8)));
            csv.Text("a\"b");
            csv.EndRow();
            Assert.Equal("-1234567.89,0.000000000001,,2030-01-30T17:02:03Z,\"a\"\"b\"\r\n", csv.Buffer.ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task No_id_of_a_moment_sorts_before_its_least_one()
    {
        await using var house = Over(db);
        string made = house.NewId("chg");
        bool[] sorted = await house.ActAsync<MarketplaceDbContext, bool[]>(
            Platform.Parties.Actor.System,
            async context =>
                [
                    .. await context
                        .Database.SqlQuery<bool>(
                            $"select unnest(array[{made} > {IdFactory.Least("chg", house.Now)}, {made} > {IdFactory.Least("chg", house.Now.AddMilliseconds(1))}]) as \"Value\""
                        )
                        .ToListAsync(),
                ]
        );
        Assert.Equal([true, false], sorted);
    }

    /// <summary>Counts rows as they leave; refuses what Kestrel refuses.</summary>
    private sealed class CountingStream(Func<int, Task>? onWrite = null) : Stream
    {
        public List<int> RowsPerWrite { get; } = [];
        public int Flushes { get; private set; }
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            RowsPerWrite.Add(buffer.Span.Count((byte)'\n'));
            if (onWrite is not null)
                await onWrite(RowsPerWrite.Count);
        }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Flushes++;
            return Task.CompletedTask;
        }

        public override void Flush() => throw new NotSupportedException("synchronous");

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("synchronous");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
