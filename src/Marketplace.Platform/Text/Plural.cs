using System.Globalization;

namespace Marketplace.Platform.Text;

/// <summary>
/// One and many, written where the noun stands: <c>{0} {0:card|cards}</c> is "1 card" and "8 cards". The form after the colon goes by the
/// same argument; a verb takes its form along (<c>{0:card is|cards are}</c>). The one way for resources and for the modules' own English;
/// a language without plurals leaves the form out.
/// </summary>
public static class Plural
{
    /// <summary>Fills a text as <see cref="string.Format(IFormatProvider, string, object[])"/> does, choosing forms on the way.</summary>
    public static string Format(CultureInfo culture, string text, params ReadOnlySpan<object?> arguments) =>
        string.Format(new Forms(culture), text, arguments);

    /// <summary>The modules' English: <c>Plural.Write($"{n} {n:card|cards}")</c>.</summary>
    public static string Write(FormattableString text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Format(CultureInfo.InvariantCulture, text.Format, text.GetArguments());
    }

    /// <summary>Only one is singular: 0, 0.5 and 1.5 are many.</summary>
    private static bool IsOne(object? argument) =>
        argument switch
        {
            // Figures that come formatted already.
            string text => text == "1",
            sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal => Convert.ToDouble(
                argument,
                CultureInfo.InvariantCulture
            ) == 1,
            _ => false,
        };

    private sealed class Forms(CultureInfo culture) : IFormatProvider, ICustomFormatter
    {
        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : culture.GetFormat(formatType);

        public string Format(string? format, object? arg, IFormatProvider? formatProvider)
        {
            int bar = format?.IndexOf('|', StringComparison.Ordinal) ?? -1;
            if (bar >= 0)
                return IsOne(arg) ? format![..bar] : format![(bar + 1)..];
            return arg is IFormattable value ? value.ToString(format, culture) : arg?.ToString() ?? "";
        }
    }
}
