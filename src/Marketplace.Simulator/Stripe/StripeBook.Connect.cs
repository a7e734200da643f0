using System.Text.Json.Nodes;

namespace Marketplace.Simulator.Stripe;

// Disputes, connected accounts, transfers, payouts and the balance.
internal sealed partial class StripeBook
{
    /// <summary>A cardholder disputes a charge: amount and fee leave the balance at once.</summary>
    public JsonObject Dispute(JsonObject charge, string reason, long amount)
    {
        string currency = charge.Text("currency")!;
        var dispute = New(
            "dp",
            "dispute",
            new JsonObject
            {
                ["amount"] = amount,
                ["currency"] = currency,
                ["charge"] = charge.Text("id"),
                ["payment_intent"] = charge.Text("payment_intent"),
                ["reason"] = reason,
                ["status"] = "needs_response",
                ["is_charge_refundable"] = false,
                ["evidence"] = new JsonObject { ["uncategorized_text"] = null },
                ["evidence_details"] = new JsonObject
                {
                    ["due_by"] = (time.GetUtcNow() + TimeSpan.FromDays(7)).ToUnixTimeSeconds(),
                    ["has_evidence"] = false,
                    ["submission_count"] = 0,
                },
                ["metadata"] = new JsonObject(),
            }
        );
        var moved = Moved("adjustment", "dispute", dispute, -amount, DisputeFee, currency);
        dispute["balance_transactions"] = new JsonArray(moved.DeepClone());
        charge["disputed"] = true;
        Happened("charge.dispute.created", dispute);
        Happened("charge.dispute.funds_withdrawn", dispute);
        return dispute;
    }

    /// <summary>The bank has decided.</summary>
    public void DecideDispute(string id, bool won)
    {
        var dispute = Get("dispute", id);
        if (dispute.Text("status") is "won" or "lost")
            throw StripeFailure.State("This dispute is already closed.", "dispute_already_closed");
        dispute["status"] = won ? "won" : "lost";
        if (won)
        {
            var moved = Moved("adjustment", "dispute_reversal", dispute, dispute.Whole("amount"), 0, dispute.Text("currency")!);
            dispute["balance_transactions"]!.AsArray().Add(moved.DeepClone());
            Get("charge", dispute.Text("charge")!)["disputed"] = false;
            Happened("charge.dispute.funds_reinstated", dispute);
        }
        Happened("charge.dispute.closed", dispute);
    }

    private Func<JsonObject> Disputes(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", [var id]):
                return () => Get("dispute", id);
            case ("GET", []):
                string? of = request.Text("charge");
                return List(request, "dispute", d => of is null || d.Text("charge") == of);
            case ("POST", [var id, "close"]):
                var closed = Get("dispute", id);
                return () =>
                {
                    DecideDispute(id, won: false);
                    return closed;
                };
            case ("POST", [var id]):
                var dispute = Get("dispute", id);
                string? text = request.Text("evidence[uncategorized_text]");
                bool submit = request.Flag("submit");
                return () => Evidence(dispute, text, submit);
            default:
                throw Unrecognised(request);
        }
    }

    private JsonObject Evidence(JsonObject dispute, string? text, bool submit)
    {
        if (dispute.Text("status") is not "needs_response")
            throw StripeFailure.State("This dispute does not accept evidence any more.", "dispute_already_closed");
        dispute["evidence"]!["uncategorized_text"] = text;
        var details = dispute["evidence_details"]!.AsObject();
        details["has_evidence"] = text is { Length: > 0 };
        if (!submit)
            return dispute;
        details["submission_count"] = details.Whole("submission_count") + 1;
        dispute["status"] = "under_review";
        Happened("charge.dispute.updated", dispute);
        // The documented words that decide a dispute in test mode.
        if (text is "winning_evidence" or "losing_evidence")
            DecideDispute(dispute.Text("id")!, text == "winning_evidence");
        return dispute;
    }

    private Func<JsonObject> Accounts(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", ["accounts", var id]):
                return () => Get("account", id);
            case ("GET", ["accounts"]):
                return List(request, "account", _ => true);
            case ("POST", ["accounts"]):
                string type = request.Required("type");
                string country = request.Required("country");
                // One of those where no accounts can be opened.
                if (country == "KP")
                    throw StripeFailure.Invalid(
                        $"Country '{country}' is unknown. Try using a 2-character alphanumeric country code.",
                        "country"
                    );
                string? email = request.Text("email");
                bool transfers = request.Flag("capabilities[transfers][requested]");
                var metadata = request.Map("metadata");
                return () =>
                    New(
                        "acct",
                        "account",
                        new JsonObject
                        {
                            ["type"] = type,
                            ["country"] = country,
                            ["email"] = email,
                            ["charges_enabled"] = false,
                            ["payouts_enabled"] = false,
                            ["details_submitted"] = false,
                            ["capabilities"] = new JsonObject { ["transfers"] = transfers ? "inactive" : null },
                            ["requirements"] = Requirements(
                                "requirements.past_due",
                                "business_profile.url",
                                "external_account",
                                "individual.verification.document",
                                "tos_acceptance.date"
                            ),
                            ["metadata"] = Metadata(metadata),
                        }
                    );
            case ("POST", ["account_links"]):
                string account = request.Required("account");
                request.Required("refresh_url");
                string back = request.Required("return_url");
                request.Required("type");
                Get("account", account);
                return () =>
                    new JsonObject
                    {
                        ["object"] = "account_link",
                        ["created"] = Now,
                        ["expires_at"] = Now + 300,
                        ["url"] = $"{{base}}/test/onboard/{account}?return_url={Uri.EscapeDataString(back)}",
                    };
            default:
                throw Unrecognised(request);
        }
    }

    /// <summary>The account's owner has given what was asked for.</summary>
    public void Onboard(string accountId)
    {
        var account = Get("account", accountId);
        account["details_submitted"] = true;
        account["payouts_enabled"] = true;
        account["charges_enabled"] = true;
        account["capabilities"] = new JsonObject { ["transfers"] = "active" };
        account["requirements"] = Requirements(null);
        Happened("account.updated", account);
    }

    /// <summary>Stripe wants to know more, and stops payments to the account until then.</summary>
    public void Restrict(string accountId, string[] due)
    {
        var account = Get("account", accountId);
        account["payouts_enabled"] = false;
        account["capabilities"] = new JsonObject { ["transfers"] = "inactive" };
        account["requirements"] = Requirements("requirements.past_due", due);
        Happened("account.updated", account);
    }

    private static JsonObject Requirements(string? disabled, params string[] due) =>
        new() { ["currently_due"] = new JsonArray([.. due.Select(d => (JsonNode)d)]), ["disabled_reason"] = disabled };

    private Func<JsonObject> Transfers(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", [var id]):
                return () => Get("transfer", id);
            case ("GET", []):
                string? to = request.Text("destination");
                string? group = request.Text("transfer_group");
                return List(
                    request,
                    "transfer",
                    t => (to is null || t.Text("destination") == to) && (group is null || t.Text("transfer_group") == group)
                );
            case ("POST", []):
                long amount = request.Amount();
                string currency = request.Currency();
                string destination = request.Required("destination");
                string? transferGroup = request.Text("transfer_group");
                string? description = request.Text("description");
                var metadata = request.Map("metadata");
                var account = Get("account", destination);
                return () =>
                {
                    if (account["capabilities"]!["transfers"]?.ToString() != "active")
                        throw StripeFailure.State(
                            "Your destination account needs the transfers capability.",
                            "insufficient_capabilities_for_transfer"
                        );
                    NeedBalance(amount, currency);
                    var transfer = New(
                        "tr",
                        "transfer",
                        new JsonObject
                        {
                            ["amount"] = amount,
                            ["amount_reversed"] = 0,
                            ["reversed"] = false,
                            ["currency"] = currency,
                            ["destination"] = destination,
                            ["transfer_group"] = transferGroup,
                            ["description"] = description,
                            ["metadata"] = Metadata(metadata),
                        }
                    );
                    transfer["balance_transaction"] = Moved("transfer", "transfer", transfer, -amount, 0, currency).Text("id");
                    Happened("transfer.created", transfer);
                    return transfer;
                };
            case ("POST", [var id, "reversals"]):
                var reversed = Get("transfer", id);
                long? back = request.Text("amount") is null ? null : request.Amount();
                var why = request.Map("metadata");
                return () => Reverse(reversed, back, why);
            default:
                throw Unrecognised(request);
        }
    }

    /// <summary>Takes a transfer back, or a part of it.</summary>
    public void ReverseTransfer(string id, long? amount) => Reverse(Get("transfer", id), amount, []);

    private JsonObject Reverse(JsonObject transfer, long? asked, Dictionary<string, string> metadata)
    {
        long left = transfer.Whole("amount") - transfer.Whole("amount_reversed");
        long amount = asked ?? left;
        if (amount > left || left == 0)
            throw StripeFailure.State(
                "Reversal amount is greater than the unreversed amount of the transfer.",
                "transfer_reversal_amount_too_large"
            );
        var reversal = New(
            "trr",
            "transfer_reversal",
            new JsonObject
            {
                ["amount"] = amount,
                ["currency"] = transfer.Text("currency"),
                ["transfer"] = transfer.Text("id"),
                ["metadata"] = Metadata(metadata),
            }
        );
        reversal["balance_transaction"] = Moved("transfer_refund", "transfer_reversal", reversal, amount, 0, transfer.Text("currency")!)
            .Text("id");
        transfer["amount_reversed"] = transfer.Whole("amount_reversed") + amount;
        transfer["reversed"] = transfer.Whole("amount_reversed") == transfer.Whole("amount");
        Happened("transfer.updated", transfer);
        Happened("transfer.reversed", transfer);
        return reversal;
    }

    private Func<JsonObject> Payouts(StripeRequest request, string[] path)
    {
        switch (request.Method, path)
        {
            case ("GET", [var id]):
                return () => Get("payout", id);
            case ("GET", []):
                return List(request, "payout", _ => true);
            case ("POST", []):
                long amount = request.Amount();
                string currency = request.Currency();
                string? description = request.Text("description");
                var metadata = request.Map("metadata");
                return () => Payout(amount, currency, description, metadata);
            default:
                throw Unrecognised(request);
        }
    }

    /// <summary>Pays a part of the balance out to the bank.</summary>
    public JsonObject Payout(long amount, string currency, string? description, Dictionary<string, string> metadata)
    {
        NeedBalance(amount, currency);
        var payout = New(
            "po",
            "payout",
            new JsonObject
            {
                ["amount"] = amount,
                ["currency"] = currency,
                ["description"] = description,
                ["status"] = "paid",
                ["arrival_date"] = Now,
                ["metadata"] = Metadata(metadata),
            }
        );
        payout["balance_transaction"] = Moved("payout", "payout", payout, -amount, 0, currency).Text("id");
        Happened("payout.created", payout);
        Happened("payout.paid", payout);
        return payout;
    }

    /// <summary>The bank sends a payout back.</summary>
    public void FailPayout(string id)
    {
        var payout = Get("payout", id);
        payout["status"] = "failed";
        payout["failure_code"] = "account_closed";
        Moved("payout_failure", "payout_reversal", payout, payout.Whole("amount"), 0, payout.Text("currency")!);
        Happened("payout.failed", payout);
    }

    /// <summary>Stripe charges for its services.</summary>
    public void ChargeFee(long amount, string currency) =>
        Moved("stripe_fee", "fee", new JsonObject { ["id"] = null }, -amount, 0, currency);

    private void NeedBalance(long amount, string currency)
    {
        if (Sum(currency, available: true) < amount)
            throw StripeFailure.State("You have insufficient available funds in your Stripe account.", "balance_insufficient");
    }

    private long Sum(string currency, bool available) =>
        All("balance_transaction")
            .Where(t => t.Text("currency") == currency && (t.Whole("available_on") <= Now) == available)
            .Sum(t => t.Whole("net"));

    private Func<JsonObject> Balance(StripeRequest request, string[] path)
    {
        if (request.Method != "GET" || path.Length > 0)
            throw Unrecognised(request);
        return () =>
        {
            var currencies = All("balance_transaction").Select(t => t.Text("currency")!).Distinct().Order(StringComparer.Ordinal).ToList();
            JsonArray Of(bool available) =>
                new([.. currencies.Select(c => (JsonNode)new JsonObject { ["amount"] = Sum(c, available), ["currency"] = c })]);
            return new JsonObject
            {
                ["object"] = "balance",
                ["livemode"] = false,
                ["available"] = Of(true),
                ["pending"] = Of(false),
            };
        };
    }

    private Func<JsonObject> BalanceTransactions(StripeRequest request, string[] path)
    {
        string? source = request.Text("source");
        return (request.Method, path) switch
        {
            ("GET", [var id]) => () => Get("balance_transaction", id),
            ("GET", []) => List(request, "balance_transaction", t => source is null || t.Text("source") == source),
            _ => throw Unrecognised(request),
        };
    }
}
