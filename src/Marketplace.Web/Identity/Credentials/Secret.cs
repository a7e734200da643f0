using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>
/// Random secrets of 256 bits. A plain SHA-256 is kept of them: salt and stretching protect what people choose, and these are not chosen.
/// </summary>
internal static class Secret
{
    public const int ShownCharacters = 6;

    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    public static bool Matches(string secret, byte[] hash) => CryptographicOperations.FixedTimeEquals(Hash(secret), hash);

    /// <summary>Enough of it to recognise, not to use.</summary>
    public static string Shown(string secret, string prefix) => secret[..(prefix.Length + ShownCharacters)];
}
