using System.Globalization;
using System.Resources;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Text;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>The words of documents in one language, and how they write figures and days.</summary>
internal sealed class DocumentTexts(string locale)
{
    private static readonly ResourceManager Texts = new(
        "Marketplace.Billing.Invoicing.Documents.DocumentText",
        typeof(DocumentTexts).Assembly
    );
    private readonly CultureInfo culture = CultureInfo.GetCultureInfo(locale);

    public string this[string key, params ReadOnlySpan<object?> values] =>
        Plural.Format(
            culture,
            Texts.GetString(key, culture) ?? throw new InvalidOperationException($"DocumentText.resx has no '{key}'."),
            values
        );

    public PaperWords Words => new(Texts.GetString("PageOf", culture)!, this["TaxId"]);

    /// <summary>A kind of journal in words; the kind itself when it has none yet.</summary>
    public string Kind(string kind) => Texts.GetString("Kind." + kind, culture) ?? kind;

    /// <summary>A pricing unit in words; itself when it has none.</summary>
    public string Unit(string unit) => Texts.GetString("Unit." + unit, culture) ?? unit;

    /// <summary>Two decimals, and more where there are more: what is printed adds up to what is booked.</summary>
    public static string Amount(Money amount) => amount.Amount.ToString("#,##0.00####;-#,##0.00####", CultureInfo.InvariantCulture);

    public static string AmountOf(Money amount) => $"{Amount(amount)} {amount.Currency.Code}";

    public static string Quantity(decimal quantity) => quantity.ToString("#,##0.######", CultureInfo.InvariantCulture);

    public static string Price(decimal price) => price.ToString("#,##0.00####", CultureInfo.InvariantCulture);

    public static string Percent(decimal rate) => string.Create(CultureInfo.InvariantCulture, $"{rate * 100:0.####} %");

    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The days of a half-open period.</summary>
    public static string Days(DateTimeOffset from, DateTimeOffset to)
    {
        string first = Day(from);
        string last = Day(to > from ? to.AddTicks(-1) : to);
        return first == last ? first : $"{first} – {last}";
    }
}
