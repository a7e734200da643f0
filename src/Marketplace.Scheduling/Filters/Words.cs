using System.Runtime.Intrinsics;

namespace Marketplace.Scheduling.Filters;

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
