using System.Numerics;

namespace Marketplace.Scheduling.Filters;

/// <summary>A fixed-length set of small integers; intersecting two sets of 10,000 takes 157 word operations.</summary>
internal sealed class Bitset(int length)
{
    private readonly ulong[] words = new ulong[(length + 63) / 64];

    public int Length { get; } = length;

    public Span<ulong> Words => words;

    public static Bitset Full(int length)
    {
        var all = new Bitset(length);
        Array.Fill(all.words, ulong.MaxValue);
        if (length % 64 != 0)
        {
            all.words[^1] = (1UL << (length % 64)) - 1;
        }

        return all;
    }

    public Bitset Copy()
    {
        var copy = new Bitset(Length);
        words.CopyTo(copy.words, 0);
        return copy;
    }

    public bool this[int index] => (words[index >> 6] & (1UL << (index & 63))) != 0;

    public void Add(int index) => words[index >> 6] |= 1UL << (index & 63);

    public void Remove(int index) => words[index >> 6] &= ~(1UL << (index & 63));

    public void And(Bitset other)
    {
        Filters.Words.And(words, other.words);
    }

    public void AndNot(Bitset other)
    {
        for (var i = 0; i < words.Length; i++)
        {
            words[i] &= ~other.words[i];
        }
    }

    public void Or(Bitset other)
    {
        for (var i = 0; i < words.Length; i++)
        {
            words[i] |= other.words[i];
        }
    }

    public bool IsEmpty => !words.AsSpan().ContainsAnyExcept(0UL);

    public int Count()
    {
        var count = 0;
        foreach (var word in words)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>The members in ascending order.</summary>
    public Enumerator GetEnumerator() => new(words);

    internal struct Enumerator(ulong[] words)
    {
        private int word = -1;
        private ulong rest;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (rest == 0)
            {
                if (++word == words.Length)
                {
                    return false;
                }

                rest = words[word];
            }

            Current = (word << 6) + BitOperations.TrailingZeroCount(rest);
            rest &= rest - 1;
            return true;
        }
    }
}
