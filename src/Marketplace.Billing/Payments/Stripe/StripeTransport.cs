using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// One call of the API: form encoding, the pinned version, the idempotency key, and a few repetitions under the same key. The secret key is in
/// the header of the request and nowhere else.
/// </summary>
internal sealed class StripeTransport(HttpClient http, IOptions<BillingOptions> options, TimeProvider time)
{
    /// <summary>A wait longer than this is not worth a request's time: the job asks later.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private sealed record Failed(StripeError? Error);

    private StripeOptions Stripe => options.Value.Stripe;

    public Task<StripeReply<T>> GetAsync<T>(string path, StripeForm? query, CancellationToken ct)
        where T : class
    {
        string text = query?.ToString() ?? "";
        return SendAsync<T>(HttpMethod.Get, text.Length == 0 ? path : $"{path}?{text}", null, null, null, ct);
    }

    /// <param name="idempotencyKey">The same for every repetition of one request, at most 255 characters.</param>
    /// <param name="account">A connected account to act for; null for our own.</param>
    public Task<StripeReply<T>> PostAsync<T>(
        string path,
        StripeForm form,
        string idempotencyKey,
        CancellationToken ct,
        string? account = null
    )
        where T : class => SendAsync<T>(HttpMethod.Post, path, form.ToString(), idempotencyKey, account, ct);

    private async Task<StripeReply<T>> SendAsync<T>(
        HttpMethod method,
        string path,
        string? form,
        string? key,
        string? account,
        CancellationToken ct
    )
        where T : class
    {
        for (int attempt = 0; ; attempt++)
        {
            var (reply, again) = await OnceAsync<T>(method, path, form, key, account, ct);
            if (again is not { } wait || attempt >= Stripe.MaxRetries)
                return reply;
            TimeSpan pause = TimeSpan.FromTicks(Math.Max(wait.Ticks, Stripe.RetryDelay.Ticks << attempt));
            if (pause > LongestWait || (wait > TimeSpan.Zero && Stripe.RetryDelay == TimeSpan.Zero))
                return reply;
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, time, ct);
        }
    }

    /// <returns>The reply, and how long to wait before a repetition; null when repeating is of no use.</returns>
    private async Task<(StripeReply<T> Reply, TimeSpan? Again)> OnceAsync<T>(
        HttpMethod method,
        string path,
        string? form,
        string? key,
        string? account,
        CancellationToken ct
    )
        where T : class
    {
        using var request = new HttpRequestMessage(method, new Uri(Stripe.ApiBase, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Stripe.SecretKey);
        request.Headers.Add("Stripe-Version", StripeOptions.ApiVersion);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (account is not null)
            request.Headers.Add("Stripe-Account", account);
        if (form is not null)
            request.Content = new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Stripe.Timeout);
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            byte[] body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            if (response.IsSuccessStatusCode)
                return (new StripeReply<T>(JsonSerializer.Deserialize<T>(body, Json), null), null);
            StripeError error = ErrorOf((int)response.StatusCode, body);
            return (new StripeReply<T>(null, error), RetryAfter(response, error));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            // The type only: a message may carry the address, and nothing of a request belongs into a row.
            return (new StripeReply<T>(null, StripeError.NoAnswer($"No answer from Stripe ({e.GetType().Name}).")), TimeSpan.Zero);
        }
    }

    private static StripeError ErrorOf(int status, byte[] body)
    {
        StripeError? error;
        try
        {
            error = JsonSerializer.Deserialize<Failed>(body, Json)?.Error;
        }
        catch (JsonException)
        {
            error = null;
        }
        return error is null
            ? new StripeError(status, "api_error", null, null, $"Stripe answered {status}.", null, null, null)
            : error with
            {
                Status = status,
            };
    }

    /// <summary>What Stripe says with <c>Stripe-Should-Retry</c>; else a lock, a limit and an outage are worth another try.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response, StripeError error)
    {
        bool worth = response.Headers.TryGetValues("Stripe-Should-Retry", out var said)
            ? said.First() == "true"
            : error.Status is 429 or 503
                || (error.Status == 409 && error.Type != "idempotency_error")
                || error.Code == "idempotency_key_in_use";
        if (!worth)
            return null;
        return
            response.Headers.TryGetValues("Retry-After", out var after)
            && int.TryParse(after.First(), CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;
    }
}
