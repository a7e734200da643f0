using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>
/// Replaces what the PDF library draws by lot (the file's id, the tags of embedded fonts, the ids in the metadata) by what follows from the
/// content, so that the same document is the same bytes. Lengths stay, and with them the offsets in the file's table.
/// </summary>
internal static partial class PdfStamp
{
    public static byte[] Fix(byte[] pdf)
    {
        // Latin-1 maps every byte to one character and back.
        string text = Encoding.Latin1.GetString(pdf);
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        text = FontTag().Replace(text, m => tags.TryGetValue(m.Value, out string? tag) ? tag : tags[m.Value] = Tag(tags.Count));
        text = Uuid().Replace(text, new string('0', 8) + "-0000-0000-0000-" + new string('0', 12));
        text = FileId().Replace(text, new string('0', 32));
        string id = Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes(text)))[..32];
        text = FileId().Replace(text, id);
        string uuid = new Guid(Convert.FromHexString(id)).ToString();
        return Encoding.Latin1.GetBytes(Uuid().Replace(text, uuid));
    }

    /// <summary>Six letters, as ISO 32000-1, 9.6.4 has them.</summary>
    private static string Tag(int number) =>
        string.Create(
            6,
            number,
            static (span, n) =>
            {
                for (int i = span.Length - 1; i >= 0; i--, n /= 26)
                    span[i] = (char)('A' + (n % 26));
            }
        );

    [GeneratedRegex(@"(?<=/(?:FontName|BaseFont)\s?/)[A-Z]{6}(?=\+)", RegexOptions.None, 10_000)]
    private static partial Regex FontTag();

    [GeneratedRegex("(?<=uuid:)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.None, 10_000)]
    private static partial Regex Uuid();

    [GeneratedRegex(@"(?<=/ID\s?\[<(?:[0-9A-F]{32}>\s?<)?)[0-9A-F]{32}(?=>)", RegexOptions.None, 10_000)]
    private static partial Regex FileId();
}
