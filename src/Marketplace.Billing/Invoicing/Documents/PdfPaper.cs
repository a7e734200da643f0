using System.Globalization;
using Marketplace.Billing.Contracts;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>
/// Sets a paper on A4 pages: the head and the parties once, tables that flow over pages and repeat their head, sums that stay together. The
/// only place that knows the PDF library. Lengths are points.
/// </summary>
internal sealed class PdfPaper
{
    private const double Left = 48;
    private const double Top = 52;
    private const double Width = 595 - (2 * Left);
    private const double Bottom = 842 - 64;
    private const double Gap = 6;
    private static readonly Lock OneAtATime = new();
    private static readonly XPen Hair = new(XColor.FromArgb(0xd0, 0xd5, 0xdd), 0.6);
    private static readonly XPen Rule = new(XColor.FromArgb(0x34, 0x40, 0x54), 1);
    private static readonly XBrush Ink = new XSolidBrush(XColor.FromArgb(0x10, 0x18, 0x28));
    private static readonly XBrush Faint = new XSolidBrush(XColor.FromArgb(0x66, 0x70, 0x85));

    private readonly PdfDocument document = new();
    private readonly PdfText text;
    private readonly Paper paper;
    private XGraphics graphics = default!;
    private double y;

    private PdfPaper(Paper paper, PaperFonts fonts) => (this.paper, text) = (paper, new PdfText(fonts));

    /// <summary>The same paper gives the same bytes.</summary>
    public static byte[] Write(Paper paper, PaperFonts fonts)
    {
        // The library keeps fonts for the whole process.
        lock (OneAtATime)
            return new PdfPaper(paper, fonts).Write();
    }

    private byte[] Write()
    {
        document.Info.Title = $"{paper.Title} {paper.Number}".Trim();
        document.Info.CreationDate = paper.Date.UtcDateTime;
        document.Info.ModificationDate = paper.Date.UtcDateTime;
        Turn();
        Head();
        foreach (PaperTable table in paper.Tables)
            Table(table);
        Sums();
        Notes();
        graphics.Dispose();
        Feet();
        using var bytes = new MemoryStream();
        document.Save(bytes, closeStream: false);
        return PdfStamp.Fix(bytes.ToArray());
    }

    private void Turn()
    {
        graphics?.Dispose();
        PdfPage page = document.AddPage();
        page.Size = PdfSharp.PageSize.A4;
        graphics = XGraphics.FromPdfPage(page);
        y = Top;
    }

    private bool Fits(double height) => y + height <= Bottom;

    private void Head()
    {
        var title = new TextStyle(20, Bold: true);
        text.Draw(graphics, paper.Title, title, Ink, Left, y + 16);
        if (paper.Mark is { } mark)
            text.DrawRight(graphics, mark, new TextStyle(13, Bold: true), Faint, Left + Width, y + 14);
        y += 24;
        text.Draw(graphics, paper.Number, new TextStyle(11), Faint, Left, y + 11);
        y += 26;
        graphics.DrawLine(Rule, Left, y, Left + Width, y);
        y += 14;
        // Parties on the left two thirds, the facts beside them.
        double column = Width / 3;
        double bottom = y;
        foreach (var (i, party) in paper.Parties.Index())
            bottom = Math.Max(bottom, Party(party, Left + (i * column), column - 12, y));
        double factsY = y;
        double factsX = Left + (2 * column);
        foreach (PaperFact fact in paper.Facts)
            factsY = Fact(fact, factsX, column, factsY);
        y = Math.Max(bottom, factsY) + 12;
    }

    private double Party(PaperParty party, double x, double width, double from)
    {
        double at = from;
        void Line(string line, TextStyle style, XBrush brush)
        {
            foreach (string part in text.Wrap(line, style, width))
            {
                text.Draw(graphics, part, style, brush, x, at + style.Size);
                at += style.Leading;
            }
        }
        BilledParty who = party.Party;
        Line(party.Label, new TextStyle(8), Faint);
        Line(who.Name, new TextStyle(10, Bold: true), Ink);
        foreach (string line in who.Address.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Line(line, new TextStyle(9), Ink);
        if (who.TaxId.Length > 0)
            Line($"{paper.Words.TaxId}: {who.TaxId}", new TextStyle(9), Ink);
        return at;
    }

    private double Fact(PaperFact fact, double x, double width, double from)
    {
        var style = new TextStyle(9);
        double at = from;
        text.Draw(graphics, fact.Label, style, Faint, x, at + style.Size);
        double space = width - text.Measure(fact.Label, style) - Gap;
        foreach (string part in text.Wrap(fact.Value, style, space))
        {
            text.DrawRight(graphics, part, style, Ink, x + width, at + style.Size);
            at += style.Leading;
        }
        return at + 1;
    }

    private void Table(PaperTable table)
    {
        if (table.Rows.Count == 0)
            return;
        var columns = PdfColumn.Of(table.Columns, Left, Width);
        double firstRow = RowHeight(columns, table.Rows[0]);
        double head = RowHeight(columns, [.. table.Columns.Select(c => c.Title)]);
        if (!Fits((table.Title is null ? 0 : 24) + head + firstRow))
            Turn();
        if (table.Title is { } title)
        {
            text.Draw(graphics, title, new TextStyle(10, Bold: true), Ink, Left, y + 12);
            y += 20;
        }
        TableHead(table, columns, head);
        foreach (var row in table.Rows)
        {
            double height = RowHeight(columns, row);
            if (!Fits(height))
            {
                Turn();
                TableHead(table, columns, head);
            }
            Row(columns, row, PdfColumn.Cell, Ink);
            y += height;
            graphics.DrawLine(Hair, Left, y, Left + Width, y);
        }
        y += 14;
    }

    private void TableHead(PaperTable table, IReadOnlyList<PdfColumn> columns, double height)
    {
        Row(columns, [.. table.Columns.Select(c => c.Title)], PdfColumn.Head, Faint);
        y += height;
        graphics.DrawLine(Rule, Left, y, Left + Width, y);
    }

    private void Row(IReadOnlyList<PdfColumn> columns, IReadOnlyList<string> cells, TextStyle style, XBrush brush)
    {
        for (int i = 0; i < columns.Count; i++)
        {
            double at = y + 3;
            // A cell's further lines say more about its first.
            foreach (var (n, paragraph) in cells[i].Split('\n').Index())
            {
                TextStyle of = n == 0 ? style : PdfColumn.Small;
                foreach (string line in text.Wrap(paragraph, of, columns[i].Width))
                {
                    XBrush with = n == 0 ? brush : Faint;
                    if (columns[i].Right)
                        text.DrawRight(graphics, line, of, with, columns[i].X + columns[i].Width, at + of.Size);
                    else
                        text.Draw(graphics, line, of, with, columns[i].X, at + of.Size);
                    at += of.Leading;
                }
            }
        }
    }

    private double RowHeight(IReadOnlyList<PdfColumn> columns, IReadOnlyList<string> cells)
    {
        double height = 0;
        for (int i = 0; i < columns.Count; i++)
        {
            double cell = 0;
            foreach (var (n, paragraph) in cells[i].Split('\n').Index())
            {
                TextStyle of = n == 0 ? PdfColumn.Cell : PdfColumn.Small;
                cell += text.Wrap(paragraph, of, columns[i].Width).Count * of.Leading;
            }
            height = Math.Max(height, cell);
        }
        return height + 6;
    }

    private void Sums()
    {
        if (paper.Sums.Count == 0)
            return;
        const double RowStep = 16;
        if (!Fits(paper.Sums.Count * RowStep))
            Turn();
        double x = Left + (Width / 2);
        foreach (PaperSum sum in paper.Sums)
        {
            var style = new TextStyle(sum.Strong ? 11 : 9.5, sum.Strong);
            if (sum.Strong)
            {
                y += 4;
                graphics.DrawLine(Rule, x, y, Left + Width, y);
                y += 2;
            }
            text.Draw(graphics, sum.Label, style, sum.Strong ? Ink : Faint, x, y + 12);
            text.DrawRight(graphics, sum.Value, style, Ink, Left + Width, y + 12);
            y += RowStep + (sum.Strong ? 2 : 0);
        }
        y += 12;
    }

    private void Notes()
    {
        var style = new TextStyle(9);
        foreach (string note in paper.Notes)
        {
            foreach (string line in text.Wrap(note, style, Width))
            {
                if (!Fits(style.Leading))
                    Turn();
                text.Draw(graphics, line, style, Faint, Left, y + style.Size);
                y += style.Leading;
            }
            y += 3;
        }
    }

    // Only now is it known how many pages there are.
    private void Feet()
    {
        var style = new TextStyle(8);
        const double At = 842 - 36;
        for (int i = 0; i < document.PageCount; i++)
        {
            using XGraphics page = XGraphics.FromPdfPage(document.Pages[i], XGraphicsPdfPageOptions.Append);
            page.DrawLine(Hair, Left, At - 14, Left + Width, At - 14);
            text.Draw(page, $"{paper.Title} {paper.Number}".Trim(), style, Faint, Left, At);
            string number = string.Format(CultureInfo.InvariantCulture, paper.Words.PageOf, i + 1, document.PageCount);
            text.DrawRight(page, number, style, Faint, Left + Width, At);
        }
    }
}

/// <summary>A table's column where it stands on the page.</summary>
internal sealed record PdfColumn(double X, double Width, bool Right)
{
    public static readonly TextStyle Cell = new(8.5);
    public static readonly TextStyle Head = new(8, Bold: true);
    public static readonly TextStyle Small = new(7);
    private const double Between = 8;

    public static IReadOnlyList<PdfColumn> Of(IReadOnlyList<PaperColumn> columns, double left, double width)
    {
        double weights = columns.Sum(c => c.Weight);
        double space = width - (Between * (columns.Count - 1));
        var placed = new List<PdfColumn>(columns.Count);
        double x = left;
        foreach (PaperColumn column in columns)
        {
            double own = space * column.Weight / weights;
            placed.Add(new PdfColumn(x, own, column.Right));
            x += own + Between;
        }
        return placed;
    }
}
