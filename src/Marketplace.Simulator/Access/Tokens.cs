using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Access;

/// <summary>
/// Bearer tokens: the administrator's, and short-lived ones of service accounts (TokenRequest). The latter are JWTs signed with a key
/// derived from the former, so they outlive a restart, and they end with their account.
/// </summary>
internal sealed class Tokens
{
    private const string Header = """{"alg":"HS256","typ":"JWT"}""";
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);
    private readonly ClusterApi api;
    private readonly byte[] admin;
    private readonly byte[] key;

    public Tokens(ClusterApi api, string adminToken)
    {
        this.api = api;
        admin = Encoding.ASCII.GetBytes(adminToken);
        key = HMACSHA256.HashData(admin, "service account tokens"u8);
    }

    public Identity? Identify(string bearer)
    {
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(bearer), admin))
        {
            return Identity.Admin;
        }
        var parts = bearer.Split('.');
        if (parts.Length != 3)
        {
            return null;
        }
        var signature = Encoding.ASCII.GetBytes(Sign($"{parts[0]}.{parts[1]}"));
        if (!CryptographicOperations.FixedTimeEquals(signature, Encoding.UTF8.GetBytes(parts[2])))
        {
            return null;
        }
        // Signed by us, so it reads well.
        var claims = Json.ParseObject(Base64Url.DecodeFromChars(parts[1]));
        var (ns, name) = (claims.Text("ns") ?? "", claims.Text("name") ?? "");
        var expired = api.Time.GetUtcNow().ToUnixTimeSeconds() >= (claims.Whole("exp") ?? 0);
        var account = api.Store.Get(ResourceCatalog.ServiceAccounts, ns, name);
        return !expired && account?.Uid == claims.Text("uid") ? Identity.ServiceAccount(ns, name) : null;
    }

    /// <summary>Answers a TokenRequest: its status holds the token and when it ends.</summary>
    public Answer<JsonObject> Issue(string ns, string name, JsonObject request)
    {
        if (api.Get(ResourceCatalog.ServiceAccounts, ns, name).Refused(out var refused, out var account))
        {
            return refused;
        }
        var seconds = request.Whole("spec", "expirationSeconds") ?? 3600;
        if (seconds < Shortest.TotalSeconds)
        {
            return ApiFailure.BadRequest("spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes");
        }
        var now = api.Time.GetUtcNow();
        var end = now + TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
        var claims = new JsonObject
        {
            ["iss"] = "simulator",
            ["sub"] = Identity.ServiceAccount(ns, name).User,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = end.ToUnixTimeSeconds(),
            ["ns"] = ns,
            ["name"] = name,
            ["uid"] = account.Uid,
        };
        var signed = $"{Encode(Header)}.{Encode(claims.ToJsonString())}";
        var answer = request.Copy();
        answer["apiVersion"] = "authentication.k8s.io/v1";
        answer["kind"] = "TokenRequest";
        answer["status"] = new JsonObject { ["token"] = $"{signed}.{Sign(signed)}", ["expirationTimestamp"] = Json.Time(end) };
        return answer;
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private string Sign(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text)));
}
