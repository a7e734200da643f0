using Microsoft.AspNetCore.Http;

namespace Marketplace.Platform.Api.Idempotency;

/// <summary>The request's <c>Idempotency-Key</c>, as an endpoint parameter. Present on endpoints that call RequireIdempotencyKey.</summary>
public sealed record IdempotencyKey(string Value)
{
    public const string Header = "Idempotency-Key";
    public const int MaxLength = 200;

    /// <summary>Binds from the header; null when it is missing or malformed, which the middleware has answered before.</summary>
    public static ValueTask<IdempotencyKey?> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(From(context.Request));
    }

    public static implicit operator string(IdempotencyKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Value;
    }

    internal static IdempotencyKey? From(HttpRequest request)
    {
        string value = request.Headers[Header].ToString();
        // The IETF draft writes the key as a quoted string; most clients send it bare. Both name the same key.
        if (value is ['"', .., '"'])
            value = value[1..^1];
        return value.Length is > 0 and <= MaxLength && value.All(c => c is > ' ' and < '\x7f') ? new IdempotencyKey(value) : null;
    }
}
