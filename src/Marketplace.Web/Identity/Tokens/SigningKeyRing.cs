using System.Buffers.Text;
using System.Security.Cryptography;
using Marketplace.Platform.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Marketplace.Web.Identity.Tokens;

/// <summary>A public key as JWKS shows it (RFC 7517).</summary>
internal sealed record PublishedKey(string Kid, string X, string Y);

/// <summary>The keys of this moment.</summary>
internal sealed record KeyRing(ECDsaSecurityKey Signer, IReadOnlyList<PublishedKey> Published, DateTimeOffset ReadAt);

/// <summary>
/// Makes, rotates and caches the signing keys. A successor is published well before it signs, so that whoever caches the key set knows it
/// by then; a key that has stopped signing stays published until its last token has expired.
/// </summary>
internal sealed class SigningKeyRing(
    IServiceScopeFactory scopes,
    IDataProtectionProvider protection,
    IOptions<IdentityOptions> options,
    TimeProvider time
) : IDisposable
{
    private const string Purpose = "identity.signing-key";

    // Any number that nothing else in this database locks: "signkeys" as bytes.
    private const long LockKey = 0x7369676e6b657973;
    private static readonly TimeSpan CacheTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);
    private readonly SemaphoreSlim gate = new(1, 1);
    private KeyRing? cached;

    /// <summary>How long before its turn a successor is published.</summary>
    private TimeSpan Lead => options.Value.SigningKeyTime / 10;

    public async Task<KeyRing> ReadAsync(CancellationToken ct)
    {
        if (cached is { } fresh && fresh.ReadAt + CacheTime > time.GetUtcNow())
            return fresh;
        await gate.WaitAsync(ct);
        try
        {
            if (cached is { } other && other.ReadAt + CacheTime > time.GetUtcNow())
                return other;
            return cached = await LoadAsync(ct);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Forgets what is cached: another replica may have made a key since.</summary>
    public void Refresh() => cached = null;

    public void Dispose() => gate.Dispose();

    private async Task<KeyRing> LoadAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        DateTimeOffset now = time.GetUtcNow();
        var keys = await PublishedAsync(db, now, ct);
        if (NeedsKey(keys, now))
            keys = await MakeAsync(db, now, ct);
        SigningKey signer = Signer(keys, now) ?? throw new InvalidOperationException("No key signs now, although one was just made.");
        return new KeyRing(Open(signer), [.. keys.Select(k => new PublishedKey(k.Id, k.X, k.Y))], now);
    }

    private static Task<List<SigningKey>> PublishedAsync(MarketplaceDbContext db, DateTimeOffset now, CancellationToken ct) =>
        db.Set<SigningKey>().AsNoTracking().Where(k => k.PublishedUntil > now).OrderBy(k => k.SignsFrom).ToListAsync(ct);

    private static SigningKey? Signer(IEnumerable<SigningKey> keys, DateTimeOffset now) =>
        keys.LastOrDefault(k => k.SignsFrom <= now && k.SignsUntil > now);

    private bool NeedsKey(List<SigningKey> keys, DateTimeOffset now) =>
        !keys.Exists(k => k.SignsUntil > now + Lead) || Signer(keys, now) is null;

    private Task<List<SigningKey>> MakeAsync(MarketplaceDbContext db, DateTimeOffset now, CancellationToken ct) =>
        db.InTransactionAsync(
            async token =>
            {
                // One replica makes the key, the others then read it.
                await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({LockKey})", token);
                var keys = await PublishedAsync(db, now, token);
                if (!NeedsKey(keys, now))
                    return keys;
                DateTimeOffset from = Signer(keys, now)?.SignsUntil ?? now;
                SigningKey made = New(now, from);
                db.Add(made);
                return [.. keys, made];
            },
            ct
        );

    private SigningKey New(DateTimeOffset now, DateTimeOffset from)
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters point = ecdsa.ExportParameters(includePrivateParameters: false);
        string x = Base64Url.EncodeToString(point.Q.X!);
        string y = Base64Url.EncodeToString(point.Q.Y!);
        DateTimeOffset until = from + options.Value.SigningKeyTime;
        return new SigningKey
        {
            Id = Thumbprint(x, y),
            X = x,
            Y = y,
            ProtectedPrivateKey = protection.CreateProtector(Purpose).Protect(Convert.ToBase64String(ecdsa.ExportPkcs8PrivateKey())),
            CreatedAt = now,
            SignsFrom = from,
            SignsUntil = until,
            PublishedUntil = until + options.Value.AccessTokenTime + Margin,
        };
    }

    private ECDsaSecurityKey Open(SigningKey key)
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(
            Convert.FromBase64String(protection.CreateProtector(Purpose).Unprotect(key.ProtectedPrivateKey)),
            out _
        );
        return new ECDsaSecurityKey(ecdsa) { KeyId = key.Id };
    }

    // RFC 7638: the id of a key is the hash of its required members, in this order and without spaces.
    private static string Thumbprint(string x, string y) =>
        Base64Url.EncodeToString(
            SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}"""))
        );
}
