using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Marketplace.Billing.Tests.Invoicing;

/// <summary>
/// What a reader of a PDF can select: the text of each page by the file's own fonts, literal strings as WinAnsi, glyph numbers by the font's
/// ToUnicode map (ISO 32000-1, 9.10). Knows no more of the format than our documents use.
/// </summary>
internal static partial class PdfTextReader
{
    public static IReadOnlyList<string> Pages(byte[] pdf)
    {
        string file = Encoding.Latin1.GetString(pdf);
        Dictionary<string, string> objects = Object()
            .Matches(file)
            .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value, StringComparer.Ordinal);
        var pages = new List<string>();
        foreach (string page in objects.Values.Where(o => o.Contains("/Type/Page/", StringComparison.Ordinal)))
        {
            Dictionary<string, Dictionary<int, string>?> fonts = FontName()
                .Matches(page)
                .ToDictionary(m => m.Groups[1].Value, m => MapOf(objects[m.Groups[2].Value], objects), StringComparer.Ordinal);
            var text = new StringBuilder();
            string contents = Contents().Match(page).Groups[1].Value;
            foreach (Match content in Reference().Matches(contents))
                Read(Inflate(objects[content.Groups[1].Value]), fonts, text);
            pages.Add(text.ToString());
        }
        return pages;
    }

    private static void Read(string content, Dictionary<string, Dictionary<int, string>?> fonts, StringBuilder text)
    {
        Dictionary<int, string>? font = null;
        foreach (Match token in Token().Matches(content))
        {
            if (token.Groups["font"].Success)
                font = fonts[token.Groups["font"].Value];
            else if (token.Groups["hex"].Success)
                text.Append(Glyphs(token.Groups["hex"].Value, font!)).Append('\n');
            else
                text.Append(Escape().Replace(token.Groups["text"].Value, "$1")).Append('\n');
        }
    }

    private static string Glyphs(string hex, Dictionary<int, string> map) =>
        string.Concat(hex.Chunk(4).Select(g => map[int.Parse(g, NumberStyles.HexNumber, CultureInfo.InvariantCulture)]));

    private static Dictionary<int, string>? MapOf(string font, Dictionary<string, string> objects)
    {
        Match map = ToUnicode().Match(font);
        if (!map.Success)
            return null;
        var glyphs = new Dictionary<int, string>();
        foreach (Match range in Range().Matches(Inflate(objects[map.Groups[1].Value])))
        {
            int Hex(int group) => int.Parse(range.Groups[group].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (int glyph = Hex(1); glyph <= Hex(2); glyph++)
                glyphs[glyph] = char.ConvertFromUtf32(Hex(3) + glyph - Hex(1));
        }
        return glyphs;
    }

    private static string Inflate(string of)
    {
        int start = of.IndexOf("stream", StringComparison.Ordinal) + "stream".Length;
        start += of[start] == '\r' ? 2 : 1;
        byte[] packed = Encoding.Latin1.GetBytes(of[start..of.LastIndexOf("endstream", StringComparison.Ordinal)]);
        using var unpacked = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?<=[\r\n])(\d+) 0 obj\s*(.*?)\s*endobj", RegexOptions.Singleline, 10_000)]
    private static partial Regex Object();

    [GeneratedRegex(@"/(F\d+) (\d+) 0 R", RegexOptions.None, 10_000)]
    private static partial Regex FontName();

    [GeneratedRegex(@"/Contents\s?\[?([^\]/]*)", RegexOptions.None, 10_000)]
    private static partial Regex Contents();

    [GeneratedRegex(@"(\d+) 0 R", RegexOptions.None, 10_000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"/ToUnicode (\d+) 0 R", RegexOptions.None, 10_000)]
    private static partial Regex ToUnicode();

    [GeneratedRegex(@"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>", RegexOptions.None, 10_000)]
    private static partial Regex Range();

    [GeneratedRegex(
        @"/(?<font>F\d+) [\d.]+ Tf|<(?<hex>[0-9A-Fa-f]+)>\s*Tj|\((?<text>(?:\\.|[^\\)])*)\)\s*Tj",
        RegexOptions.Singleline,
        10_000
    )]
    private static partial Regex Token();

    [GeneratedRegex(@"\\(.)", RegexOptions.Singleline, 10_000)]
    private static partial Regex Escape();
}
