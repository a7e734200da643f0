using System.Collections;
using System.Globalization;
using System.Resources;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing.Documents;
using Marketplace.Platform.Outcomes;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Invoicing;

/// <summary>Documents as PDF: their text, their pages, and that the same one is the same bytes. Needs the fonts that ./test installs.</summary>
public sealed class DocumentTests
{
    private static readonly DateTimeOffset At = new(2030, 2, 1, 2, 0, 0, TimeSpan.Zero);

    private static PaperFonts Fonts => Ok(PaperFonts.Find("/usr/share/fonts"));

    [Theory]
    [InlineData("en", "Invoice", "Amount due", "Tax by jurisdiction and rate", "Page 1 of 1")]
    [InlineData("zh-Hans", "发票", "应付余额", "按税收辖区与税率分列", "第 1 页，共 1 页")]
    public void An_invoice_is_selectable_text_in_both_languages_and_always_the_same_bytes(
        string locale,
        string title,
        string due,
        string taxes,
        string page
    )
    {
        byte[] pdf = PdfPaper.Write(Papers.Of(Sample(2), new DocumentTexts(locale)), Fonts);
        string text = Flat(Assert.Single(PdfTextReader.Pages(pdf)));
        foreach (
            string word in new[]
            {
                title,
                due,
                taxes,
                page,
                "NET-CNY-000042",
                "2030-02-15",
                "昇腾910B，呼和浩特",
                "算力网络科技有限公司",
                "DE123456789",
                "Łódź",
                "NET-CN-CNY-000001",
                "12.5",
                "178.0864",
                "19%",
                "50.00CNY",
            }
        )
            Assert.Contains(Flat(word), text, StringComparison.Ordinal);
        Assert.Equal(pdf, PdfPaper.Write(Papers.Of(Sample(2), new DocumentTexts(locale)), Fonts));
        Assert.NotEqual(pdf, PdfPaper.Write(Papers.Of(Sample(3), new DocumentTexts(locale)), Fonts));
    }

    [Fact]
    public void Many_lines_flow_over_pages_that_repeat_the_heads_and_count_themselves()
    {
        var pages = PdfTextReader.Pages(PdfPaper.Write(Papers.Of(Sample(70), new DocumentTexts("en")), Fonts));
        Assert.InRange(pages.Count, 4, 6);
        Assert.All(pages.Index(), p => Assert.Contains($"Page {p.Index + 1} of {pages.Count}", p.Item, StringComparison.Ordinal));
        string all = Flat(string.Concat(pages));
        for (int i = 1; i <= 70; i++)
            Assert.Contains($"ctr_{i:D4}", all, StringComparison.Ordinal);
        Assert.All(pages.Take(3), p => Assert.Contains("Unit price", p, StringComparison.Ordinal));
    }

    [Fact]
    public void Credit_notes_and_statements_are_papers_too()
    {
        var invoice = Sample(1);
        var texts = new DocumentTexts("en");
        var note = invoice.CreditNotes[0] with
        {
            Lines = [new(1, 1, "ctr_0001", "1 × 昇腾", Money(8.4m), Money(1.6m), Money(10))],
            Taxes = invoice.Taxes,
        };
        string text = Flat(string.Concat(PdfTextReader.Pages(PdfPaper.Write(Papers.Of(note, texts), Fonts))));
        Assert.All(
            ["Creditnote", "Twohours", "-10.00CNY", "NET-CNY-000042"],
            word => Assert.Contains(word, text, StringComparison.Ordinal)
        );
        var statement = new StatementView(
            "org",
            "center",
            Cny,
            At.AddMonths(-1),
            At,
            Money(1),
            Money(9.5m),
            [new(At.AddDays(-3), "jrn", "charge", "ctr_0001", "1 × 昇腾", Money(8.5m), Money(9.5m))]
        )
        {
            Contracts = [new("ctr_0001", "1 × 昇腾", "card-seconds", 1, "card-hour", 8.5m, Money(8.5m), Money(8.5m))],
        };
        text = Flat(
            string.Concat(PdfTextReader.Pages(PdfPaper.Write(Papers.Of(statement, invoice.Seller!, invoice.Buyer!, texts), Fonts)))
        );
        Assert.All(
            ["Statement", "Computecenter", "Openingbalance", "Chargesbycontract", "9.50CNY", "card-hour"],
            word => Assert.Contains(word, text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Missing_fonts_are_said_with_what_to_install()
    {
        var problem = Refused(PaperFonts.Find("/nowhere"));
        Assert.Equal((ProblemKind.Unavailable, "fonts-missing"), (problem.Kind, problem.Code));
        Assert.Contains("fonts-liberation fonts-droid-fallback", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("Billing:FontDirectory", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrapped_text_loses_nothing_and_fits()
    {
        var text = new PdfText(Fonts);
        var style = new TextStyle(9);
        Properties.Check(
            Gen.Elements("card ", "hour", "昇腾", "，", "x", "910B ", "averyveryverylongword", "—", " ").ArrayOf(24).Select(string.Concat),
            s =>
            {
                var lines = text.Wrap(s, style, 60);
                return Flat(string.Concat(lines)) == Flat(s) && lines.All(l => text.Measure(l, style) <= 60.001);
            },
            200
        );
    }

    [Fact]
    public void Both_languages_have_every_word()
    {
        var texts = new ResourceManager("Marketplace.Billing.Invoicing.Documents.DocumentText", typeof(PdfPaper).Assembly);
        List<string> Keys(string culture) =>
            [
                .. texts
                    .GetResourceSet(CultureInfo.GetCultureInfo(culture), createIfNotExists: true, tryParents: false)!
                    .Cast<DictionaryEntry>()
                    .Select(e => (string)e.Key)
                    .Order(StringComparer.Ordinal),
            ];
        Assert.NotEmpty(Keys(""));
        Assert.Equal(Keys(""), Keys("zh-Hans"));
        Assert.All(Enum.GetNames<InvoiceState>(), s => Assert.Contains("State." + s, Keys("")));
    }

    private static string Flat(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    private static InvoiceView Sample(int lines)
    {
        List<InvoiceLineView> all =
        [
            .. Enumerable
                .Range(1, lines)
                .Select(i => new InvoiceLineView(
                    i,
                    $"ctr_{i:D4}",
                    "ord_1",
                    $"{i} × 昇腾 910B，呼和浩特",
                    12.5m * i,
                    "card-hour",
                    7.123456m,
                    Money(89.0432m * i),
                    Money(16.918208m * i),
                    Money(105.961408m * i),
                    At.AddDays(-20),
                    At.AddDays(-10)
                )),
        ];
        var net = Money(all.Sum(l => l.Net.Amount));
        var tax = Money(all.Sum(l => l.Tax.Amount));
        var total = (net + tax).RoundToExponent();
        return new InvoiceView(
            "ivc_1",
            "NET-CNY-000042",
            "org_1",
            "x",
            Cny,
            InvoiceState.Final,
            At.AddMonths(-1),
            At,
            At,
            net,
            tax,
            total - net - tax,
            total,
            all
        )
        {
            Open = Money(50),
            DueAt = At.AddDays(14),
            Credited = Money(10),
            Seller = new("算力网络科技有限公司", "和林格尔新区 1 号", "DE123456789"),
            Buyer = new("Example AI (Łódź)", "Musterweg 5\n80331 München", ""),
            Taxes = [new("CN", 0.19m, net, tax)],
            CreditNotes =
            [
                new(
                    "crn_1",
                    "NET-CN-CNY-000001",
                    "org_1",
                    "x",
                    Cny,
                    "ivc_1",
                    "NET-CNY-000042",
                    "Two hours of failed hardware",
                    At.AddDays(3),
                    Money(8.4m),
                    Money(1.6m),
                    Money(0),
                    Money(10),
                    Money(10),
                    []
                ),
            ],
        };
    }
}
