using System.Globalization;
using System.Numerics;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Payouts;

/// <summary>What a destination must look like. Pure.</summary>
internal static class DestinationRules
{
    private const int MaxName = 70;
    private const int Shown = 4;

    /// <summary>Without spaces around and inside account and bank code, letters large.</summary>
    public static PayoutDestination Normalize(PayoutDestination destination) =>
        new(
            (destination.Holder ?? "").Trim(),
            Compact(destination.Account),
            Compact(destination.BankCode) is { Length: > 0 } code ? code : null,
            (destination.BankName ?? "").Trim()
        );

    /// <returns>Nothing when it can be paid to.</returns>
    public static IReadOnlyList<FieldError> Check(PayoutDestination destination)
    {
        List<FieldError> errors = [];
        if (!IsName(destination.Holder))
            errors.Add(new("/holder", $"The account holder needs 1 to {MaxName} characters.", "Enter the name as the bank has it."));
        if (!IsName(destination.BankName))
            errors.Add(new("/bankName", $"The bank's name needs 1 to {MaxName} characters.", "Enter the bank's name."));
        bool iban = LooksLikeIban(destination.Account);
        if (iban && !IsIban(destination.Account))
            errors.Add(new("/account", "This IBAN's check digits do not fit.", "Compare it with the bank's statement and enter it again."));
        else if (!iban && !(destination.Account.Length is >= 5 and <= 34 && destination.Account.All(char.IsAsciiLetterOrDigit)))
            errors.Add(new("/account", "An account number has 5 to 34 letters and digits.", "Enter an IBAN or an account number."));
        if (destination.BankCode is { } code && !(code.Length is >= 4 and <= 20 && code.All(char.IsAsciiLetterOrDigit)))
            errors.Add(new("/bankCode", "A bank code has 4 to 20 letters and digits.", "Enter the BIC or the national bank code."));
        if (!iban && destination.BankCode is null)
            errors.Add(new("/bankCode", "An account number needs its bank code.", "Enter the BIC or the national bank code."));
        return errors;
    }

    public static string Mask(PayoutDestination destination) =>
        $"{destination.BankName} ···· {destination.Account[^Math.Min(Shown, destination.Account.Length)..]}";

    public static bool LooksLikeIban(string account) =>
        account.Length > 4 && char.IsAsciiLetterUpper(account[0]) && char.IsAsciiLetterUpper(account[1]);

    /// <summary>ISO 13616: 15 to 34 characters, and the number they spell leaves 1 when divided by 97 (ISO 7064 MOD 97-10).</summary>
    public static bool IsIban(string account)
    {
        if (account.Length is < 15 or > 34 || !account.All(char.IsAsciiLetterOrDigit) || !account[2..4].All(char.IsAsciiDigit))
            return false;
        string digits = string.Concat(
            (account[4..] + account[..4]).Select(c =>
                char.IsAsciiDigit(c) ? c.ToString() : (c - 'A' + 10).ToString(CultureInfo.InvariantCulture)
            )
        );
        return BigInteger.Parse(digits, CultureInfo.InvariantCulture) % 97 == 1;
    }

    /// <summary>ISO 9362: four letters of the bank, two of the country, two of the place, and three of the branch or none.</summary>
    public static bool IsBic(string? code) =>
        code is { Length: 8 or 11 } && code[..6].All(char.IsAsciiLetterUpper) && code[6..].All(char.IsAsciiLetterOrDigit);

    private static bool IsName(string name) => name.Length is > 0 and <= MaxName && !name.Any(char.IsControl);

    private static string Compact(string? text) =>
        string.Concat((text ?? "").Where(c => !char.IsWhiteSpace(c) && c != '-')).ToUpperInvariant();
}
