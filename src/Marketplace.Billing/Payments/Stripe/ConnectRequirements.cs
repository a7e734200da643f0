using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>The provider's list of what it still needs, by what a person would call it. Source: Stripe's documentation of required fields.</summary>
internal static class ConnectRequirements
{
    /// <param name="fields">Such as <c>individual.verification.document</c>.</param>
    /// <returns>Each once, in the order of the enum.</returns>
    public static IReadOnlyList<AccountRequirement> Of(IEnumerable<string> fields) => [.. fields.Select(Of).Distinct().Order()];

    private static AccountRequirement Of(string field)
    {
        string[] parts = field.Split('.');
        if (parts.Contains("verification") || parts.Contains("proof_of_liveness"))
            return AccountRequirement.IdentityDocument;
        return parts[0] switch
        {
            "external_account" => AccountRequirement.BankAccount,
            "tos_acceptance" => AccountRequirement.Terms,
            "business_profile" or "business_type" or "settings" => AccountRequirement.Business,
            "company" => parts.Contains("tax_id") || parts.Contains("vat_id") ? AccountRequirement.TaxNumber : AccountRequirement.Company,
            "individual" or "person" or "representative" or "owners" or "directors" or "executives" => AccountRequirement.Person,
            _ => parts[0].StartsWith("person_", StringComparison.Ordinal) ? AccountRequirement.Person : AccountRequirement.Other,
        };
    }
}
