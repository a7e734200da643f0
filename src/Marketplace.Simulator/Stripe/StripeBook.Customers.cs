using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Stripe;

// Customers, their payment methods, and the intents that save one.
internal sealed partial class StripeBook
{
    /// <summary>The documented test tokens and the card each stands for.</summary>
    private static readonly Dictionary<string, string> TestCards = new(StringComparer.Ordinal)
    {
        ["pm_card_visa"] = "4242424242424242",
        ["pm_card_mastercard"] = "5555555555554444",
        ["pm_card_chargeDeclined"] = "4000000000000002",
        ["pm_card_chargeDeclinedInsufficientFunds"] = "4000000000009995",
        ["pm_card_createDispute"] = "4000000000000259",
        ["pm_card_authenticationRequiredOnSetup"] = "4000002500003155",
        ["pm_card_authenticationRequired"] = "4000002760003184",
        ["pm_card_chargeCustomerFail"] = "4000000000000341",
        ["pm_card_refundFail"] = "4000000000005126",
        ["pm_card_pendingRefund"] = "4000000000007726",
    };

    private readonly Dictionary<string, string> numbers = new(StringComparer.Ordinal);
    private readonly HashSet<string> authenticated = new(StringComparer.Ordinal);

    private string NumberOf(string method) => numbers[method];

    private Func<JsonObject> Customers(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", ["search"]):
                return Search(request, "customer");
            case ("GET", [var id]):
                return () => Get("customer", id);
            case ("GET", [var id, "payment_methods"]):
                Get("customer", id);
                return List(request, "payment_method", m => m.Text("customer") == id);
            case ("POST", []):
                string? name = request.Text("name");
                string? email = request.Text("email");
                var metadata = request.Map("metadata");
                return () =>
                    New(
                        "cus",
                        "customer",
                        new JsonObject
                        {
                            ["name"] = name,
                            ["email"] = email,
                            ["metadata"] = Metadata(metadata),
                            ["invoice_settings"] = new JsonObject { ["default_payment_method"] = null },
                        }
                    );
            case ("POST", [var id]):
                var customer = Get("customer", id);
                string? method = request.Text("invoice_settings[default_payment_method]");
                return () =>
                {
                    if (method is { Length: > 0 } && Get("payment_method", method).Text("customer") != id)
                        throw StripeFailure.State("The customer does not have a payment method with that ID.", "resource_missing");
                    customer["invoice_settings"] = new JsonObject
                    {
                        ["default_payment_method"] = method is { Length: > 0 } ? method : null,
                    };
                    return customer;
                };
            default:
                throw Unrecognised(request);
        }
    }

    private Func<JsonObject> PaymentMethods(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", []):
                string? customer = request.Text("customer");
                return List(request, "payment_method", m => customer is null || m.Text("customer") == customer);
            case ("GET", [var id]):
                return () => Get("payment_method", id);
            case ("POST", []):
                string type = request.Required("type");
                string number = request.Required("card[number]");
                request.Text("card[exp_month]");
                request.Text("card[exp_year]");
                request.Text("card[cvc]");
                return () => type == "card" ? Card(number) : throw StripeFailure.Invalid("Only cards are played here.", "type");
            case ("POST", [var id, "detach"]):
                var method = Get("payment_method", id);
                return () =>
                {
                    if (method["customer"] is null)
                        throw StripeFailure.State(
                            "The payment method you provided is not attached to a customer.",
                            "payment_method_unexpected_state"
                        );
                    method["customer"] = null;
                    Happened("payment_method.detached", method);
                    return method;
                };
            default:
                throw Unrecognised(request);
        }
    }

    /// <summary>A method by id, or a new one for a test token.</summary>
    private JsonObject Method(string id) => TestCards.TryGetValue(id, out string? number) ? Card(number) : Get("payment_method", id);

    private JsonObject Card(string number)
    {
        var method = New(
            "pm",
            "payment_method",
            new JsonObject
            {
                ["type"] = "card",
                ["customer"] = null,
                ["card"] = new JsonObject
                {
                    ["brand"] = number[0] == '5' ? "mastercard" : "visa",
                    ["last4"] = number[^4..],
                    ["exp_month"] = 12,
                    ["exp_year"] = 2034,
                },
            }
        );
        numbers[method.Text("id")!] = number;
        return method;
    }

    private Func<JsonObject> SetupIntents(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", [var id]):
                return () => Get("setup_intent", id);
            case ("POST", []):
                string customer = request.Required("customer");
                string usage = request.Text("usage") ?? "off_session";
                request.Flag("automatic_payment_methods[enabled]");
                request.Items("payment_method_types");
                var metadata = request.Map("metadata");
                Get("customer", customer);
                return () =>
                {
                    var intent = New(
                        "seti",
                        "setup_intent",
                        new JsonObject
                        {
                            ["customer"] = customer,
                            ["usage"] = usage,
                            ["status"] = "requires_payment_method",
                            ["payment_method"] = null,
                            ["next_action"] = null,
                            ["last_setup_error"] = null,
                            ["metadata"] = Metadata(metadata),
                        }
                    );
                    intent["client_secret"] = intent.Text("id") + "_secret_test";
                    Happened("setup_intent.created", intent);
                    return intent;
                };
            case ("POST", [var id, "confirm"]):
                var confirmed = Get("setup_intent", id);
                string method = request.Required("payment_method");
                string? returnUrl = request.Text("return_url");
                return () => ConfirmSetup(confirmed, method, returnUrl);
            default:
                throw Unrecognised(request);
        }
    }

    private JsonObject ConfirmSetup(JsonObject intent, string methodId, string? returnUrl)
    {
        if (intent.Text("status") is not ("requires_payment_method" or "requires_confirmation"))
            throw StripeFailure.State("You cannot confirm this SetupIntent in its current state.", "setup_intent_unexpected_state");
        var method = Method(methodId);
        intent["payment_method"] = method.Text("id");
        switch (NumberOf(method.Text("id")!))
        {
            case "4000000000000002":
                intent["last_setup_error"] = new JsonObject { ["code"] = "card_declined", ["message"] = "Your card was declined." };
                Happened("setup_intent.setup_failed", intent);
                throw Declined("generic_decline", null);
            case "4000002500003155":
                intent["status"] = "requires_action";
                intent["next_action"] = Redirect(intent, returnUrl);
                return intent;
            default:
                return FinishSetup(intent);
        }
    }

    private JsonObject FinishSetup(JsonObject intent)
    {
        var method = Get("payment_method", intent.Text("payment_method")!);
        method["customer"] = intent.Text("customer");
        authenticated.Add(method.Text("id")!);
        intent["status"] = "succeeded";
        intent["next_action"] = null;
        Happened("payment_method.attached", method);
        Happened("setup_intent.succeeded", intent);
        return intent;
    }

    private static JsonObject Redirect(JsonObject intent, string? returnUrl) =>
        new()
        {
            ["type"] = "redirect_to_url",
            ["redirect_to_url"] = new JsonObject
            {
                ["url"] = $"{{base}}/test/authenticate/{intent.Text("id")}",
                ["return_url"] = returnUrl,
            },
        };

    private static StripeFailure Declined(string declineCode, JsonObject? intent, string code = "card_declined") =>
        new(
            402,
            "card_error",
            code,
            code == "authentication_required"
                ? "Your card was declined. This transaction requires authentication."
                : "Your card was declined."
        )
        {
            DeclineCode = declineCode,
            Intent = intent,
            Executed = true,
        };
}
