namespace Marketplace.Billing.Contracts;

/// <summary>The block of the seal chain a journal is in.</summary>
/// <param name="Hash">SHA-256 of the block, in hexadecimal.</param>
public sealed record SealView(long Block, string Hash, DateTimeOffset SealedAt);

public enum SealBreakKind
{
    /// <summary>A sealed journal or one of its legs is not what was sealed.</summary>
    JournalChanged,

    /// <summary>A sealed journal is gone from its place.</summary>
    JournalMissing,

    /// <summary>A journal stands between sealed ones and was not sealed with them.</summary>
    JournalAdded,

    /// <summary>A block's own row is not what its hash says, or does not follow the block before it.</summary>
    BlockChanged,

    /// <summary>A block is gone, from the middle or from the end.</summary>
    BlockMissing,
}

/// <summary>The first place where the books are not what was sealed.</summary>
/// <param name="Block">The block's number.</param>
/// <param name="JournalId">The first journal that does not match; of a block that is gone, the first it held. null when none is left.</param>
public sealed record SealBreak(SealBreakKind Kind, long Block, string? JournalId);

/// <summary>What a walk along the whole chain found.</summary>
/// <param name="Blocks">Blocks that are right, from the first.</param>
/// <param name="Journals">Journals in them.</param>
/// <param name="FurthestBlock">The last block that was ever found right: a chain that has become shorter is missed by it.</param>
/// <param name="FurthestHash">That block's hash, in hexadecimal.</param>
public sealed record SealReport(DateTimeOffset At, long Blocks, long Journals, SealBreak? Break, long FurthestBlock, string FurthestHash)
{
    public bool Intact => Break is null;
}

/// <param name="Blocks">The last block's number; 0 before the first.</param>
/// <param name="Hash">The last block's hash, in hexadecimal. Kept elsewhere, it proves that the chain was not made anew.</param>
/// <param name="Unsealed">Journals that wait to be sealed.</param>
public sealed record SealStanding(long Blocks, string Hash, DateTimeOffset? SealedAt, long Unsealed, SealReport? LastVerification);
