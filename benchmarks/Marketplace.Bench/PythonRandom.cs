namespace Marketplace.Bench;

/// <summary>
/// The generator behind Python's <c>random</c>, so that lists of jobs drawn by Python with a seed are the same here: the Mersenne Twister of
/// Matsumoto and Nishimura (1998), MT19937, seeded by its array method with one word.
/// </summary>
internal sealed class PythonRandom
{
    private const int Size = 624;
    private readonly uint[] state = new uint[Size];
    private int next = Size;

    public PythonRandom(uint seed)
    {
        state[0] = 19650218;
        for (int i = 1; i < Size; i++)
            state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + (uint)i;
        int at = 1;
        for (int k = 0; k < Size; k++)
        {
            state[at] = (state[at] ^ ((state[at - 1] ^ (state[at - 1] >> 30)) * 1664525u)) + seed;
            Step(ref at);
        }
        for (int k = 1; k < Size; k++)
        {
            state[at] = (state[at] ^ ((state[at - 1] ^ (state[at - 1] >> 30)) * 1566083941u)) - (uint)at;
            Step(ref at);
        }
        state[0] = 0x80000000;
    }

    /// <summary>0 to 1, 53 bits: <c>random()</c>.</summary>
    public double Unit() => ((Word() >> 5) * 67108864.0 + (Word() >> 6)) / 9007199254740992.0;

    /// <summary><c>uniform(from, to)</c>.</summary>
    public double Between(double from, double to) => from + (to - from) * Unit();

    /// <summary>The index that <c>choice</c> takes of so many.</summary>
    public int Below(int count)
    {
        int bits = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)count);
        while (true)
        {
            uint value = Word() >> (32 - bits);
            if (value < count)
                return (int)value;
        }
    }

    private void Step(ref int at)
    {
        if (++at < Size)
            return;
        state[0] = state[Size - 1];
        at = 1;
    }

    private uint Word()
    {
        if (next == Size)
        {
            for (int i = 0; i < Size; i++)
            {
                uint y = (state[i] & 0x80000000) | (state[(i + 1) % Size] & 0x7fffffff);
                state[i] = state[(i + 397) % Size] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0);
            }
            next = 0;
        }
        uint word = state[next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        return word ^ (word >> 18);
    }
}
