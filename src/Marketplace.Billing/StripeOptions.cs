namespace Marketplace.Billing;

/// <summary>The section <c>Billing:Stripe</c>. Without a secret key the local provider takes payments.</summary>
public sealed class StripeOptions
{
    /// <summary>The API version every request names, so that a change on the other side changes nothing here.</summary>
    public const string ApiVersion = "2024-11-20.acacia";

    /// <summary>Starts with <c>sk_</c> or <c>rk_</c>. From the environment (<c>Billing__Stripe__SecretKey</c>) or <see cref="SecretKeyFile"/>; never in a file of settings.</summary>
    public string? SecretKey { get; set; }

    /// <summary>A file that holds the secret key alone.</summary>
    public string? SecretKeyFile { get; set; }

    /// <summary>Signs webhooks; starts with <c>whsec_</c>. Two, separated by a comma, while it is being changed.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>A file that holds the webhook secret alone.</summary>
    public string? WebhookSecretFile { get; set; }

    /// <summary>For the card form in the browser; starts with <c>pk_</c>. Not a secret.</summary>
    public string? PublishableKey { get; set; }

    /// <summary>Ends with a slash. Another address is for a test server only.</summary>
    public Uri ApiBase { get; set; } = new("https://api.stripe.com/v1/");

    /// <summary>Where the customer comes back to after the bank's page; the portal's own address.</summary>
    public Uri ReturnUrl { get; set; } = new("http://localhost:5080/payments");

    /// <summary>How long one call may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Repetitions of a call within one request, under the same idempotency key.</summary>
    public int MaxRetries { get; set; } = 2;

    /// <summary>The wait before the first repetition; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A payment the customer does not confirm for so long is given up.</summary>
    public TimeSpan ConfirmWithin { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Whether payments go through Stripe.</summary>
    public bool IsOn => !string.IsNullOrEmpty(SecretKey);

    /// <summary>No real money moves under a test key.</summary>
    public bool IsTest => SecretKey is { } key && key.Contains("_test_", StringComparison.Ordinal);

    /// <summary>Takes secrets from their files where the settings name some.</summary>
    internal void ReadFiles()
    {
        if (SecretKeyFile is { Length: > 0 } key && File.Exists(key))
            SecretKey = File.ReadAllText(key).Trim();
        if (WebhookSecretFile is { Length: > 0 } webhook && File.Exists(webhook))
            WebhookSecret = File.ReadAllText(webhook).Trim();
    }

    /// <summary>What is wrong, each with the key; a secret's value is never part of it.</summary>
    internal IEnumerable<string> Problems()
    {
        if (SecretKeyFile is { Length: > 0 } keyFile && !File.Exists(keyFile))
            yield return $"Billing:Stripe:SecretKeyFile: there is no file {keyFile}.";
        if (WebhookSecretFile is { Length: > 0 } webhookFile && !File.Exists(webhookFile))
            yield return $"Billing:Stripe:WebhookSecretFile: there is no file {webhookFile}.";
        if (!IsOn)
            yield break;
        if (!SecretKey!.StartsWith("sk_", StringComparison.Ordinal) && !SecretKey.StartsWith("rk_", StringComparison.Ordinal))
            yield return "Billing:Stripe:SecretKey must start with sk_ or rk_. Copy it from the Stripe dashboard.";
        if (string.IsNullOrEmpty(WebhookSecret))
            yield return "Billing:Stripe:WebhookSecret is missing. Copy the signing secret of the endpoint /webhooks/stripe.";
        if (PublishableKey is { Length: > 0 } publishable && !publishable.StartsWith("pk_", StringComparison.Ordinal))
            yield return "Billing:Stripe:PublishableKey must start with pk_. A secret key does not belong there.";
        if (!ApiBase.AbsolutePath.EndsWith('/') || (ApiBase.Scheme != Uri.UriSchemeHttps && !ApiBase.IsLoopback))
            yield return $"Billing:Stripe:ApiBase is {ApiBase}; use https and end with a slash, for example https://api.stripe.com/v1/.";
        if (Timeout <= TimeSpan.Zero || MaxRetries is < 0 or > 10 || RetryDelay < TimeSpan.Zero)
            yield return "Billing:Stripe:Timeout must be above zero, MaxRetries 0 to 10, RetryDelay zero or more.";
        if (ConfirmWithin < TimeSpan.FromMinutes(1))
            yield return $"Billing:Stripe:ConfirmWithin is {ConfirmWithin}; use one minute or more, for example 1.00:00:00.";
    }
}
