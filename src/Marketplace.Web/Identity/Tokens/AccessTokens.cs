using System.Security.Cryptography;
using Marketplace.Platform.Ids;
using Marketplace.Web.Identity.Credentials;
using Marketplace.Web.Identity.Mail;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Marketplace.Web.Identity.Tokens;

/// <summary>What a valid token says.</summary>
internal sealed record TokenGrant(string ClientId, string PartyId, IReadOnlyList<string> Scopes);

/// <summary>Issues and reads access tokens: ES256 JWTs of the profile RFC 9068 (<c>at+jwt</c>).</summary>
internal sealed class AccessTokens(
    SigningKeyRing keys,
    PublicLinks links,
    IdFactory ids,
    IOptions<IdentityOptions> options,
    TimeProvider time
)
{
    private const string TokenType = "at+jwt";
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    public string Audience => links.Origin + "/api";

    public async Task<string> IssueAsync(OAuthClient client, IEnumerable<string> scopes, CancellationToken ct)
    {
        KeyRing ring = await keys.ReadAsync(ct);
        DateTimeOffset now = time.GetUtcNow();
        return Handler.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = TokenType,
                Issuer = links.Origin,
                Audience = Audience,
                IssuedAt = now.UtcDateTime,
                NotBefore = now.UtcDateTime,
                Expires = (now + options.Value.AccessTokenTime).UtcDateTime,
                SigningCredentials = new SigningCredentials(ring.Signer, SecurityAlgorithms.EcdsaSha256),
                Claims = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["sub"] = client.Id,
                    ["client_id"] = client.Id,
                    ["scope"] = string.Join(' ', scopes),
                    ["party"] = client.PartyId,
                    ["jti"] = ids.New("jti"),
                },
            }
        );
    }

    /// <returns>null when it is malformed, expired, or signed by somebody else.</returns>
    public async Task<TokenGrant?> ReadAsync(string token, CancellationToken ct)
    {
        if (!Handler.CanReadToken(token))
            return null;
        KeyRing ring = await keys.ReadAsync(ct);
        string kid = Handler.ReadJsonWebToken(token).Kid;
        if (!ring.Published.Any(k => k.Kid == kid))
        {
            if (ring.ReadAt + TimeSpan.FromSeconds(5) > time.GetUtcNow())
                return null;
            keys.Refresh();
            ring = await keys.ReadAsync(ct);
        }
        TokenValidationResult result = await Handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidIssuer = links.Origin,
                ValidAudience = Audience,
                ValidTypes = [TokenType],
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                RequireSignedTokens = true,
                IssuerSigningKeys = ring.Published.Select(Public),
                LifetimeValidator = (from, until, _, _) => IsNow(from, until),
            }
        );
        if (!result.IsValid)
            return null;
        string Claim(string name) => result.Claims.TryGetValue(name, out object? value) ? value.ToString() ?? "" : "";
        return new TokenGrant(Claim("client_id"), Claim("party"), Claim("scope").Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private bool IsNow(DateTime? from, DateTime? until)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        return until is not null && until > now - Skew && (from is null || from <= now + Skew);
    }

    private static ECDsaSecurityKey Public(PublishedKey key) =>
        new(
            ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
                }
            )
        )
        {
            KeyId = key.Kid,
        };
}
