using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Platform.Monetary;

namespace Marketplace.Platform.Api.Json;

/// <summary><c>{"amount":"12.340000","currency":"CNY"}</c>: a decimal string, because a JSON number may lose digits on the way.</summary>
public sealed class MoneyConverter : JsonConverter<Money>
{
    internal const string Marker = "money";

    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong();
        string? amount = null;
        string? code = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string? name = reader.GetString();
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Wrong();
            if (name == "amount")
                amount = reader.GetString();
            else if (name == "currency")
                code = reader.GetString();
            else
                throw Wrong();
        }
        if (
            Currency.TryParse(code) is not { } currency
            || !decimal.TryParse(
                amount,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out decimal value
            )
            || decimal.Round(value, 6) != value
            || decimal.Abs(value) > long.MaxValue / Money.MicrosPerUnit
        )
            throw Wrong();
        return Money.From(value, currency);
    }

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("amount", value.ToDecimalString());
        writer.WriteString("currency", value.Currency.Code);
        writer.WriteEndObject();
    }

    private static JsonException Wrong() =>
        new("Money is an object with 'amount', a decimal string of at most six decimals, and 'currency', one of CNY, USD, EUR.")
        {
            Data = { [Marker] = true },
        };
}

/// <summary>A currency by its ISO 4217 code.</summary>
public sealed class CurrencyConverter : JsonConverter<Currency>
{
    public override Currency Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (reader.TokenType == JsonTokenType.String ? Currency.TryParse(reader.GetString()) : null)
        ?? throw new JsonException(EnumNames.Prefix + string.Join(", ", Currency.All.Select(c => c.Code)) + ".");

    public override void Write(Utf8JsonWriter writer, Currency value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.Code);
    }
}
