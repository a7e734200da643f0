using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Stripe;

// Payment intents, their charges, and refunds.
internal sealed partial class StripeBook
{
    private const long DisputeFee = 1500;

    private Func<JsonObject> PaymentIntents(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", ["search"]):
                return Search(request, "payment_intent");
            case ("GET", [var id]):
                return () => Get("payment_intent", id);
            case ("GET", []):
                string? of = request.Text("customer");
                return List(request, "payment_intent", i => of is null || i.Text("customer") == of);
            case ("POST", []):
                return CreateIntent(request);
            case ("POST", [var id, "confirm"]):
                var intent = Get("payment_intent", id);
                string? method = request.Text("payment_method");
                string? returnUrl = request.Text("return_url");
                bool offSession = request.Flag("off_session");
                return () => Confirm(intent, method, returnUrl, offSession);
            case ("POST", [var id, "cancel"]):
                var canceled = Get("payment_intent", id);
                string? reason = request.Text("cancellation_reason");
                return () => Cancel(canceled, reason);
            default:
                throw Unrecognised(request);
        }
    }

    private Func<JsonObject> CreateIntent(StripeRequest request)
    {
        long amount = request.Amount();
        string currency = request.Currency();
        string? customer = request.Text("customer");
        string? method = request.Text("payment_method");
        string? description = request.Text("description");
        string? returnUrl = request.Text("return_url");
        bool automatic = request.Flag("automatic_payment_methods[enabled]");
        request.Text("automatic_payment_methods[allow_redirects]");
        bool confirm = request.Flag("confirm");
        bool offSession = request.Flag("off_session");
        string? future = request.Text("setup_future_usage");
        var metadata = request.Map("metadata");
        if (customer is not null)
            Get("customer", customer);
        if (offSession && !confirm)
            throw StripeFailure.Invalid("off_session can be set at creation only together with confirm.", "off_session");
        return () =>
        {
            if (method is not null)
                CheckOwner(Method(method), customer);
            var intent = New(
                "pi",
                "payment_intent",
                new JsonObject
                {
                    ["amount"] = amount,
                    ["amount_received"] = 0,
                    ["currency"] = currency,
                    ["customer"] = customer,
                    ["description"] = description,
                    ["payment_method"] = method is null || TestCards.ContainsKey(method) ? null : method,
                    ["automatic_payment_methods"] = new JsonObject { ["enabled"] = automatic },
                    ["setup_future_usage"] = future,
                    ["status"] = method is null ? "requires_payment_method" : "requires_confirmation",
                    ["latest_charge"] = null,
                    ["last_payment_error"] = null,
                    ["next_action"] = null,
                    ["cancellation_reason"] = null,
                    ["metadata"] = Metadata(metadata),
                }
            );
            intent["client_secret"] = intent.Text("id") + "_secret_test";
            Happened("payment_intent.created", intent);
            return confirm ? Confirm(intent, method, returnUrl, offSession) : intent;
        };
    }

    private static void CheckOwner(JsonObject method, string? customer)
    {
        if (method.Text("customer") is { } owner && owner != customer)
            throw StripeFailure.Invalid("The payment method belongs to another customer.", "payment_method", "resource_missing");
    }

    private JsonObject Confirm(JsonObject intent, string? methodId, string? returnUrl, bool offSession)
    {
        if (intent.Text("status") is not ("requires_payment_method" or "requires_confirmation"))
            throw StripeFailure.State(
                $"You cannot confirm this PaymentIntent because it has a status of {intent.Text("status")}.",
                "payment_intent_unexpected_state"
            );
        if ((methodId ?? intent.Text("payment_method")) is not { } chosen)
            throw StripeFailure.State(
                "You cannot confirm this PaymentIntent because it's missing a payment method.",
                "payment_intent_unexpected_state"
            );
        if (intent["automatic_payment_methods"]!.AsObject().Yes("enabled") && returnUrl is null && !offSession)
            throw StripeFailure.Invalid("This PaymentIntent accepts methods that may redirect: provide a return_url.", "return_url");
        var method = Method(chosen);
        CheckOwner(method, intent.Text("customer"));
        string id = method.Text("id")!;
        intent["payment_method"] = id;
        intent["last_payment_error"] = null;
        switch (NumberOf(id))
        {
            case "4000000000000002" or "4000000000000341":
                return Decline(intent, "card_declined", "generic_decline");
            case "4000000000009995":
                return Decline(intent, "card_declined", "insufficient_funds");
            case "4000002760003184"
            or "4000002500003155" when offSession && !(NumberOf(id) == "4000002500003155" && authenticated.Contains(id)):
                return Decline(intent, "authentication_required", "authentication_required");
            case "4000002760003184":
                return Ask(intent, returnUrl);
            case "4000002500003155" when !authenticated.Contains(id):
                return Ask(intent, returnUrl);
            default:
                return Charge(intent);
        }
    }

    private JsonObject Ask(JsonObject intent, string? returnUrl)
    {
        intent["status"] = "requires_action";
        intent["next_action"] = Redirect(intent, returnUrl);
        Happened("payment_intent.requires_action", intent);
        return intent;
    }

    private JsonObject Decline(JsonObject intent, string code, string declineCode)
    {
        intent["status"] = "requires_payment_method";
        intent["payment_method"] = null;
        intent["next_action"] = null;
        intent["last_payment_error"] = new JsonObject
        {
            ["type"] = "card_error",
            ["code"] = code,
            ["decline_code"] = declineCode,
            ["message"] = "Your card was declined.",
        };
        Happened("payment_intent.payment_failed", intent);
        throw Declined(declineCode, (JsonObject)intent.DeepClone(), code);
    }

    private JsonObject Charge(JsonObject intent)
    {
        long amount = intent.Whole("amount");
        string currency = intent.Text("currency")!;
        var charge = New(
            "ch",
            "charge",
            new JsonObject
            {
                ["amount"] = amount,
                ["amount_refunded"] = 0,
                ["currency"] = currency,
                ["customer"] = intent.Text("customer"),
                ["payment_intent"] = intent.Text("id"),
                ["payment_method"] = intent.Text("payment_method"),
                ["paid"] = true,
                ["refunded"] = false,
                ["disputed"] = false,
                ["status"] = "succeeded",
                ["metadata"] = intent["metadata"]!.DeepClone(),
            }
        );
        // 2.9 % and 30 of the minor unit, rounded half up: the published price of a card payment.
        long fee = checked(((amount * 29) + 500) / 1000 + 30);
        charge["balance_transaction"] = Moved("charge", "charge", charge, amount, fee, currency).Text("id");
        intent["status"] = "succeeded";
        intent["amount_received"] = amount;
        intent["latest_charge"] = charge.Text("id");
        intent["next_action"] = null;
        Happened("charge.succeeded", charge);
        Happened("payment_intent.succeeded", intent);
        if (numbers.GetValueOrDefault(intent.Text("payment_method") ?? "") == "4000000000000259")
            Dispute(charge, "fraudulent", amount);
        return intent;
    }

    private JsonObject Cancel(JsonObject intent, string? reason)
    {
        if (intent.Text("status") is "succeeded" or "canceled" or "processing")
            throw StripeFailure.State(
                $"You cannot cancel this PaymentIntent because it has a status of {intent.Text("status")}.",
                "payment_intent_unexpected_state"
            );
        intent["status"] = "canceled";
        intent["cancellation_reason"] = reason;
        intent["next_action"] = null;
        Happened("payment_intent.canceled", intent);
        return intent;
    }

    /// <summary>The bank's page was answered.</summary>
    public JsonObject Authenticate(string intentId, bool passed)
    {
        var intent = objects[intentId];
        if (intent.Text("status") != "requires_action")
            return intent;
        if (intent.Text("object") == "setup_intent")
        {
            if (passed)
                return FinishSetup(intent);
            intent["status"] = "requires_payment_method";
            intent["next_action"] = null;
            return intent;
        }
        if (passed)
            return Charge(intent);
        intent["status"] = "requires_payment_method";
        intent["next_action"] = null;
        intent["last_payment_error"] = new JsonObject
        {
            ["type"] = "invalid_request_error",
            ["code"] = "payment_intent_authentication_failure",
            ["message"] = "The provided payment method failed authentication.",
        };
        Happened("payment_intent.payment_failed", intent);
        return intent;
    }

    private Func<JsonObject> Refunds(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", [var id]):
                return () => Get("refund", id);
            case ("GET", []):
                string? of = request.Text("payment_intent");
                string? ofCharge = request.Text("charge");
                return List(
                    request,
                    "refund",
                    r => (of is null || r.Text("payment_intent") == of) && (ofCharge is null || r.Text("charge") == ofCharge)
                );
            case ("POST", []):
                string intentId = request.Required("payment_intent");
                long? amount = request.Text("amount") is null ? null : request.Amount();
                string? reason = request.Text("reason");
                if (reason is not (null or "duplicate" or "fraudulent" or "requested_by_customer"))
                    throw StripeFailure.Invalid("Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", "reason");
                var metadata = request.Map("metadata");
                var intent = Get("payment_intent", intentId);
                return () => Refund(intent, amount, reason, metadata);
            default:
                throw Unrecognised(request);
        }
    }

    private JsonObject Refund(JsonObject intent, long? asked, string? reason, Dictionary<string, string> metadata)
    {
        if (intent.Text("latest_charge") is not { } chargeId)
            throw StripeFailure.State("This PaymentIntent does not have a successful charge to refund.", "charge_not_refundable");
        var charge = Get("charge", chargeId);
        long left = charge.Whole("amount") - charge.Whole("amount_refunded");
        long amount = asked ?? left;
        if (charge.Yes("disputed"))
            throw StripeFailure.State("Charge has been charged back; cannot issue a refund.", "charge_disputed");
        if (left == 0)
            throw StripeFailure.State("Charge has already been refunded.", "charge_already_refunded");
        if (amount > left)
            throw StripeFailure.State("Refund amount is greater than unrefunded amount on charge.", "amount_too_large");
        string currency = charge.Text("currency")!;
        string number = numbers.GetValueOrDefault(charge.Text("payment_method") ?? "") ?? "";
        var refund = New(
            "re",
            "refund",
            new JsonObject
            {
                ["amount"] = amount,
                ["currency"] = currency,
                ["charge"] = chargeId,
                ["payment_intent"] = intent.Text("id"),
                ["reason"] = reason,
                ["status"] = number == "4000000000007726" ? "pending" : "succeeded",
                ["failure_reason"] = null,
                ["metadata"] = Metadata(metadata),
            }
        );
        refund["balance_transaction"] = Moved("refund", "refund", refund, -amount, 0, currency).Text("id");
        charge["amount_refunded"] = charge.Whole("amount_refunded") + amount;
        charge["refunded"] = charge.Whole("amount_refunded") == charge.Whole("amount");
        Happened("refund.created", refund);
        Happened("charge.refunded", charge);
        if (number == "4000000000005126")
            FailRefund(refund.Text("id")!);
        return refund;
    }

    /// <summary>The bank took the refund: from pending to succeeded.</summary>
    public void FinishRefund(string id)
    {
        var refund = Get("refund", id);
        refund["status"] = "succeeded";
        Happened("refund.updated", refund);
    }

    /// <summary>The bank sends a refund back; the money is on the account's balance again.</summary>
    public void FailRefund(string id)
    {
        var refund = Get("refund", id);
        var charge = Get("charge", refund.Text("charge")!);
        long amount = refund.Whole("amount");
        refund["status"] = "failed";
        refund["failure_reason"] = "expired_or_canceled_card";
        refund["failure_balance_transaction"] = Moved("refund_failure", "refund_failure", refund, amount, 0, refund.Text("currency")!)
            .Text("id");
        charge["amount_refunded"] = charge.Whole("amount_refunded") - amount;
        charge["refunded"] = false;
        Happened("refund.updated", refund);
        Happened("refund.failed", refund);
    }
}
