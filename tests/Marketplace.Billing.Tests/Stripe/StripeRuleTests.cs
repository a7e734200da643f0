using System.Net;
using System.Text;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payments;
using Marketplace.Billing.Payments.Stripe;
using Marketplace.Platform.States;
using Marketplace.Simulator.Stripe;
using Marketplace.Testing;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Tests.Stripe;

/// <summary>What is decided from values alone: states, amounts, signatures, the wire.</summary>
public sealed class StripeRuleTests
{
    private static readonly DateTimeOffset Now = ManualTimeProvider.DefaultStart;

    [Fact]
    public void Every_step_that_is_not_in_a_table_fails()
    {
        Fails(PaymentStates.Payments, 100 - 26);
        Fails(PaymentStates.Refunds, 16 - 6);
        Fails(PaymentStates.Disputes, 36 - 10);

        static void Fails<TState>(TransitionTable<TState> table, int forbidden)
            where TState : struct, Enum
        {
            var pairs = table.Forbidden().ToList();
            Assert.Equal(forbidden, pairs.Count);
            Assert.All(pairs, p => Assert.Throws<IllegalTransitionException>(() => table.Move(p.From, p.To)));
        }
    }

    [Theory]
    [InlineData(DisputeState.UnderReview, DisputeState.NeedsResponse, false)]
    [InlineData(DisputeState.NeedsResponse, DisputeState.NeedsResponse, false)]
    [InlineData(DisputeState.Won, DisputeState.UnderReview, false)]
    [InlineData(DisputeState.NeedsResponse, DisputeState.Lost, true)]
    [InlineData(DisputeState.Won, DisputeState.Lost, true)]
    public void An_older_report_of_a_dispute_is_not_news_and_a_contradiction_is(DisputeState known, DisputeState reported, bool news) =>
        Assert.Equal(news, DisputeBook.Follows(known, reported));

    [Theory]
    [InlineData("CNY", 12_340_000, 1234)]
    [InlineData("JPY", 1_234_000_000, 1234)]
    [InlineData("KWD", 1_230_000, 1230)]
    public void Amounts_are_sent_in_the_minor_unit(string currency, long micros, long minor)
    {
        Assert.Equal(minor, StripeMoney.ToMinor(micros, currency));
        Assert.Equal(micros, StripeMoney.ToMicros(minor, currency));
    }

    [Theory]
    [InlineData("CNY", 12_345_000)]
    [InlineData("JPY", 500_000)]
    [InlineData("KWD", 1_234_000)]
    public void An_amount_that_cannot_be_sent_exactly_is_not_sent(string currency, long micros) =>
        Assert.Throws<ArgumentException>(() => StripeMoney.ToMinor(micros, currency));

    [Fact]
    public void Amounts_survive_the_way_there_and_back() =>
        Properties.Check(
            from currency in Gen.Elements("CNY", "USD", "JPY", "KWD", "VND", "TND")
            from amount in Gen.Choose(1, int.MaxValue)
            select (currency, minor: StripeMoney.Decimals(currency) == 3 ? amount / 10 * 10L : amount),
            x => StripeMoney.ToMinor(StripeMoney.ToMicros(x.minor, x.currency), x.currency) == x.minor,
            500
        );

    [Fact]
    public void A_signature_is_right_for_one_of_its_parts_and_one_of_our_secrets()
    {
        byte[] body = Encoding.UTF8.GetBytes("""{"id":"evt"}""");
        string right = StripeWebhooks.Header("new", Now, """{"id":"evt"}""");
        string[] parts = right.Split(',');
        string zeros = "v1=" + new string('0', 64);
        Assert.True(StripeSignature.Check(right, body, "new", Now));
        Assert.True(StripeSignature.Check($"{parts[0]},{zeros},{parts[1]},v0=abc", body, "old,new", Now.AddSeconds(300)));
        Assert.False(StripeSignature.Check($"{parts[0]},{zeros}", body, "new", Now));
        Assert.False(StripeSignature.Check(right, body, "old", Now));
        Assert.False(StripeSignature.Check(right, body, "", Now));
        Assert.False(StripeSignature.Check(right, body, "new", Now.AddSeconds(301)));
        Assert.False(StripeSignature.Check(right, body, "new", Now.AddSeconds(-301)));
        Assert.False(StripeSignature.Check(parts[1], body, "new", Now));
    }

    [Fact]
    public void Parameters_are_written_in_brackets_and_escaped() =>
        Assert.Equal(
            "amount=5&metadata%5Ba%5D=x%26y%20z&automatic_payment_methods%5Benabled%5D=true&expand%5B%5D=latest_charge",
            new StripeForm()
                .Add("amount", 5)
                .Metadata("a", "x&y z")
                .Add("left_out", (string?)null)
                .Add("automatic_payment_methods[enabled]", value: true)
                .Expand("latest_charge")
                .ToString()
        );

    [Fact]
    public async Task A_call_is_repeated_under_its_key_when_it_is_worth_it_and_no_secret_is_in_an_error()
    {
        var wire = new Wire([
            () => throw new HttpRequestException("sk_test_secret at api"),
            () => Answer(409, """{"error":{"type":"invalid_request_error","code":"lock_timeout","message":"locked"}}"""),
            () => Answer(200, """{"id":"tr_1","amount":5,"currency":"cny"}"""),
        ]);
        var client = Client(wire);
        var reply = await client.CreateTransferAsync("acct_1", 5, "cny", "po_1", "key-1", default);
        Assert.Equal("tr_1", reply.Must().Id);
        Assert.Equal(3, wire.Seen.Count);
        Assert.All(
            wire.Seen,
            r => Assert.Equal(("key-1", StripeOptions.ApiVersion, "Bearer sk_test_secret"), (r.Key, r.Version, r.Authorization))
        );
        Assert.Equal(
            "amount=5&currency=cny&destination=acct_1&transfer_group=po_1&metadata%5Bpayout_id%5D=po_1",
            Assert.Single(wire.Seen.Select(r => r.Body).Distinct())
        );

        var lost = new Wire([.. Enumerable.Repeat<Func<HttpResponseMessage>>(() => throw new HttpRequestException("sk_test_secret"), 3)]);
        var error = (await Client(lost).GetBalanceAsync(default)).Error!;
        Assert.True(error is { IsUnknown: true, IsKept: false });
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, null, 1)]
    [InlineData(500, "true", 3)]
    [InlineData(409, "false", 1)]
    [InlineData(402, null, 1)]
    [InlineData(503, null, 3)]
    public async Task Stripe_says_whether_a_repetition_is_of_use(int status, string? shouldRetry, int calls)
    {
        var wire = new Wire([
            .. Enumerable.Repeat<Func<HttpResponseMessage>>(
                () =>
                {
                    var answer = Answer(status, """{"error":{"type":"api_error","message":"no"}}""");
                    if (shouldRetry is not null)
                        answer.Headers.Add("Stripe-Should-Retry", shouldRetry);
                    return answer;
                },
                3
            ),
        ]);
        var reply = await Client(wire).GetBalanceAsync(default);
        Assert.Equal((status, calls), (reply.Error!.Status, wire.Seen.Count));
    }

    [Theory]
    [InlineData("payment_intent.succeeded", "payment_intent")]
    [InlineData("charge.dispute.funds_withdrawn", "dispute")]
    [InlineData("charge.refund.updated", "refund")]
    [InlineData("refund.failed", "refund")]
    [InlineData("charge.refunded", "charge")]
    [InlineData("setup_intent.succeeded", "setup_intent")]
    [InlineData("account.updated", "account")]
    [InlineData("payout.paid", "other")]
    public void An_event_says_which_object_to_look_at(string type, string kind) => Assert.Equal(kind, WorkOffEvents.KindOf(type));

    [Fact]
    public void Wrong_options_are_named_without_their_values()
    {
        var wrong = new StripeOptions
        {
            SecretKey = "pk_live_oops",
            PublishableKey = "sk_live_oops",
            ApiBase = new Uri("http://example.com/v1/"),
        };
        string said = string.Join('\n', wrong.Problems());
        foreach (string key in new[] { "SecretKey", "WebhookSecret", "PublishableKey", "ApiBase" })
            Assert.Contains($"Billing:Stripe:{key}", said, StringComparison.Ordinal);
        Assert.DoesNotContain("oops", said, StringComparison.Ordinal);
        Assert.Empty(new StripeOptions().Problems());
    }

    private static StripeClient Client(Wire wire)
    {
        var options = new BillingOptions();
        (options.Stripe.SecretKey, options.Stripe.RetryDelay) = ("sk_test_secret", TimeSpan.Zero);
        return new StripeClient(new StripeTransport(new HttpClient(wire), Options.Create(options), new ManualTimeProvider()));
    }

    private static HttpResponseMessage Answer(int status, string json) =>
        new((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private sealed record Seen(string? Key, string? Version, string? Authorization, string Body);

    /// <summary>Answers one after the other and remembers what it was asked.</summary>
    private sealed class Wire(IReadOnlyList<Func<HttpResponseMessage>> answers) : HttpMessageHandler
    {
        public List<Seen> Seen { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? values.Single() : null;
            Seen.Add(
                new Seen(
                    Header("Idempotency-Key"),
                    Header("Stripe-Version"),
                    Header("Authorization"),
                    request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)
                )
            );
            return answers[Seen.Count - 1]();
        }
    }
}
