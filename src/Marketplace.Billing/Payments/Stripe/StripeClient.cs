namespace Marketplace.Billing.Payments.Stripe;

/// <summary>The calls of Stripe's API that are used here, one line of documentation each. Paths and parameters are the API's.</summary>
internal sealed class StripeClient(StripeTransport transport)
{
    private const int PageSize = 100;
    private const string Charge = "latest_charge.balance_transaction";
    private const string Method = "payment_method";

    // Customers and methods.

    public Task<StripeReply<StripeCustomer>> CreateCustomerAsync(string partyId, string? name, string key, CancellationToken ct) =>
        transport.PostAsync<StripeCustomer>("customers", new StripeForm().Add("name", name).Metadata("party_id", partyId), key, ct);

    public Task<StripeReply<StripeCustomer>> GetCustomerAsync(string customer, CancellationToken ct) =>
        transport.GetAsync<StripeCustomer>($"customers/{customer}", null, ct);

    /// <summary>Search is up to a minute behind: for what is older only.</summary>
    public Task<StripeReply<StripeList<StripeCustomer>>> SearchCustomersAsync(string partyId, CancellationToken ct) =>
        transport.GetAsync<StripeList<StripeCustomer>>(
            "customers/search",
            new StripeForm().Add("query", $"metadata['party_id']:'{partyId}'"),
            ct
        );

    public Task<StripeReply<StripeCustomer>> SetDefaultMethodAsync(string customer, string method, string key, CancellationToken ct) =>
        transport.PostAsync<StripeCustomer>(
            $"customers/{customer}",
            new StripeForm().Add("invoice_settings[default_payment_method]", method),
            key,
            ct
        );

    public Task<StripeReply<StripeList<StripePaymentMethod>>> ListMethodsAsync(string customer, CancellationToken ct) =>
        transport.GetAsync<StripeList<StripePaymentMethod>>(
            $"customers/{customer}/payment_methods",
            new StripeForm().Add("type", "card").Add("limit", PageSize),
            ct
        );

    public Task<StripeReply<StripePaymentMethod>> GetMethodAsync(string method, CancellationToken ct) =>
        transport.GetAsync<StripePaymentMethod>($"payment_methods/{method}", null, ct);

    public Task<StripeReply<StripePaymentMethod>> DetachMethodAsync(string method, string key, CancellationToken ct) =>
        transport.PostAsync<StripePaymentMethod>($"payment_methods/{method}/detach", new StripeForm(), key, ct);

    public Task<StripeReply<StripeSetupIntent>> CreateSetupIntentAsync(string customer, string partyId, string key, CancellationToken ct) =>
        transport.PostAsync<StripeSetupIntent>(
            "setup_intents",
            new StripeForm()
                .Add("customer", customer)
                .Add("usage", "off_session")
                .Add("automatic_payment_methods[enabled]", value: true)
                .Metadata("party_id", partyId),
            key,
            ct
        );

    public Task<StripeReply<StripeSetupIntent>> GetSetupIntentAsync(string intent, CancellationToken ct) =>
        transport.GetAsync<StripeSetupIntent>($"setup_intents/{intent}", null, ct);

    public Task<StripeReply<StripeSetupIntent>> ConfirmSetupIntentAsync(
        string intent,
        string method,
        Uri returnUrl,
        string key,
        CancellationToken ct
    ) =>
        transport.PostAsync<StripeSetupIntent>(
            $"setup_intents/{intent}/confirm",
            new StripeForm().Add("payment_method", method).Add("return_url", returnUrl.ToString()),
            key,
            ct
        );

    // Payments. An intent is made without charging anything; confirming it charges, at most once.

    public Task<StripeReply<StripePaymentIntent>> CreateIntentAsync(
        long amount,
        string currency,
        string customer,
        string paymentId,
        string partyId,
        string description,
        string key,
        CancellationToken ct
    ) =>
        transport.PostAsync<StripePaymentIntent>(
            "payment_intents",
            new StripeForm()
                .Add("amount", amount)
                .Add("currency", currency)
                .Add("customer", customer)
                .Add("description", description)
                .Add("automatic_payment_methods[enabled]", value: true)
                .Metadata("payment_id", paymentId)
                .Metadata("party_id", partyId)
                .Expand(Charge, Method),
            key,
            ct
        );

    public Task<StripeReply<StripePaymentIntent>> GetIntentAsync(string intent, CancellationToken ct) =>
        transport.GetAsync<StripePaymentIntent>($"payment_intents/{intent}", new StripeForm().Expand(Charge, Method), ct);

    /// <summary>A customer's intents since a moment, newest first. Unlike search it knows what was written a moment ago.</summary>
    public Task<StripeReply<StripeList<StripePaymentIntent>>> ListIntentsAsync(
        string customer,
        DateTimeOffset since,
        string? after,
        CancellationToken ct
    ) =>
        transport.GetAsync<StripeList<StripePaymentIntent>>(
            "payment_intents",
            new StripeForm()
                .Add("customer", customer)
                .Add("created[gte]", since.ToUnixTimeSeconds())
                .Add("limit", PageSize)
                .Add("starting_after", after),
            ct
        );

    public Task<StripeReply<StripePaymentIntent>> ConfirmIntentAsync(
        string intent,
        string method,
        bool offSession,
        Uri returnUrl,
        string key,
        CancellationToken ct
    )
    {
        StripeForm form = new StripeForm().Add("payment_method", method);
        form = offSession ? form.Add("off_session", value: true) : form.Add("return_url", returnUrl.ToString());
        return transport.PostAsync<StripePaymentIntent>($"payment_intents/{intent}/confirm", form.Expand(Charge, Method), key, ct);
    }

    public Task<StripeReply<StripePaymentIntent>> CancelIntentAsync(string intent, string key, CancellationToken ct) =>
        transport.PostAsync<StripePaymentIntent>(
            $"payment_intents/{intent}/cancel",
            new StripeForm().Add("cancellation_reason", "abandoned").Expand(Charge, Method),
            key,
            ct
        );

    public Task<StripeReply<StripeCharge>> GetChargeAsync(string charge, CancellationToken ct) =>
        transport.GetAsync<StripeCharge>($"charges/{charge}", null, ct);

    // Refunds and disputes.

    public Task<StripeReply<StripeRefund>> CreateRefundAsync(
        string paymentIntent,
        long amount,
        string refundId,
        string key,
        CancellationToken ct
    ) =>
        transport.PostAsync<StripeRefund>(
            "refunds",
            new StripeForm()
                .Add("payment_intent", paymentIntent)
                .Add("amount", amount)
                .Add("reason", "requested_by_customer")
                .Metadata("refund_id", refundId),
            key,
            ct
        );

    public Task<StripeReply<StripeRefund>> GetRefundAsync(string refund, CancellationToken ct) =>
        transport.GetAsync<StripeRefund>($"refunds/{refund}", null, ct);

    public Task<StripeReply<StripeList<StripeRefund>>> ListRefundsAsync(string paymentIntent, CancellationToken ct) =>
        transport.GetAsync<StripeList<StripeRefund>>(
            "refunds",
            new StripeForm().Add("payment_intent", paymentIntent).Add("limit", PageSize),
            ct
        );

    public Task<StripeReply<StripeDispute>> GetDisputeAsync(string dispute, CancellationToken ct) =>
        transport.GetAsync<StripeDispute>($"disputes/{dispute}", null, ct);

    public Task<StripeReply<StripeDispute>> SubmitEvidenceAsync(string dispute, string text, string key, CancellationToken ct) =>
        transport.PostAsync<StripeDispute>(
            $"disputes/{dispute}",
            new StripeForm().Add("evidence[uncategorized_text]", text).Add("submit", value: true),
            key,
            ct
        );

    public Task<StripeReply<StripeDispute>> CloseDisputeAsync(string dispute, string key, CancellationToken ct) =>
        transport.PostAsync<StripeDispute>($"disputes/{dispute}/close", new StripeForm(), key, ct);

    // Connect: whom we pay, and transfers to them from our balance (separate charges and transfers).

    public Task<StripeReply<StripeAccount>> CreateAccountAsync(string partyId, string country, string key, CancellationToken ct) =>
        transport.PostAsync<StripeAccount>(
            "accounts",
            new StripeForm()
                .Add("type", "express")
                .Add("country", country)
                .Add("capabilities[transfers][requested]", value: true)
                .Metadata("party_id", partyId),
            key,
            ct
        );

    public Task<StripeReply<StripeAccount>> GetAccountAsync(string account, CancellationToken ct) =>
        transport.GetAsync<StripeAccount>($"accounts/{account}", null, ct);

    /// <summary>Accounts made since a moment, newest first.</summary>
    public Task<StripeReply<StripeList<StripeAccount>>> ListAccountsAsync(DateTimeOffset since, string? after, CancellationToken ct) =>
        transport.GetAsync<StripeList<StripeAccount>>(
            "accounts",
            new StripeForm().Add("created[gte]", since.ToUnixTimeSeconds()).Add("limit", PageSize).Add("starting_after", after),
            ct
        );

    /// <summary>The address of Stripe's own form, good for a few minutes and one visit.</summary>
    public Task<StripeReply<StripeAccountLink>> CreateAccountLinkAsync(
        string account,
        Uri refresh,
        Uri returnTo,
        string key,
        CancellationToken ct
    ) =>
        transport.PostAsync<StripeAccountLink>(
            "account_links",
            new StripeForm()
                .Add("account", account)
                .Add("refresh_url", refresh.ToString())
                .Add("return_url", returnTo.ToString())
                .Add("type", "account_onboarding"),
            key,
            ct
        );

    public Task<StripeReply<StripeTransfer>> CreateTransferAsync(
        string account,
        long amount,
        string currency,
        string payoutId,
        string key,
        CancellationToken ct
    ) =>
        transport.PostAsync<StripeTransfer>(
            "transfers",
            new StripeForm()
                .Add("amount", amount)
                .Add("currency", currency)
                .Add("destination", account)
                .Add("transfer_group", payoutId)
                .Metadata("payout_id", payoutId),
            key,
            ct
        );

    public Task<StripeReply<StripeTransfer>> GetTransferAsync(string transfer, CancellationToken ct) =>
        transport.GetAsync<StripeTransfer>($"transfers/{transfer}", null, ct);

    /// <summary>The transfers of a payout, so that a repetition after a lost answer finds the first.</summary>
    public Task<StripeReply<StripeList<StripeTransfer>>> ListTransfersAsync(string payoutId, CancellationToken ct) =>
        transport.GetAsync<StripeList<StripeTransfer>>(
            "transfers",
            new StripeForm().Add("transfer_group", payoutId).Add("limit", PageSize),
            ct
        );

    public Task<StripeReply<StripeTransferReversal>> ReverseTransferAsync(string transfer, long amount, string key, CancellationToken ct) =>
        transport.PostAsync<StripeTransferReversal>($"transfers/{transfer}/reversals", new StripeForm().Add("amount", amount), key, ct);

    // The balance.

    public Task<StripeReply<StripeBalance>> GetBalanceAsync(CancellationToken ct) => transport.GetAsync<StripeBalance>("balance", null, ct);

    /// <summary>Everything that moved the balance since a moment, newest first, each with the object behind it.</summary>
    public Task<StripeReply<StripeList<StripeBalanceTransaction>>> ListBalanceTransactionsAsync(
        DateTimeOffset since,
        string? after,
        CancellationToken ct
    ) =>
        transport.GetAsync<StripeList<StripeBalanceTransaction>>(
            "balance_transactions",
            new StripeForm()
                .Add("created[gte]", since.ToUnixTimeSeconds())
                .Add("limit", PageSize)
                .Add("starting_after", after)
                // A reversal says only there which transfer it takes back.
                .Expand("data.source"),
            ct
        );
}
