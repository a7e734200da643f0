using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Sealing;

/// <summary>One step along the chain, decided from values: is this block right, and is what it sealed still there?</summary>
internal static class SealWalk
{
    /// <param name="number">The number that comes next.</param>
    /// <param name="previousHash">The hash of the block before.</param>
    /// <param name="block">The next block there is.</param>
    /// <param name="journals">The journals from behind the block before to the block's own end, in order.</param>
    /// <returns>null when all is as it was sealed.</returns>
    public static SealBreak? Check(long number, byte[] previousHash, SealBlock block, IReadOnlyList<JournalHash> journals)
    {
        // A block that is gone leaves its journals in front of the next one's.
        if (block.Number != number)
            return new SealBreak(SealBreakKind.BlockMissing, number, journals.Count > 0 ? journals[0].Id : null);
        SealBreak? journal = FirstDifference(block, journals);
        bool changed = !block.PreviousHash.AsSpan().SequenceEqual(previousHash) || !block.Hash.AsSpan().SequenceEqual(block.ContentHash());
        return changed ? new SealBreak(SealBreakKind.BlockChanged, number, journal?.JournalId ?? block.JournalIds[0]) : journal;
    }

    private static SealBreak? FirstDifference(SealBlock block, IReadOnlyList<JournalHash> journals)
    {
        for (int i = 0; i < Math.Max(block.JournalIds.Count, journals.Count); i++)
        {
            string? wasSealed = i < block.JournalIds.Count ? block.JournalIds[i] : null;
            JournalHash? now = i < journals.Count ? journals[i] : null;
            if (wasSealed is not null && now?.Id == wasSealed)
            {
                if (!now.Hash.AsSpan().SequenceEqual(block.JournalHashes[i]))
                    return new SealBreak(SealBreakKind.JournalChanged, block.Number, wasSealed);
            }
            else if (now is not null && !block.JournalIds.Contains(now.Id, StringComparer.Ordinal))
                return new SealBreak(SealBreakKind.JournalAdded, block.Number, now.Id);
            else
                return new SealBreak(SealBreakKind.JournalMissing, block.Number, wasSealed ?? now?.Id);
        }
        return null;
    }
}
