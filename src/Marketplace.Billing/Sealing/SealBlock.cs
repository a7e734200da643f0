namespace Marketplace.Billing.Sealing;

/// <summary>A place in the order of sealing: by transaction number, then by id in byte order.</summary>
internal readonly record struct SealPlace(long Xid, string JournalId)
{
    public static readonly SealPlace Start = new(0, "");
}

/// <summary>A block as it is stored.</summary>
/// <param name="Last">The place of its last journal; its first comes right behind the block before it.</param>
internal sealed record SealBlock(
    long Number,
    SealPlace Last,
    IReadOnlyList<string> JournalIds,
    IReadOnlyList<byte[]> JournalHashes,
    byte[] PreviousHash,
    byte[] Hash,
    DateTimeOffset SealedAt
)
{
    /// <summary>What <c>previous_hash</c> of the first block is: 32 zeros.</summary>
    public static readonly byte[] NoHash = new byte[32];

    /// <summary>The hash its own row should have.</summary>
    public byte[] ContentHash()
    {
        SealContent content = new SealContent().Add(Number).Add(Last.Xid).Add(Last.JournalId).Add(SealedAt).Add(PreviousHash);
        for (int i = 0; i < JournalIds.Count; i++)
            content.Add(JournalIds[i]).Add(JournalHashes[i]);
        return content.Hash();
    }
}

/// <summary>A journal as it is now, hashed with its legs.</summary>
internal sealed record JournalHash(string Id, byte[] Hash);
