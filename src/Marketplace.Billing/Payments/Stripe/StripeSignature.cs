using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// Checks the header <c>Stripe-Signature</c>: <c>t=…,v1=…[,v1=…]</c>, each v1 an HMAC-SHA256 over <c>t.payload</c> of the raw body. Source: Stripe's
/// documentation of webhook signatures.
/// </summary>
internal static class StripeSignature
{
    /// <summary>How far the signed moment may be from now, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    /// <summary>Whether one of the signatures was made with one of the secrets, not too long ago. Compared in constant time.</summary>
    /// <param name="secrets">One, or two separated by a comma.</param>
    public static bool Check(string? header, ReadOnlySpan<byte> body, string secrets, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(header))
            return false;
        string? stamp = null;
        var given = new List<byte[]>();
        foreach (string part in header.Split(','))
        {
            string[] pair = part.Trim().Split('=', 2);
            if (pair is ["t", var t])
                stamp = t;
            else if (pair is ["v1", { Length: 64 } hex] && hex.All(char.IsAsciiHexDigit))
                given.Add(Convert.FromHexString(hex));
        }
        if (
            !long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds
        )
            return false;
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{stamp}."), .. body];
        bool right = false;
        foreach (string secret in secrets.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            byte[] expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
            foreach (byte[] one in given)
                right |= CryptographicOperations.FixedTimeEquals(expected, one);
        }
        return right;
    }
}
