using System.Security.Cryptography;

namespace Marketplace.Platform.Ids;

/// <summary>
/// The one source of identifiers: a prefix that names the kind, then a 26-character ULID (48 bits of milliseconds, 80 random
/// bits, Crockford base 32), so that ids sort by time. Source: the ULID specification.
/// </summary>
public sealed class IdFactory(TimeProvider time)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private readonly Lock gate = new();
    private long lastMillis;
    private UInt128 lastRandom;

    /// <summary>Makes a new id such as <c>ord_01K9ZT8Q2M…</c>. Strictly increasing inside one process.</summary>
    /// <param name="prefix">Two to five lower-case letters from <see cref="IdPrefix"/>.</param>
    public string New(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        long millis = time.GetUtcNow().ToUnixTimeMilliseconds();
        UInt128 random;
        lock (gate)
        {
            if (millis <= lastMillis)
            {
                // The clock stood still or stepped back: stay monotonic by counting up.
                millis = lastMillis;
                random = lastRandom + 1;
            }
            else
            {
                Span<byte> bytes = stackalloc byte[16];
                RandomNumberGenerator.Fill(bytes[6..]);
                random = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes) >> 1;
            }
            lastMillis = millis;
            lastRandom = random;
        }
        return string.Create(prefix.Length + 27, (prefix, millis, random), Write);
    }

    /// <summary>No id of this kind that was made at this moment or later sorts before this one.</summary>
    /// <remarks>Where to begin reading along the ids when only what is younger matters.</remarks>
    public static string Least(string prefix, DateTimeOffset at)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return string.Create(prefix.Length + 27, (prefix, Math.Max(0, at.ToUnixTimeMilliseconds()), UInt128.Zero), Write);
    }

    private static void Write(Span<char> target, (string Prefix, long Millis, UInt128 Random) id)
    {
        id.Prefix.CopyTo(target);
        target[id.Prefix.Length] = '_';
        Span<char> body = target[(id.Prefix.Length + 1)..];
        long millis = id.Millis;
        for (int i = 9; i >= 0; i--, millis >>= 5)
            body[i] = Alphabet[(int)(millis & 31)];
        UInt128 random = id.Random;
        for (int i = 25; i >= 10; i--, random >>= 5)
            body[i] = Alphabet[(int)(random & 31)];
    }
}
