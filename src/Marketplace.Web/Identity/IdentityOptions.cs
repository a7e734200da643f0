using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity;

/// <summary>Section <c>Identity</c>.</summary>
public sealed class IdentityOptions
{
    /// <summary>Where people reach the portal, such as <c>https://market.example.org</c>: used in mails and as the token issuer. Without it, the address the server listens on.</summary>
    public Uri? PublicUrl { get; set; }

    public SmtpOptions Smtp { get; set; } = new();

    /// <summary>Shows undelivered mail at /dev/outbox to everybody. For a demonstration on one's own machine only; always on in Development.</summary>
    public bool ShowLocalOutbox { get; set; }

    /// <summary>Wrong passwords in a row before a pause.</summary>
    public int LockoutFailures { get; set; } = 5;
    public TimeSpan LockoutTime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A session ends after this long without a request.</summary>
    public TimeSpan SessionIdleTime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>A session ends after this long whatever happens.</summary>
    public TimeSpan SessionMaxTime { get; set; } = TimeSpan.FromDays(90);
    public TimeSpan InvitationTime { get; set; } = TimeSpan.FromDays(7);
    public TimeSpan ResetTime { get; set; } = TimeSpan.FromHours(1);
    public TimeSpan ConfirmTime { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Life of an OAuth access token.</summary>
    public TimeSpan AccessTokenTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a key signs tokens before the next one takes over.</summary>
    public TimeSpan SigningKeyTime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Sign-in, sign-up and reset attempts per minute from one address.</summary>
    public int AnonymousAttemptsPerMinute { get; set; } = 20;
}

/// <summary>The mail server; without <see cref="Host"/> mail stays in the local outbox.</summary>
public sealed class SmtpOptions
{
    public string Host { get; set; } = "";
    public int Port { get; set; } = 587;

    /// <summary>STARTTLS; switch off only for a server on this machine.</summary>
    public bool UseTls { get; set; } = true;
    public string UserName { get; set; } = "";
    public string Password { get; set; } = "";

    /// <summary>A file that holds the password, in place of <see cref="Password"/>.</summary>
    public string PasswordFile { get; set; } = "";
    public string From { get; set; } = "";

    public bool IsConfigured => Host.Length > 0;
}

/// <summary>Bad options stop the start and name their key.</summary>
internal sealed class IdentityOptionsValidator : IValidateOptions<IdentityOptions>
{
    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        List<string> errors = [];
        if (options.PublicUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Query.Length > 0))
            errors.Add($"Identity:PublicUrl is '{url}'. Give an absolute http or https address without a query.");
        if (options.Smtp.IsConfigured)
        {
            if (options.PublicUrl is null)
                errors.Add("Identity:PublicUrl is missing. Mails need it for their links once Identity:Smtp:Host is set.");
            if (!System.Net.Mail.MailAddress.TryCreate(options.Smtp.From, out _))
                errors.Add($"Identity:Smtp:From is '{options.Smtp.From}'. Give the sender's mail address.");
            if (options.Smtp.Port is < 1 or > 65535)
                errors.Add($"Identity:Smtp:Port is {options.Smtp.Port}. Give 1 to 65535.");
            if (options.Smtp.PasswordFile.Length > 0 && !File.Exists(options.Smtp.PasswordFile))
                errors.Add($"Identity:Smtp:PasswordFile is '{options.Smtp.PasswordFile}', and there is no such file.");
        }
        if (options.LockoutFailures < 1)
            errors.Add("Identity:LockoutFailures must be at least 1.");
        if (options.AnonymousAttemptsPerMinute < 1)
            errors.Add("Identity:AnonymousAttemptsPerMinute must be at least 1.");
        (string Key, TimeSpan Value)[] spans =
        [
            ("LockoutTime", options.LockoutTime),
            ("SessionIdleTime", options.SessionIdleTime),
            ("SessionMaxTime", options.SessionMaxTime),
            ("InvitationTime", options.InvitationTime),
            ("ResetTime", options.ResetTime),
            ("ConfirmTime", options.ConfirmTime),
            ("AccessTokenTime", options.AccessTokenTime),
            ("SigningKeyTime", options.SigningKeyTime),
        ];
        errors.AddRange(spans.Where(s => s.Value <= TimeSpan.Zero).Select(s => $"Identity:{s.Key} must be more than zero."));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
