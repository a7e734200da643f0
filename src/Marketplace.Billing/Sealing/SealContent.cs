using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Billing.Sealing;

/// <summary>
/// What is hashed of a journal, its legs and a block: the same text as in <c>billing.journal_hash</c> and <c>billing.seal_journals</c>, made
/// here a second time on purpose. A verifier that asked the database's own functions would believe whoever changed them. Fields are
/// netstrings (D. J. Bernstein, 1997): length in bytes, colon, value, comma; null is <c>-,</c>.
/// </summary>
internal sealed class SealContent
{
    private readonly StringBuilder text = new();

    public SealContent Add(string? field)
    {
        if (field is null)
            text.Append("-,");
        else
            text.Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(field)}:{field},");
        return this;
    }

    public SealContent Add(long? field) => Add(field?.ToString(CultureInfo.InvariantCulture));

    public SealContent Add(byte[] field) => Add(Convert.ToHexStringLower(field));

    /// <summary>Microseconds since 1970, which is the database's own resolution.</summary>
    public SealContent Add(DateTimeOffset field) =>
        Add((field.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);

    public byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
}
