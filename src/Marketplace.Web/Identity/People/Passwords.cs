using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Identity.People;

/// <summary>What a password must be, and the framework's hash of it (PBKDF2, HMAC-SHA512).</summary>
internal sealed class Passwords(IPasswordHasher<Person> hasher, IStringLocalizer<IdentityText> text)
{
    public const int MinLength = 10;
    public const int MaxLength = 200;

    // NIST SP 800-63B: length, and a list of what everybody tries; no rules about kinds of characters.
    private static readonly string[] Common =
    [
        "password",
        "passw0rd",
        "1234567890",
        "0123456789",
        "qwertyuiop",
        "1q2w3e4r5t",
        "letmein",
        "iloveyou",
        "administrator",
        "changeme",
        "woaini1314",
        "5201314",
    ];

    // The hash of a password nobody knows: an unknown address then takes as long as a wrong password.
    private readonly Lazy<string> decoy = new(() => hasher.HashPassword(null!, Person.NewStamp()));

    /// <returns>null when it will do.</returns>
    public FieldError? Check(string password, string email, string pointer)
    {
        if (password.Length < MinLength)
            return new FieldError(pointer, text["Password.TooShort", MinLength], text["Password.TooShort.Fix", MinLength]);
        if (password.Length > MaxLength)
            return new FieldError(pointer, text["Password.TooLong", MaxLength], text["Password.TooLong.Fix", MaxLength]);
        bool guessable =
            password.Distinct().Count() < 5
            || password.Contains(email.Split('@')[0], StringComparison.OrdinalIgnoreCase) && email.Split('@')[0].Length > 3
            || Array.Exists(Common, c => password.Contains(c, StringComparison.OrdinalIgnoreCase) && password.Length <= c.Length + 4);
        return guessable ? new FieldError(pointer, text["Password.Guessable"], text["Password.Guessable.Fix"]) : null;
    }

    public string Hash(Person person, string password) => hasher.HashPassword(person, password);

    public string HashFor(string password) => hasher.HashPassword(null!, password);

    /// <summary>True when it matches; a hash of older settings is renewed on the way.</summary>
    public bool Verify(Person person, string password)
    {
        PasswordVerificationResult result = hasher.VerifyHashedPassword(person, person.PasswordHash, password);
        if (result == PasswordVerificationResult.SuccessRehashNeeded)
            person.PasswordHash = hasher.HashPassword(person, password);
        return result != PasswordVerificationResult.Failed;
    }

    /// <summary>Takes as long as <see cref="Verify"/> and is always wrong.</summary>
    public void VerifyDecoy(string password) => hasher.VerifyHashedPassword(null!, decoy.Value, password);
}
