using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Simulator.Stripe;

/// <summary>
/// A local server that behaves as Stripe's API in test mode as far as the marketplace uses it: state, idempotency keys, test cards, errors,
/// balance and signed webhooks. It refuses what it does not know, so a request it takes is exact. Nothing here moves money.
/// </summary>
public sealed class StripeDouble : IAsyncDisposable
{
    /// <summary>The API version it speaks; a request must name it.</summary>
    public const string Version = "2024-11-20.acacia";

    private static readonly TimeSpan KeysLive = TimeSpan.FromHours(24);
    private readonly WebApplication listener;
    private readonly StripeBook book;
    private readonly TimeProvider time;
    private readonly Dictionary<string, Kept> kept = new(StringComparer.Ordinal);
    private readonly List<StripeCall> calls = [];
    private readonly Lock gate = new();

    /// <param name="Answer">null while the first request runs.</param>
    private sealed record Kept(string Hash, DateTimeOffset At, (int Status, string Body)? Answer);

    private StripeDouble(WebApplication listener, StripeBook book, TimeProvider time, StripeKeys keys) =>
        (this.listener, this.book, this.time, Keys) = (listener, book, time, keys);

    /// <summary>The secrets a client and a webhook endpoint need.</summary>
    public StripeKeys Keys { get; }

    /// <summary>Where it listens, for <c>Billing:Stripe:ApiBase</c>.</summary>
    public Uri Address =>
        new(listener.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1/");

    /// <summary>What goes wrong; may be changed at any time.</summary>
    public StripeFaultPlan Faults { get; set; } = StripeFaultPlan.None;

    /// <summary>Every call so far.</summary>
    public IReadOnlyList<StripeCall> Calls
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    /// <summary>Runs inside the double, between two requests.</summary>
    internal T With<T>(Func<StripeBook, T> use)
    {
        lock (gate)
            return use(book);
    }

    /// <summary>Objects of a kind, such as <c>payment_intent</c>, as JSON texts in the order they were made.</summary>
    public IReadOnlyList<JsonObject> All(string kind) =>
        With<IReadOnlyList<JsonObject>>(b => [.. b.All(kind).Select(o => (JsonObject)o.DeepClone())]);

    /// <summary>A cardholder disputes a charge.</summary>
    /// <returns>The dispute's id.</returns>
    public string Dispute(string chargeId, long? amount = null) =>
        With(b => b.Dispute(b.Find(chargeId)!, "fraudulent", amount ?? b.Find(chargeId)!.Whole("amount")).Text("id")!);

    /// <summary>The bank decides a dispute.</summary>
    public void Decide(string disputeId, bool won) => Do(b => b.DecideDispute(disputeId, won));

    /// <summary>The customer answers the bank's question about an intent.</summary>
    public void Authenticate(string intentId, bool passed) => Do(b => b.Authenticate(intentId, passed));

    /// <summary>The bank settles a pending refund, or sends a refund back.</summary>
    public void SettleRefund(string refundId, bool arrived) =>
        Do(b =>
        {
            if (arrived)
                b.FinishRefund(refundId);
            else
                b.FailRefund(refundId);
        });

    /// <summary>Pays available balance out to the bank.</summary>
    /// <param name="amount">Minor units.</param>
    public string PayOut(long amount, string currency) => With(b => b.Payout(amount, currency, null, []).Text("id")!);

    /// <summary>The bank sends a payout back.</summary>
    public void FailPayout(string payoutId) => Do(b => b.FailPayout(payoutId));

    /// <summary>Charges the account for the provider's services.</summary>
    public void ChargeFee(long amount, string currency) => Do(b => b.ChargeFee(amount, currency));

    /// <summary>A connected account's owner finishes the provider's form.</summary>
    public void Onboard(string accountId) => Do(b => b.Onboard(accountId));

    /// <summary>The provider wants to know more of a connected account, and pays nothing there until then.</summary>
    public void Restrict(string accountId, params string[] due) => Do(b => b.Restrict(accountId, due));

    /// <summary>Somebody takes a transfer back by hand.</summary>
    /// <param name="amount">Minor units; null takes all of it.</param>
    public void ReverseTransfer(string transferId, long? amount = null) => Do(b => b.ReverseTransfer(transferId, amount));

    /// <summary>Changes or removes what was there: for tests of reconciliation.</summary>
    /// <param name="change">null removes the object.</param>
    public void Tamper(string id, Action<JsonObject>? change) =>
        Do(b =>
        {
            if (change is null)
                b.Forget(id);
            else
                change(b.Find(id)!);
        });

    private void Do(Action<StripeBook> act) =>
        With(b =>
        {
            act(b);
            return 0;
        });

    /// <summary>Starts the double.</summary>
    /// <param name="port">0 takes a free one.</param>
    public static async Task<StripeDouble> StartAsync(
        TimeProvider? time = null,
        int port = 0,
        StripeKeys? keys = null,
        CancellationToken ct = default
    )
    {
        TimeProvider clock = time ?? TimeProvider.System;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http1);
        });
        var web = builder.Build();
        var server = new StripeDouble(web, new StripeBook(clock), clock, keys ?? new StripeKeys());
        web.Run(server.HandleAsync);
        await web.StartAsync(ct);
        return server;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await listener.StopAsync();
        await listener.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext http)
    {
        if (http.Request.Path.StartsWithSegments("/test", StringComparison.Ordinal))
        {
            await StripeTestPages.HandleAsync(http, this);
            return;
        }
        using var reader = new StreamReader(http.Request.Body);
        string body = await reader.ReadToEndAsync(http.RequestAborted);
        string encoded = http.Request.Method == "GET" ? (http.Request.QueryString.Value ?? "").TrimStart('?') : body;
        var call = Count(http.Request);
        StripeFault fault = Faults.Choose(call);
        if (fault == StripeFault.LostBefore)
        {
            http.Abort();
            return;
        }
        var (status, text) = Answer(http.Request, encoded, fault);
        if (fault == StripeFault.LostAfter)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers["Request-Id"] = RequestId(call);
        http.Response.Headers["Stripe-Version"] = Version;
        if (fault is StripeFault.Conflict)
            http.Response.Headers["Stripe-Should-Retry"] = "true";
        if (fault is StripeFault.RateLimited)
            http.Response.Headers.RetryAfter = "1";
        await http.Response.WriteAsync(
            text.Replace("{base}", $"http://{http.Request.Host}", StringComparison.Ordinal),
            http.RequestAborted
        );
    }

    private StripeCall Count(HttpRequest request)
    {
        lock (gate)
        {
            var call = new StripeCall(calls.Count + 1, request.Method, request.Path.Value ?? "");
            calls.Add(call);
            return call;
        }
    }

    private static string RequestId(StripeCall call) => string.Create(CultureInfo.InvariantCulture, $"req_{call.Number:D14}");

    private (int Status, string Body) Answer(HttpRequest http, string encoded, StripeFault fault)
    {
        lock (gate)
        {
            string requestId = RequestId(calls[^1]);
            try
            {
                CheckHeaders(http);
                switch (fault)
                {
                    case StripeFault.Conflict:
                        throw new StripeFailure(409, "invalid_request_error", "lock_timeout", "This object cannot be accessed right now.");
                    case StripeFault.RateLimited:
                        throw new StripeFailure(429, "invalid_request_error", "rate_limit", "Request rate limit exceeded.");
                }
                string? account = http.Headers["Stripe-Account"] is [{ } a] ? a : null;
                var request = new StripeRequest(http.Method, http.Path.Value ?? "", encoded, account);
                string? key = http.Method == "POST" && http.Headers["Idempotency-Key"] is [{ Length: > 0 } given] ? given : null;
                return key is null ? Run(request, fault, requestId).Answer : Once(key, request, fault, requestId);
            }
            catch (StripeFailure e)
            {
                return (e.Status, e.Body(requestId).ToJsonString());
            }
        }
    }

    private void CheckHeaders(HttpRequest http)
    {
        if (http.Headers.Authorization is not [{ } authorization] || authorization != $"Bearer {Keys.SecretKey}")
            throw new StripeFailure(401, "invalid_request_error", null, "Invalid API Key provided.");
        if (http.Headers["Stripe-Version"] is not [Version])
            throw StripeFailure.Invalid($"Send Stripe-Version: {Version}.");
        if (
            http.Method == "POST"
            && http.ContentLength > 0
            && http.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal) != true
        )
            throw StripeFailure.Invalid("Invalid request: send parameters form-encoded (application/x-www-form-urlencoded).");
        if (http.Headers["Idempotency-Key"] is [{ Length: > 255 }])
            throw StripeFailure.Invalid("Idempotency keys can be up to 255 characters long.");
    }

    private (int Status, string Body) Once(string key, StripeRequest request, StripeFault fault, string requestId)
    {
        if (kept.TryGetValue(key, out Kept? before) && before.At > time.GetUtcNow() - KeysLive)
        {
            if (before.Hash != request.Hash)
                throw new StripeFailure(
                    400,
                    "idempotency_error",
                    null,
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                );
            return before.Answer
                ?? throw new StripeFailure(
                    409,
                    "idempotency_error",
                    "idempotency_key_in_use",
                    "There is currently another in-progress request using this Idempotent Key."
                );
        }
        kept[key] = new Kept(request.Hash, time.GetUtcNow(), null);
        try
        {
            var (answer, executed) = Run(request, fault, requestId);
            if (executed)
                kept[key] = new Kept(request.Hash, time.GetUtcNow(), answer);
            else
                kept.Remove(key);
            return answer;
        }
        catch
        {
            kept.Remove(key);
            throw;
        }
    }

    /// <summary>Marks a key as being used by a request that has not ended: for tests of two requests at once.</summary>
    public void Occupy(string idempotencyKey, string method, string path, string form)
    {
        lock (gate)
            kept[idempotencyKey] = new Kept(new StripeRequest(method, path, form, null).Hash, time.GetUtcNow(), null);
    }

    private ((int Status, string Body) Answer, bool Executed) Run(StripeRequest request, StripeFault fault, string requestId)
    {
        if (fault == StripeFault.ErrorBefore)
            return (Broken(requestId), true);
        try
        {
            JsonObject answer = book.Answer(request);
            return fault == StripeFault.ErrorAfter ? (Broken(requestId), true) : ((200, answer.ToJsonString()), true);
        }
        catch (StripeFailure e)
        {
            return fault == StripeFault.ErrorAfter && e.Executed
                ? (Broken(requestId), true)
                : ((e.Status, e.Body(requestId).ToJsonString()), e.Executed);
        }
    }

    private static (int Status, string Body) Broken(string requestId) =>
        (500, new StripeFailure(500, "api_error", null, "An unknown error occurred.").Body(requestId).ToJsonString());
}

/// <summary>The double's secrets. They protect nothing.</summary>
/// <param name="SecretKey">For <c>Billing:Stripe:SecretKey</c>.</param>
/// <param name="WebhookSecret">For <c>Billing:Stripe:WebhookSecret</c>.</param>
public sealed record StripeKeys(string SecretKey = "sk_test_double", string WebhookSecret = "whsec_double");
