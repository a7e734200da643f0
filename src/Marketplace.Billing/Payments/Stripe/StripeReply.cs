using System.Text.Json.Serialization;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>The API's error object.</summary>
/// <param name="Status">The HTTP status; 0 when no answer came.</param>
internal sealed record StripeError(
    int Status,
    string Type,
    string? Code,
    string? DeclineCode,
    string? Message,
    string? Param,
    string? RequestLogUrl,
    StripePaymentIntent? PaymentIntent
)
{
    /// <summary>It may have been done or not: ask, and do not assume.</summary>
    [JsonIgnore]
    public bool IsUnknown => Status is 0 or 409 or 429 or >= 500;

    /// <summary>The answer is kept under the idempotency key, so the same key will only ever give it again.</summary>
    [JsonIgnore]
    public bool IsKept => Status >= 500;

    [JsonIgnore]
    public bool IsMissing => Code == "resource_missing" || Status == 404;

    /// <summary>For people; the API's own words.</summary>
    [JsonIgnore]
    public string Words => Message ?? Code ?? Type;

    public static StripeError NoAnswer(string why) => new(0, "api_connection_error", null, null, why, null, null, null);

    /// <summary>The request was wrong, or the key is: neither is the customer's doing.</summary>
    public InvalidOperationException ToBug() =>
        new($"Stripe refused the request ({Status} {Type} {Code} {Param}): {Message} {RequestLogUrl}".Trim());
}

/// <summary>An object, or the error.</summary>
internal readonly record struct StripeReply<T>(T? Value, StripeError? Error)
    where T : class
{
    public bool IsOk => Error is null;

    /// <exception cref="InvalidOperationException">There is an error.</exception>
    public T Must() => Value ?? throw Error!.ToBug();
}
