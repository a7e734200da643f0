namespace Marketplace.Scheduling.Filters;

/// <summary>One rule of a request over the offers. Searching reads it word by word; the whole set is made only to explain.</summary>
internal abstract class OfferRule(OfferIndex index, string code, Func<IReadOnlyDictionary<string, string>> args)
{
    private Bitset? satisfying;
    private int count = -1;

    public string Code { get; } = code;

    public IReadOnlyDictionary<string, string> Args => args();

    /// <summary>The offers that satisfy it.</summary>
    public Bitset Satisfying => satisfying ??= ToSet();

    public int Count => count >= 0 ? count : count = KnownCount ?? Satisfying.Count();

    /// <summary>How many they are, when that is known without counting.</summary>
    protected virtual int? KnownCount => null;

    /// <summary>False when <see cref="And"/> may leave offers that only <see cref="Has"/> can tell apart.</summary>
    public virtual bool IsExact => true;

    /// <summary>The offers, ascending, when they are few and known; else null.</summary>
    public virtual int[]? Few => null;

    protected OfferIndex Index { get; } = index;

    /// <summary>Takes the offers that do not satisfy it out of a set.</summary>
    public virtual void Narrow(Bitset left) => And(left.Words, 0);

    /// <summary>Takes the offers that do not satisfy it out of these words, which begin with a block.</summary>
    public abstract void And(Span<ulong> words, int firstBlock);

    public abstract bool Has(int offer);

    private Bitset ToSet()
    {
        var all = Bitset.Full(Index.All.Length);
        Narrow(all);
        return all;
    }
}
