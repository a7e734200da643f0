using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

/// <summary>Files for the bank. A payout is in one file at most, so that two downloads are never two payments.</summary>
internal sealed class PayoutFiles(
    MarketplaceDbContext db,
    ActorContext actor,
    Destinations destinations,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<PayoutOptions> options,
    TimeProvider time
)
{
    private const int MostPerFile = 1_000;
    private const int Shown = 50;

    public async Task<Outcome<PayoutFileView>> MakeAsync(Currency currency, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        return await db.InTransactionAsync(t => CollectAsync(currency, idempotencyKey, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<PayoutFileView>> CollectAsync(Currency currency, string idempotencyKey, CancellationToken ct)
    {
        await db.TakeTurnAsync("payout-file", ct);
        var there = await db.Set<PayoutFileRow>().AsNoTracking().SingleOrDefaultAsync(f => f.IdempotencyKey == idempotencyKey, ct);
        if (there is not null)
        {
            return there.Currency == currency.Code ? View(there) : Problem.KeyReused();
        }
        var payouts = await db.Set<PayoutRow>()
            .FromSql(
                $"""
                select * from billing.payout
                where state = 'Submitted' and provider = {BankTransferProvider.ProviderName} and currency = {currency.Code} and file_id is null
                order by id limit {MostPerFile}
                for no key update
                """
            )
            .AsTracking()
            .ToListAsync(ct);
        if (payouts.Count == 0)
            return Problem.Conflict("nothing-to-pay", $"No payout in {currency} waits for the bank.");
        DateTimeOffset now = time.GetUtcNow();
        var file = new PayoutFileRow
        {
            Id = ids.New(IdPrefix.PayoutFile),
            Currency = currency.Code,
            Payouts = payouts.Count,
            Total = payouts.Aggregate(0L, (sum, p) => checked(sum + p.Amount)),
            IdempotencyKey = idempotencyKey,
            CreatedBy = PayoutStore.Who(actor.Current),
            CreatedAt = now,
        };
        db.Add(file);
        await db.SaveChangesAsync(ct);
        foreach (PayoutRow payout in payouts)
            (payout.FileId, payout.UpdatedAt) = (file.Id, now);
        db.Audit("payout.file-made", "payout file", file.Id, $"{file.Payouts}: {new Money(file.Total, currency)}");
        changes.Announce(PayoutStore.Topic);
        return View(file);
    }

    public async Task<Outcome<IReadOnlyList<PayoutFileView>>> ListAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        var files = await db.Set<PayoutFileRow>().AsNoTracking().OrderByDescending(f => f.Id).Take(Shown).ToListAsync(ct);
        return Outcome<IReadOnlyList<PayoutFileView>>.Ok([.. files.Select(View)]);
    }

    /// <summary>The account numbers leave the product here, so each download is audited.</summary>
    public async Task<Outcome<FileDownload>> DownloadAsync(string fileId, string format, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (format is not ("csv" or "pain.001"))
            return Problem.Invalid("?format", $"There is no format '{format}'.", "Use csv or pain.001.");
        PayoutOptions set = options.Value;
        if (format == "pain.001" && !set.HasDebtor)
            return Problem.Conflict(
                "payout-debtor-missing",
                "The account the network pays from is not set. Set Billing:PayoutDebtorName, PayoutDebtorAccount and PayoutDebtorBankCode, or use csv."
            );
        if (await db.Set<PayoutFileRow>().AsNoTracking().SingleOrDefaultAsync(f => f.Id == fileId, ct) is not { } file)
            return Problem.NotFound("payout file", fileId);
        var rows = await (
            from p in db.Set<PayoutRow>().AsNoTracking()
            join d in db.Set<PayoutDestinationRow>().AsNoTracking() on p.DestinationId equals d.Id
            where p.FileId == fileId
            orderby p.Id
            select new { Payout = p, Destination = d }
        ).ToListAsync(ct);
        List<Transfer> transfers =
        [
            .. rows.Select(r => new Transfer(r.Payout.Id, destinations.Open(r.Destination), PayoutStore.AmountOf(r.Payout))),
        ];
        await db.InTransactionAsync(
            _ =>
            {
                db.Audit("payout.file-downloaded", "payout file", file.Id, format);
                return Task.FromResult(0);
            },
            ct
        );
        byte[] content =
            format == "csv"
                ? PaymentFile.ToCsv(transfers)
                : PaymentFile.ToPain001(
                    file.Id,
                    file.CreatedAt,
                    new Debtor(set.PayoutDebtorName, set.PayoutDebtorAccount, set.PayoutDebtorBankCode),
                    transfers
                );
        return new FileDownload(
            format == "csv" ? $"{file.Id}.csv" : $"{file.Id}.xml",
            format == "csv" ? "text/csv; charset=utf-8" : "application/xml; charset=utf-8",
            (stream, token) => stream.WriteAsync(content, token).AsTask()
        );
    }

    private static PayoutFileView View(PayoutFileRow row)
    {
        Currency currency = Currency.Parse(row.Currency);
        return new PayoutFileView(row.Id, currency, row.Payouts, new Money(row.Total, currency), row.CreatedAt);
    }
}
