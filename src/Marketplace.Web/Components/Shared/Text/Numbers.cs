using System.Globalization;

namespace Marketplace.Web.Components.Shared.Text;

/// <summary>Numbers as people read them: commas for thousands in both languages, and the minus sign U+2212.</summary>
public static class Numbers
{
    private const char Minus = '\u2212';

    /// <summary>A whole number, for example <c>1,312</c>.</summary>
    public static string Count(long value) => WithMinus(value.ToString("#,0", CultureInfo.InvariantCulture));

    /// <summary>A number with exactly <paramref name="decimals"/> decimals.</summary>
    public static string Fixed(decimal value, int decimals) =>
        WithMinus(value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    /// <summary>At most <paramref name="decimals"/> decimals, without trailing zeros.</summary>
    public static string Short(double value, int decimals = 1)
    {
        var pattern = decimals == 0 ? "#,0" : "#,0." + new string('#', decimals);
        return WithMinus(value.ToString(pattern, CultureInfo.InvariantCulture));
    }

    /// <summary>A share: 0.184 becomes <c>18.4%</c>.</summary>
    public static string Percent(double fraction, int decimals = 1) => Short(fraction * 100, decimals) + "%";

    /// <summary>A change, always with its sign: <c>+2.2%</c>, <c>−6.8%</c>.</summary>
    public static string Change(double fraction, int decimals = 1) => (fraction > 0 ? "+" : "") + Percent(fraction, decimals);

    /// <summary>For axes: 200k, 1.4M.</summary>
    public static string Compact(double value)
    {
        var size = Math.Abs(value);
        return size switch
        {
            >= 1e9 => Short(value / 1e9) + "B",
            >= 1e6 => Short(value / 1e6) + "M",
            >= 1e3 => Short(value / 1e3) + "k",
            _ => Short(value, size < 1 ? 2 : 1),
        };
    }

    /// <summary>Binary size from mebibytes: <c>512 MiB</c>, <c>64 GiB</c>, <c>4 TiB</c>.</summary>
    public static string Mebibytes(long mib) =>
        mib switch
        {
            >= 1024 * 1024 => Short(mib / (1024d * 1024d)) + " TiB",
            >= 1024 => Short(mib / 1024d) + " GiB",
            _ => Count(mib) + " MiB",
        };

    internal static string WithMinus(string text) => text.Replace('-', Minus);
}
