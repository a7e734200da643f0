using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Stripe;

/// <summary>An error answer in the API's shape: <c>{"error": {"type", "code", "decline_code", "message", "param"}}</c>.</summary>
internal sealed class StripeFailure(int status, string type, string? code, string message, string? param = null) : Exception(message)
{
    public int Status { get; } = status;
    public string? DeclineCode { get; init; }

    /// <summary>The intent a card was declined for, as the API sends it along.</summary>
    public JsonObject? Intent { get; init; }

    /// <summary>Whether the answer is kept under the idempotency key: only once the request was being executed.</summary>
    public bool Executed { get; init; }

    public static StripeFailure Invalid(string message, string? param = null, string? code = null) =>
        new(400, "invalid_request_error", code, message, param);

    public static StripeFailure Missing(string kind, string id) =>
        new(404, "invalid_request_error", "resource_missing", $"No such {kind}: '{id}'", "id");

    public static StripeFailure State(string message, string code) => new(400, "invalid_request_error", code, message) { Executed = true };

    public JsonObject Body(string requestId)
    {
        var error = new JsonObject { ["type"] = type };
        if (code is not null)
            error["code"] = code;
        if (DeclineCode is not null)
            error["decline_code"] = DeclineCode;
        error["message"] = Message;
        if (param is not null)
            error["param"] = param;
        error["request_log_url"] = $"https://dashboard.stripe.com/test/logs/{requestId}";
        if (Intent is not null)
            error["payment_intent"] = Intent;
        return new JsonObject { ["error"] = error };
    }
}
