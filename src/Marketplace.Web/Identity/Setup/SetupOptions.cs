using Marketplace.Platform.Monetary;
using Marketplace.Web.Identity.People;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Setup;

/// <summary>Section <c>Setup</c>: how an empty installation gets its first network desk.</summary>
public sealed class SetupOptions
{
    /// <summary>How long the printed address works. The next start prints a new one.</summary>
    public TimeSpan LinkTime { get; set; } = TimeSpan.FromHours(24);

    public FirstDeskOptions Desk { get; set; } = new();
}

/// <summary>The desk of an unattended installation. Read only while there is none.</summary>
public sealed class FirstDeskOptions
{
    /// <summary>The owner's address. Empty: an address is printed, and a person sets the desk up there.</summary>
    public string Email { get; set; } = "";

    /// <summary>The owner's password; from the environment, never from a command line, which everybody on the machine can read.</summary>
    public string Password { get; set; } = "";

    /// <summary>A file that holds the password, in place of <see cref="Password"/>.</summary>
    public string PasswordFile { get; set; } = "";

    /// <summary>The owner's name.</summary>
    public string Name { get; set; } = "Network desk";
    public string Organization { get; set; } = "Network desk";

    /// <summary>ISO 3166-1, two letters.</summary>
    public string Country { get; set; } = "CN";

    /// <summary>ISO 4217.</summary>
    public string Currency { get; set; } = "CNY";

    public bool IsConfigured => Email.Length > 0;

    /// <summary>From the file where one is named, without its last line break.</summary>
    internal string ReadPassword() => PasswordFile.Length > 0 ? File.ReadAllText(PasswordFile).TrimEnd('\r', '\n') : Password;
}

/// <summary>Bad options stop the start and name their key.</summary>
internal sealed class SetupOptionsValidator : IValidateOptions<SetupOptions>
{
    public ValidateOptionsResult Validate(string? name, SetupOptions options)
    {
        List<string> errors = [];
        if (options.LinkTime <= TimeSpan.Zero)
            errors.Add("Setup:LinkTime must be more than zero.");
        FirstDeskOptions desk = options.Desk;
        if (!desk.IsConfigured && (desk.Password.Length > 0 || desk.PasswordFile.Length > 0))
            errors.Add("Setup:Desk:Email is missing. Give the owner's mail address beside the password, or leave both out.");
        if (desk.IsConfigured)
        {
            if (!PersonFactory.IsEmail(desk.Email))
                errors.Add($"Setup:Desk:Email is '{desk.Email}'. Give the owner's mail address.");
            if (desk.Password.Length == 0 == (desk.PasswordFile.Length == 0))
                errors.Add(
                    "Setup:Desk:Password or Setup:Desk:PasswordFile: give one of the two. Once the desk exists, remove Setup:Desk:Email."
                );
            else if (desk.PasswordFile.Length > 0 && !File.Exists(desk.PasswordFile))
                errors.Add($"Setup:Desk:PasswordFile is '{desk.PasswordFile}', and there is no such file.");
            if (desk.Country.Length != 2 || !desk.Country.All(char.IsAsciiLetterUpper))
                errors.Add($"Setup:Desk:Country is '{desk.Country}'. Give two capital letters, such as CN.");
            if (Currency.TryParse(desk.Currency) is null)
                errors.Add($"Setup:Desk:Currency is '{desk.Currency}'. Use one of {string.Join(", ", Currency.All)}.");
        }
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
