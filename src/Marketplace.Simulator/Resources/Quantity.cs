using System.Globalization;

namespace Marketplace.Simulator.Resources;

/// <summary>A Kubernetes resource quantity ("500m", "4Gi", "1e3"): parsed exactly, written in the canonical form of its kind.</summary>
internal static class Quantity
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1024m),
        ("Mi", 1048576m),
        ("Gi", 1073741824m),
        ("Ti", 1099511627776m),
        ("Pi", 1125899906842624m),
        ("Ei", 1152921504606846976m),
        ("n", 0.000000001m),
        ("u", 0.000001m),
        ("m", 0.001m),
        ("k", 1000m),
        ("M", 1000000m),
        ("G", 1000000000m),
        ("T", 1000000000000m),
        ("P", 1000000000000000m),
        ("E", 1000000000000000000m),
    ];

    public static bool TryParse(string? text, out decimal value)
    {
        value = 0;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }
        foreach (var (suffix, factor) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                if (
                    !decimal.TryParse(
                        text.AsSpan(0, text.Length - suffix.Length),
                        NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                        CultureInfo.InvariantCulture,
                        out var mantissa
                    )
                )
                {
                    return false;
                }
                value = mantissa * factor;
                return true;
            }
        }
        return decimal.TryParse(
            text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out value
        );
    }

    /// <summary>The value, or zero for what is not a quantity (validation has refused that before).</summary>
    public static decimal Parse(string? text) => TryParse(text, out var value) ? value : 0;

    /// <summary>Bytes take the largest binary suffix that divides them, fractions are written in milli, counts plain.</summary>
    public static string Write(string resource, decimal value)
    {
        if (value != decimal.Truncate(value))
        {
            return (value * 1000).ToString("0", CultureInfo.InvariantCulture) + "m";
        }
        var isBytes = resource.EndsWith("memory", StringComparison.Ordinal) || resource.EndsWith("storage", StringComparison.Ordinal);
        if (isBytes && value != 0)
        {
            foreach (var (suffix, factor) in Suffixes.Take(6).Reverse())
            {
                if (value % factor == 0)
                {
                    return (value / factor).ToString("0", CultureInfo.InvariantCulture) + suffix;
                }
            }
        }
        return value.ToString("0", CultureInfo.InvariantCulture);
    }
}
