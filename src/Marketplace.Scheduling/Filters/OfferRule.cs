using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

/// <summary>Offers with one of some values of an attribute; or with none of them.</summary>
internal sealed class ValueRule : OfferRule
{
    private readonly List<ulong[]> sets = [];
    private readonly List<int[]> lists = [];
    private readonly bool none;
    private int total;

    /// <param name="attribute">The attribute, when it is not called as the rule.</param>
    /// <param name="none">True for the offers with none of the values.</param>
    /// <param name="orProcessors">True when offers of processors satisfy it whatever they have.</param>
    public ValueRule(
        OfferIndex index,
        string code,
        IEnumerable<string> values,
        Func<IReadOnlyDictionary<string, string>> args,
        string? attribute = null,
        bool none = false,
        bool orProcessors = false
    )
        : base(index, code, args)
    {
        this.none = none;
        foreach (var value in values)
        {
            Collect(attribute ?? code, value);
        }

        if (orProcessors)
        {
            Collect(RuleCodes.DeviceModel, "");
        }
    }

    public override bool IsExact => lists.Count == 0;

    // Values of one attribute may be shared by an offer, so several sets have to be counted.
    protected override int? KnownCount =>
        sets.Count + lists.Count == 1 && !none ? total
        : sets.Count > 0 ? null
        : none ? Index.All.Length - Listed().Length
        : Listed().Length;

    public override int[]? Few =>
        none || sets.Count > 0 ? null
        : lists.Count == 1 ? lists[0]
        : Listed();

    public override bool Has(int offer) =>
        none != (sets.Exists(set => InSet(set, offer)) || lists.Exists(list => list.BinarySearch(offer)));

    public override void And(Span<ulong> words, int firstBlock)
    {
        // Who is in a list cannot be seen here; the superset is everybody.
        if (lists.Count > 0 && !none)
        {
            return;
        }

        if (sets.Count == 1 && !none)
        {
            Words.And(words, sets[0].AsSpan(firstBlock, words.Length));
            return;
        }

        for (var i = 0; i < words.Length; i++)
        {
            ulong any = 0;
            foreach (var set in CollectionsMarshal.AsSpan(sets))
            {
                any |= set[firstBlock + i];
            }

            words[i] &= none ? ~any : any;
        }
    }

    public override void Narrow(Bitset left)
    {
        if (lists.Count == 0)
        {
            And(left.Words, 0);
            return;
        }

        var named = new Bitset(left.Length);
        foreach (var set in sets)
        {
            Words.Or(named.Words, set);
        }

        foreach (var offer in Listed())
        {
            named.Add(offer);
        }

        if (none)
        {
            left.AndNot(named);
        }
        else
        {
            left.And(named);
        }
    }

    private int[] Listed() => [.. lists.SelectMany(list => list).Distinct().Order()];

    private static bool InSet(ulong[] set, int offer) => (set[offer >> 6] & (1UL << (offer & 63))) != 0;

    private void Collect(string attribute, string value)
    {
        switch (Index.With(attribute, value))
        {
            case OfferSet set:
                sets.Add(set.Words);
                total += set.Count;
                break;
            case int[] list:
                lists.Add(list);
                total += list.Length;
                break;
        }
    }
}

/// <summary>Offers up to a price per card and hour.</summary>
internal sealed class PriceRule(OfferIndex index, long most, Func<IReadOnlyDictionary<string, string>> args)
    : OfferRule(index, RuleCodes.Price, args)
{
    protected override int? KnownCount => Index.CountUpTo(most);

    public override bool Has(int offer) => Index.Price[offer] <= most;

    public override void And(Span<ulong> words, int firstBlock)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] != 0)
            {
                words[i] &= Words.AtMost(Index.Price, (firstBlock + i) * OfferBlocks.Size, most);
            }
        }
    }
}

/// <summary>Offers of rows in some ranges: those of the models that a role's variants can run on.</summary>
internal sealed class RangeRule(
    OfferIndex index,
    string code,
    IReadOnlyList<(int From, int To)> ranges,
    Func<IReadOnlyDictionary<string, string>> args
) : OfferRule(index, code, args)
{
    protected override int? KnownCount => ranges.Sum(range => range.To - range.From);

    public override bool Has(int offer) => ranges.Any(range => offer >= range.From && offer < range.To);

    public override void And(Span<ulong> words, int firstBlock)
    {
        for (var i = 0; i < words.Length; i++)
        {
            ulong any = 0;
            foreach (var (from, to) in ranges)
            {
                any |= Words.InRange(firstBlock + i, from, to);
            }

            words[i] &= any;
        }
    }
}

/// <summary>Sets of offers as words of 64.</summary>
internal static class Words
{
    public static void And(Span<ulong> words, ReadOnlySpan<ulong> other)
    {
        var i = 0;
        for (; i <= words.Length - Vector256<ulong>.Count; i += Vector256<ulong>.Count)
        {
            (Vector256.Create<ulong>(words[i..]) & Vector256.Create(other[i..])).CopyTo(words[i..]);
        }

        for (; i < words.Length; i++)
        {
            words[i] &= other[i];
        }
    }

    public static void Or(Span<ulong> words, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < words.Length; i++)
        {
            words[i] |= other[i];
        }
    }

    /// <summary>Which of the 64 rows of a block lie in a range.</summary>
    public static ulong InRange(int block, int from, int to)
    {
        int first = Math.Clamp(from - (block * 64), 0, 64),
            end = Math.Clamp(to - (block * 64), 0, 64);
        return end <= first ? 0 : (ulong.MaxValue << first) & (ulong.MaxValue >> (64 - end));
    }

    /// <summary>Which of up to 64 values from a position on are at most a bound.</summary>
    public static ulong AtMost(long[] values, int from, long most)
    {
        ulong word = 0;
        var count = Math.Min(64, values.Length - from);
        var i = 0;
        for (var bound = Vector256.Create(most); i <= count - 4; i += 4)
        {
            word |= (ulong)Vector256.LessThanOrEqual(Vector256.Create(values, from + i), bound).ExtractMostSignificantBits() << i;
        }

        for (; i < count; i++)
        {
            word |= values[from + i] <= most ? 1UL << i : 0;
        }

        return word;
    }

    public static bool BinarySearch(this int[] ascending, int value) => Array.BinarySearch(ascending, value) >= 0;
}
