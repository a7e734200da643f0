using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Sealing;

/// <summary>
/// Seals journals into the hash chain and walks it (ADR 0055). Sealing runs beside the postings and takes nothing from them; the walk reads
/// every journal, so a job does it and its report is kept.
/// </summary>
internal sealed class SealChain(MarketplaceDbContext db, SealReader reader, ActorContext actor, IChangeFeed changes, TimeProvider time)
{
    /// <summary>Journals of one block: a block's row stays below 100 KB.</summary>
    private const int PerBlock = 1000;
    private static readonly JsonSerializerOptions Stored = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Seals what can be sealed now, block after block.</summary>
    /// <returns>Journals sealed.</returns>
    public async Task<int> SealAsync(CancellationToken ct)
    {
        int all = 0;
        while (await db.InTransactionAsync(SealBlockAsync, ct) is > 0 and var journals)
            all += journals;
        return all;
    }

    private async Task<int> SealBlockAsync(CancellationToken ct)
    {
        var blocks = await db.ReadAsync("select sealed_journals from billing.seal_journals($1)", r => r.GetInt32(0), ct, PerBlock);
        if (blocks.Count > 0)
            changes.Announce(BooksCheck.Topic);
        return blocks.SingleOrDefault();
    }

    /// <summary>Walks the chain and keeps the report.</summary>
    /// <returns>1: one report.</returns>
    public async Task<int> ReportAsync(CancellationToken ct)
    {
        SealReport report = await VerifyAsync(ct);
        string json = JsonSerializer.Serialize(report, Stored);
        return await db.InTransactionAsync(
            async token =>
            {
                await db.Database.ExecuteSqlAsync(
                    $"""
                    insert into billing.seal_report (only_row, verified_at, report) values (true, {report.At}, {json}::jsonb)
                    on conflict (only_row) do update set verified_at = excluded.verified_at, report = excluded.report
                    where billing.seal_report.verified_at <= excluded.verified_at
                    """,
                    token
                );
                changes.Announce(BooksCheck.Topic);
                return 1;
            },
            ct
        );
    }

    /// <summary>Walks the whole chain and stops at the first thing that is not as it was sealed.</summary>
    /// <exception cref="InvalidOperationException">The actor sees one party only.</exception>
    public async Task<SealReport> VerifyAsync(CancellationToken ct)
    {
        SealReport? last = await LastAsync(ct);
        var head = await reader.HeadAsync(ct);
        var walked = (Number: 0L, Hash: SealBlock.NoHash, Place: SealPlace.Start, Journals: 0L);
        SealBreak? found = null;
        // Blocks that are sealed meanwhile are left to the next walk.
        while (found is null && walked.Number < head.Blocks)
        {
            SealBlock block =
                await reader.NextAsync(walked.Number, ct) ?? throw new InvalidOperationException("The chain has become shorter meanwhile.");
            var journals = await reader.JournalsAsync(walked.Place, block.Last, ct);
            found = SealWalk.Check(walked.Number + 1, walked.Hash, block, journals) ?? Known(block, last);
            if (found is null)
                walked = (block.Number, block.Hash, block.Last, walked.Journals + journals.Count);
        }
        found ??= await EndAsync(walked.Number, walked.Hash, walked.Place, head.Number, head.Hash, last, ct);
        bool further = found is null && walked.Number >= (last?.FurthestBlock ?? 0);
        return new SealReport(
            time.GetUtcNow(),
            walked.Number,
            walked.Journals,
            found,
            further ? walked.Number : last?.FurthestBlock ?? 0,
            further ? Convert.ToHexStringLower(walked.Hash) : last?.FurthestHash ?? ""
        );
    }

    /// <summary>Where the chain stands, with the last report.</summary>
    /// <exception cref="InvalidOperationException">The actor sees one party only.</exception>
    public async Task<SealStanding> StandingAsync(CancellationToken ct)
    {
        SealReport? last = await LastAsync(ct);
        var head = await reader.HeadAsync(ct);
        var end = await reader.EndAsync(ct);
        return new SealStanding(head.Number, Convert.ToHexStringLower(head.Hash), end.SealedAt, end.Unsealed, last);
    }

    // A chain that was made anew from changed journals is right in itself, but not the one that was verified before.
    private static SealBreak? Known(SealBlock block, SealReport? last) =>
        last is not null && last.FurthestBlock == block.Number && last.FurthestHash != Convert.ToHexStringLower(block.Hash)
            ? new SealBreak(SealBreakKind.BlockChanged, block.Number, block.JournalIds[0])
            : null;

    private async Task<SealBreak?> EndAsync(
        long number,
        byte[] hash,
        SealPlace place,
        long headNumber,
        byte[] headHash,
        SealReport? last,
        CancellationToken ct
    )
    {
        if (number < Math.Max(headNumber, last?.FurthestBlock ?? 0))
            return new SealBreak(SealBreakKind.BlockMissing, number + 1, await reader.FirstBehindAsync(place, ct));
        return number > headNumber || !hash.AsSpan().SequenceEqual(headHash)
            ? new SealBreak(SealBreakKind.BlockChanged, number, place.JournalId)
            : null;
    }

    private async Task<SealReport?> LastAsync(CancellationToken ct)
    {
        if (!actor.Current.SeesAll)
            throw new InvalidOperationException("Only the system and the network desk read the seal chain.");
        var rows = await db.ReadAsync("select report::text from billing.seal_report", r => r.GetString(0), ct);
        return rows.Count == 0 ? null : JsonSerializer.Deserialize<SealReport>(rows[0], Stored);
    }
}
