using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Simulator.Stripe;

/// <summary>One request: method, path and its form or query in bracket notation.</summary>
internal sealed class StripeRequest
{
    private readonly List<KeyValuePair<string, string>> form;
    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    public StripeRequest(string method, string path, string encoded, string? account)
    {
        (Method, Path, Account) = (method, path, account);
        form = [.. Parse(encoded)];
        Hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{method} {path}\n{account}\n{encoded}")));
    }

    public string Method { get; }
    public string Path { get; }

    /// <summary>The connected account of <c>Stripe-Account</c>; null for the platform's own.</summary>
    public string? Account { get; }

    /// <summary>Tells a repetition from another request under the same idempotency key.</summary>
    public string Hash { get; }

    public string? Text(string name)
    {
        read.Add(name);
        string? value = null;
        foreach (var (key, given) in form)
        {
            if (key == name)
                value = given;
        }
        return value;
    }

    public string Required(string name) =>
        Text(name) is { Length: > 0 } value
            ? value
            : throw StripeFailure.Invalid($"Missing required param: {name}.", name, "parameter_missing");

    public bool Flag(string name) =>
        Text(name) switch
        {
            null or "" or "false" => false,
            "true" => true,
            var other => throw StripeFailure.Invalid($"Invalid boolean: {other}", name),
        };

    public long Whole(string name) =>
        long.TryParse(Required(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw StripeFailure.Invalid($"Invalid integer: {Text(name)}", name, "parameter_invalid_integer");

    /// <summary>A currency in small letters, as the API wants it.</summary>
    public string Currency(string name = "currency") =>
        Required(name) is { Length: 3 } code && code.All(char.IsAsciiLetterLower)
            ? code
            : throw StripeFailure.Invalid($"Invalid currency: {Text(name)}.", name);

    /// <summary>An amount in the currency's minor unit, above zero.</summary>
    public long Amount(string name = "amount") =>
        Whole(name) is > 0 and <= 99_999_999_99 and var amount
            ? amount
            : throw StripeFailure.Invalid("Invalid positive integer", name, "parameter_invalid_integer");

    /// <summary>The entries of <c>name[key]</c>.</summary>
    public Dictionary<string, string> Map(string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in form)
        {
            if (key.StartsWith(name + "[", StringComparison.Ordinal) && key[^1] == ']')
            {
                read.Add(key);
                map[key[(name.Length + 1)..^1]] = value;
            }
        }
        return map;
    }

    /// <summary>The entries of <c>name[]</c>.</summary>
    public List<string> Items(string name)
    {
        read.Add(name + "[]");
        return [.. form.Where(f => f.Key == name + "[]").Select(f => f.Value)];
    }

    /// <summary>Refuses what no endpoint has asked for, so that a request that works here is exact.</summary>
    public void RefuseUnknown()
    {
        foreach (var (key, _) in form)
        {
            if (!read.Contains(key))
                throw StripeFailure.Invalid($"Received unknown parameter: {key}", key, "parameter_unknown");
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Parse(string encoded)
    {
        foreach (string pair in encoded.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            yield return KeyValuePair.Create(WebUtility.UrlDecode(parts[0]), parts.Length > 1 ? WebUtility.UrlDecode(parts[1]) : "");
        }
    }
}
