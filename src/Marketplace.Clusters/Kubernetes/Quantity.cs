using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>
/// An exact Kubernetes quantity: a number with an optional suffix (<c>500m</c>, <c>2Gi</c>, <c>1e3</c>), as defined by
/// k8s.io/apimachinery's resource.Quantity. Rounds up where a unit is coarser, as Kubernetes does.
/// </summary>
[JsonConverter(typeof(QuantityConverter))]
public readonly record struct Quantity : IComparable<Quantity>
{
    private const decimal BytesPerMib = 1024m * 1024m;

    private Quantity(decimal value) => Value = value;

    /// <summary>The value in base units (cores, bytes, cards), exact down to nano.</summary>
    public decimal Value { get; }

    /// <summary>In thousandths, rounded up.</summary>
    public long Milli => ToLong(decimal.Ceiling(Value * 1000m));

    /// <summary>In whole base units, rounded up.</summary>
    public long Units => ToLong(decimal.Ceiling(Value));

    /// <summary>Bytes in MiB, rounded up (for demand).</summary>
    public long MibUp => ToLong(decimal.Ceiling(Value / BytesPerMib));

    /// <summary>Bytes in MiB, rounded down (for supply).</summary>
    public long MibDown => ToLong(decimal.Floor(Value / BytesPerMib));

    /// <summary>Whole base units.</summary>
    public static Quantity FromUnits(long units) => new(units);

    /// <summary>Thousandths of a base unit.</summary>
    public static Quantity FromMilli(long milli) => new(milli / 1000m);

    /// <summary>MiB, as bytes.</summary>
    public static Quantity FromMib(long mib) => new(mib * BytesPerMib);

    /// <summary>Reads a quantity.</summary>
    /// <exception cref="FormatException">The text is not a quantity.</exception>
    public static Quantity Parse(string text) =>
        TryParse(text, out var quantity) ? quantity : throw new FormatException($"'{text}' is not a Kubernetes quantity.");

    /// <summary>Reads a quantity; false when the text is none or is out of range.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Quantity quantity)
    {
        quantity = default;
        var digits = 0;
        while (
            digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] is '.' || (digits == 0 && text[digits] is '+' or '-'))
        )
        {
            digits++;
        }

        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (
            !decimal.TryParse(text[..digits], style, CultureInfo.InvariantCulture, out var number)
            || Multiplier(text[digits..]) is not { } multiplier
        )
        {
            return false;
        }

        try
        {
            // Finer than nano is rounded up, as the reference implementation does.
            quantity = new(RoundUp(number * multiplier));
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>The canonical text: whole units, binary for exact multiples of a MiB, else thousandths or less.</summary>
    public override string ToString()
    {
        if (Value != decimal.Truncate(Value))
        {
            var milli = Value * 1000m;
            return milli == decimal.Truncate(milli) ? Text(milli) + "m" : Text(decimal.Truncate(Value * 1_000_000_000m)) + "n";
        }

        return Value != 0 && Value % BytesPerMib == 0 ? Text(Value / BytesPerMib) + "Mi" : Text(Value);
    }

    /// <inheritdoc />
    public int CompareTo(Quantity other) => Value.CompareTo(other.Value);

    /// <summary>Exact sum.</summary>
    public static Quantity operator +(Quantity left, Quantity right) => new(left.Value + right.Value);

    private static decimal? Multiplier(ReadOnlySpan<char> suffix) =>
        suffix switch
        {
            "" => 1m,
            "n" => 0.000_000_001m,
            "u" => 0.000_001m,
            "m" => 0.001m,
            "k" => 1e3m,
            "M" => 1e6m,
            "G" => 1e9m,
            "T" => 1e12m,
            "P" => 1e15m,
            "E" => 1e18m,
            "Ki" => 1024m,
            "Mi" => BytesPerMib,
            "Gi" => BytesPerMib * 1024m,
            "Ti" => BytesPerMib * BytesPerMib,
            "Pi" => BytesPerMib * BytesPerMib * 1024m,
            "Ei" => BytesPerMib * BytesPerMib * BytesPerMib,
            _ => Exponent(suffix),
        };

    private static decimal? Exponent(ReadOnlySpan<char> suffix)
    {
        if (
            suffix.Length < 2
            || suffix[0] is not ('e' or 'E')
            || !int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power)
            || Math.Abs(power) > 18
        )
        {
            return null;
        }

        var result = 1m;
        for (var i = 0; i < Math.Abs(power); i++)
        {
            result *= 10m;
        }

        return power < 0 ? 1m / result : result;
    }

    private static decimal RoundUp(decimal value)
    {
        var whole = decimal.Truncate(value);
        var nano = (value - whole) * 1_000_000_000m;
        var up = value < 0 ? decimal.Floor(nano) : decimal.Ceiling(nano);
        return whole + (up / 1_000_000_000m);
    }

    private static long ToLong(decimal value) =>
        value >= long.MaxValue ? long.MaxValue
        : value <= long.MinValue ? long.MinValue
        : (long)value;

    private static string Text(decimal value) => value.ToString("0", CultureInfo.InvariantCulture);
}

/// <summary>Quantities arrive as text, sometimes as bare numbers; they always leave as text (server-side apply wants them quoted).</summary>
internal sealed class QuantityConverter : JsonConverter<Quantity>
{
    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text =
            reader.TokenType == JsonTokenType.Number
                ? reader.GetDecimal().ToString(CultureInfo.InvariantCulture)
                : reader.GetString() ?? "";
        return Quantity.TryParse(text, out var quantity) ? quantity : throw new JsonException($"'{text}' is not a Kubernetes quantity.");
    }

    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
