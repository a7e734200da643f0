using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Simulator.Stripe;

/// <summary>One signed delivery of an event.</summary>
/// <param name="EventId">The same for every copy.</param>
/// <param name="Signature">The header <c>Stripe-Signature</c>.</param>
public sealed record StripeDelivery(string EventId, string Type, string Payload, string Signature);

/// <summary>Signs the double's events and delivers them: in order, or as badly as a seed says.</summary>
public sealed class StripeWebhooks(StripeDouble server, TimeProvider time)
{
    private int taken;

    /// <summary>The events since the last call, signed now.</summary>
    public IReadOnlyList<StripeDelivery> Take() =>
        server.With<IReadOnlyList<StripeDelivery>>(b =>
        {
            var fresh = b.Events.Skip(taken).Select(e => Sign(e.Text("id")!, e.Text("type")!, e.ToJsonString())).ToList();
            taken = b.Events.Count;
            return fresh;
        });

    /// <summary>The same with copies, in another order, and some lost.</summary>
    /// <param name="lost">Probability of a loss, 0 to 1.</param>
    public IReadOnlyList<StripeDelivery> TakeBadly(int seed, double lost)
    {
        var random = new Random(seed);
        var badly = Take().Where(_ => random.NextDouble() >= lost).SelectMany(d => Enumerable.Repeat(d, random.Next(1, 4))).ToArray();
        random.Shuffle(badly);
        return badly;
    }

    /// <summary>Signs a payload as Stripe does: HMAC-SHA256 over <c>t.payload</c>.</summary>
    public StripeDelivery Sign(string eventId, string type, string payload) =>
        new(eventId, type, payload, Header(server.Keys.WebhookSecret, time.GetUtcNow(), payload));

    /// <summary>The header for a payload, a secret and a moment.</summary>
    public static string Header(string secret, DateTimeOffset at, string payload)
    {
        string stamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{stamp}.{payload}"));
        return $"t={stamp},v1={Convert.ToHexStringLower(hash)}";
    }

    /// <summary>Delivers for as long as it runs; a delivery that is not answered with 2xx is repeated, each time later.</summary>
    public async Task DeliverAsync(Uri endpoint, CancellationToken ct)
    {
        using var http = new HttpClient();
        var waiting = new List<(StripeDelivery Delivery, int Failures, DateTimeOffset At)>();
        while (!ct.IsCancellationRequested)
        {
            DateTimeOffset now = time.GetUtcNow();
            waiting.AddRange(Take().Select(d => (d, 0, now)));
            foreach (var item in waiting.Where(w => w.At <= now).ToList())
            {
                waiting.Remove(item);
                if (!await DeliveredAsync(http, endpoint, item.Delivery, ct))
                    waiting.Add(
                        (item.Delivery, item.Failures + 1, now + TimeSpan.FromSeconds(Math.Pow(2, Math.Min(10, item.Failures + 1))))
                    );
            }
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, ct);
        }
    }

    private async Task<bool> DeliveredAsync(HttpClient http, Uri endpoint, StripeDelivery delivery, CancellationToken ct)
    {
        // A repetition is signed anew: the first signature may be too old by then.
        var signed = Sign(delivery.EventId, delivery.Type, delivery.Payload);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Content = new StringContent(signed.Payload, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        request.Headers.Add("Stripe-Signature", signed.Signature);
        try
        {
            using var answer = await http.SendAsync(request, ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
