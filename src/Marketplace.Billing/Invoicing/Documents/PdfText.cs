using System.Text;
using PdfSharp.Drawing;
using PdfSharp.Fonts;

namespace Marketplace.Billing.Invoicing.Documents;

/// <param name="Size">Points.</param>
internal readonly record struct TextStyle(double Size, bool Bold = false)
{
    public double Leading => Size * 1.38;
}

/// <summary>Measures, breaks and draws text that may mix Latin and Chinese: each run in the font that has its letters.</summary>
internal sealed class PdfText(PaperFonts fonts)
{
    static PdfText() => GlobalFontSettings.FontResolver ??= new PaperFonts.Resolver();

    private readonly XGraphics measure = XGraphics.CreateMeasureContext(new XSize(595, 842), XGraphicsUnit.Point, XPageDirection.Downwards);
    private readonly Dictionary<(TextStyle, bool), XFont> made = [];

    public double Measure(string text, TextStyle style) => Runs(text).Sum(r => measure.MeasureString(r.Text, Font(style, r.Chinese)).Width);

    public void Draw(XGraphics graphics, string text, TextStyle style, XBrush brush, double x, double baseline)
    {
        foreach (var (run, chinese) in Runs(text))
        {
            XFont font = Font(style, chinese);
            graphics.DrawString(run, font, brush, x, baseline);
            x += measure.MeasureString(run, font).Width;
        }
    }

    public void DrawRight(XGraphics graphics, string text, TextStyle style, XBrush brush, double right, double baseline) =>
        Draw(graphics, text, style, brush, right - Measure(text, style), baseline);

    /// <summary>Lines no wider than the width: broken at spaces, between Chinese characters, and inside what is too long for a line.</summary>
    /// <returns>At least one line, which may be empty.</returns>
    public IReadOnlyList<string> Wrap(string text, TextStyle style, double width)
    {
        if (Measure(text, style) <= width)
            return [text];
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (string piece in Pieces(text).SelectMany(p => Cut(p, style, width)))
        {
            if (line.Length > 0 && Measure(line + piece.TrimEnd(), style) > width)
            {
                lines.Add(line.ToString().TrimEnd());
                line.Clear();
            }
            line.Append(piece);
        }
        lines.Add(line.ToString().TrimEnd());
        return lines;
    }

    // A word with the space behind it, or one Chinese character.
    private static IEnumerable<string> Pieces(string text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool ends = i + 1 == text.Length || text[i] == ' ' || IsChinese(text[i]) || IsChinese(text[i + 1]);
            if (!ends)
                continue;
            yield return text[start..(i + 1)];
            start = i + 1;
        }
    }

    private IEnumerable<string> Cut(string piece, TextStyle style, double width)
    {
        while (piece.Length > 1 && Measure(piece.TrimEnd(), style) > width)
        {
            int length = piece.Length - 1;
            while (length > 1 && Measure(piece[..length], style) > width)
                length--;
            yield return piece[..length];
            piece = piece[length..];
        }
        yield return piece;
    }

    private static IEnumerable<(string Text, bool Chinese)> Runs(string text)
    {
        int start = 0;
        for (int i = 1; i <= text.Length; i++)
        {
            if (i < text.Length && IsChinese(text[i]) == IsChinese(text[start]))
                continue;
            yield return (text[start..i], IsChinese(text[start]));
            start = i;
        }
    }

    // From the CJK radicals on, with the punctuation and the full-width forms that Chinese text has.
    private static bool IsChinese(char c) => c >= '\u2e80';

    private XFont Font(TextStyle style, bool chinese)
    {
        if (made.TryGetValue((style, chinese), out XFont? font))
            return font;
        string file =
            chinese ? fonts.Chinese
            : style.Bold ? fonts.LatinBold
            : fonts.Latin;
        // The Chinese font has one weight: its bold is drawn.
        font = new XFont(file, style.Size, chinese && style.Bold ? XFontStyleEx.Bold : XFontStyleEx.Regular);
        made.Add((style, chinese), font);
        return font;
    }
}
