using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.Billing.Payments.Stripe;

// The API's objects as far as they are read here. Amounts are minor units, times are Unix seconds.

/// <summary>A reference that may have been expanded into its object.</summary>
[JsonConverter(typeof(StripeRefConverter))]
internal sealed record StripeRef(string Id, JsonElement? Object)
{
    /// <summary>The object; null when it was not expanded.</summary>
    public T? As<T>()
        where T : class => Object?.Deserialize<T>(StripeTransport.Json);
}

internal sealed class StripeRefConverter : JsonConverter<StripeRef>
{
    public override StripeRef? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return new StripeRef(reader.GetString()!, null);
        JsonElement found = JsonElement.ParseValue(ref reader);
        return new StripeRef(found.GetProperty("id").GetString()!, found);
    }

    public override void Write(Utf8JsonWriter writer, StripeRef value, JsonSerializerOptions options) => writer.WriteStringValue(value.Id);
}

internal sealed record StripeList<T>(IReadOnlyList<T> Data, bool HasMore);

internal sealed record StripeCustomer(string Id, StripeInvoiceSettings? InvoiceSettings, Dictionary<string, string>? Metadata);

internal sealed record StripeInvoiceSettings(StripeRef? DefaultPaymentMethod);

internal sealed record StripeCard(string Brand, string Last4, int ExpMonth, int ExpYear);

internal sealed record StripePaymentMethod(string Id, string Type, StripeRef? Customer, StripeCard? Card);

internal sealed record StripeRedirect(string Url);

internal sealed record StripeNextAction(string Type, StripeRedirect? RedirectToUrl);

internal sealed record StripeIntentError(string? Type, string? Code, string? DeclineCode, string? Message);

internal sealed record StripeSetupIntent(
    string Id,
    string Status,
    string? ClientSecret,
    StripeRef? Customer,
    StripeRef? PaymentMethod,
    StripeNextAction? NextAction,
    StripeIntentError? LastSetupError
);

internal sealed record StripePaymentIntent(
    string Id,
    string Status,
    long Amount,
    string Currency,
    StripeRef? Customer,
    StripeRef? PaymentMethod,
    StripeRef? LatestCharge,
    StripeNextAction? NextAction,
    StripeIntentError? LastPaymentError,
    string? CancellationReason,
    Dictionary<string, string>? Metadata
);

internal sealed record StripeCharge(string Id, long Amount, string Currency, StripeRef? PaymentIntent, StripeRef? BalanceTransaction);

internal sealed record StripeRefund(
    string Id,
    string Status,
    long Amount,
    string Currency,
    StripeRef? PaymentIntent,
    StripeRef? Charge,
    string? FailureReason,
    Dictionary<string, string>? Metadata
);

internal sealed record StripeEvidenceDetails(long? DueBy, bool HasEvidence, int SubmissionCount);

internal sealed record StripeDispute(
    string Id,
    string Status,
    long Amount,
    string Currency,
    string Reason,
    StripeRef? Charge,
    StripeRef? PaymentIntent,
    StripeEvidenceDetails? EvidenceDetails,
    IReadOnlyList<StripeBalanceTransaction>? BalanceTransactions
);

internal sealed record StripeBalanceTransaction(
    string Id,
    string Type,
    string ReportingCategory,
    StripeRef? Source,
    long Amount,
    long Fee,
    long Net,
    string Currency,
    long Created,
    long AvailableOn
);

internal sealed record StripeAmount(long Amount, string Currency);

internal sealed record StripeBalance(IReadOnlyList<StripeAmount> Available, IReadOnlyList<StripeAmount> Pending);

internal sealed record StripeRequirements(IReadOnlyList<string>? CurrentlyDue, string? DisabledReason);

internal sealed record StripeCapabilities(string? Transfers);

internal sealed record StripeAccount(
    string Id,
    string? Country,
    bool ChargesEnabled,
    bool PayoutsEnabled,
    bool DetailsSubmitted,
    StripeCapabilities? Capabilities,
    StripeRequirements? Requirements,
    Dictionary<string, string>? Metadata
);

internal sealed record StripeAccountLink(string Url, long ExpiresAt);

internal sealed record StripeTransfer(
    string Id,
    long Amount,
    long AmountReversed,
    bool Reversed,
    string Currency,
    StripeRef? Destination,
    Dictionary<string, string>? Metadata
);

internal sealed record StripeTransferReversal(string Id, long Amount, string Currency, StripeRef? Transfer);

internal sealed record StripeEventObject(string Id, [property: JsonPropertyName("object")] string Kind);

internal sealed record StripeEventData([property: JsonPropertyName("object")] StripeEventObject Subject);

internal sealed record StripeEvent(string Id, string Type, string? Account, StripeEventData Data);
