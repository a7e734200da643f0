using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Billing.Credits;

/// <summary>Codes that are given away: 80 random bits in Crockford's base 32, which has no letters that are taken for digits.</summary>
internal static class VoucherCode
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 16;
    private const int Group = 4;

    /// <returns>Four groups of four, such as <c>7K2M-0QXA-…</c>.</returns>
    public static string New() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, Length).Chunk(Group).Select(group => new string(group)));

    /// <summary>SHA-256 of the code as it was meant: spaces, hyphens and the size of letters do not count, O is 0, I and L are 1.</summary>
    public static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(Normalize(code)));

    private static string Normalize(string code) =>
        string.Concat(
            code.Where(char.IsAsciiLetterOrDigit)
                .Select(c =>
                    char.ToUpperInvariant(c) switch
                    {
                        'O' => '0',
                        'I' or 'L' => '1',
                        char other => other,
                    }
                )
        );
}
