using System.Security.Cryptography;
using System.Text;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Marketplace.Platform.Api.Idempotency;

/// <summary>
/// Carries out a keyed request once. A successful answer is stored and repeated; a refusal had no effect and frees the key, so that the
/// corrected request may use it. A claim whose process died lapses and the retry runs again: the module's own check of the key then
/// returns what the first attempt made.
/// </summary>
internal sealed class IdempotencyMiddleware(RequestDelegate next, IdempotencyStore store)
{
    public async Task InvokeAsync(HttpContext http, ActorContext actor)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<IdempotencyMetadata>() is null)
        {
            await next(http);
            return;
        }
        if (IdempotencyKey.From(http.Request) is not { } key)
        {
            await ProblemResponse.WriteAsync(http, Missing);
            return;
        }
        var request = new KeyedRequest(actor.Current.PartyId, key.Value, await FingerprintAsync(http));
        switch (await store.ClaimAsync(request, http.RequestAborted))
        {
            case Claim.Reused:
                await ProblemResponse.WriteAsync(http, Reused(key.Value));
                break;
            case Claim.InFlight:
                http.Response.Headers.RetryAfter = "1";
                await ProblemResponse.WriteAsync(http, InFlight(key.Value));
                break;
            case Claim.Answered answered:
                await ReplayAsync(http, answered.Answer);
                break;
            case Claim.Mine mine:
                await RunAsync(http, request, mine.Token);
                break;
        }
    }

    private async Task RunAsync(HttpContext http, KeyedRequest request, string token)
    {
        Stream client = http.Response.Body;
        using var buffer = new MemoryStream();
        http.Response.Body = buffer;
        bool stored = false;
        try
        {
            await next(http);
            if (http.Response.StatusCode is >= 200 and < 300)
            {
                var answer = new StoredAnswer(
                    http.Response.StatusCode,
                    http.Response.ContentType,
                    http.Response.Headers.Location.ToString(),
                    http.Response.Headers.ETag.ToString(),
                    buffer.ToArray()
                );
                // The effect is committed: its answer is kept even when the caller has gone.
                await store.CompleteAsync(request, token, answer, CancellationToken.None);
                stored = true;
            }
        }
        finally
        {
            http.Response.Body = client;
            if (!stored)
                await store.ReleaseAsync(request, token, CancellationToken.None);
        }
        buffer.Position = 0;
        await buffer.CopyToAsync(client, http.RequestAborted);
    }

    private static async Task ReplayAsync(HttpContext http, StoredAnswer answer)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        http.Response.Headers["Idempotency-Replayed"] = "true";
        if (answer.Location is { Length: > 0 })
            http.Response.Headers.Location = answer.Location;
        if (answer.ETag is { Length: > 0 })
            http.Response.Headers.ETag = answer.ETag;
        await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
    }

    private static async Task<byte[]> FingerprintAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        long? limit = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        request.EnableBuffering(bufferThreshold: 1 << 20, bufferLimit: limit ?? long.MaxValue);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.PathBase}{request.Path}{request.QueryString}\n"));
        byte[] chunk = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(chunk, http.RequestAborted)) > 0; )
            hash.AppendData(chunk, 0, read);
        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }

    private static readonly Problem Missing = new(
        ProblemKind.Invalid,
        "idempotency-key-missing",
        "Idempotency-Key is missing",
        "This request moves money or capacity. Send an Idempotency-Key header, so that a retry cannot do it twice."
    )
    {
        Errors =
        [
            new FieldError(
                "",
                "The Idempotency-Key header is missing or malformed.",
                $"Send one of 1 to {IdempotencyKey.MaxLength} visible ASCII characters, such as a UUID."
            ),
        ],
    };

    private static Problem Reused(string key) =>
        new(
            ProblemKind.Invalid,
            "idempotency-key-reused",
            "Idempotency-Key was used before",
            $"The key '{key}' belongs to another request of your organisation. Use a new key for a new request, or send the first request unchanged."
        );

    private static Problem InFlight(string key) =>
        Problem.Conflict(
            "idempotency-key-in-flight",
            $"The first request with the key '{key}' is still running. Wait a second and send it again."
        );
}
