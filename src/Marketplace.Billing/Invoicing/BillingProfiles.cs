using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Invoicing;

/// <summary>Who is billed: read for invoices, set by the organisation's finance people.</summary>
internal sealed class BillingProfiles(MarketplaceDbContext db, ActorContext actor, IPartyNames names, TimeProvider time) : IBillingProfiles
{
    public const string English = "en";
    public static readonly IReadOnlyList<string> Locales = [English, "zh-Hans"];

    public async Task<BillingProfile?> FindAsync(string partyId, CancellationToken ct) =>
        actor.Current.SeesAll || actor.Current.PartyId == partyId
            ? await db.Set<BillingProfileRow>()
                .AsNoTracking()
                .Where(p => p.PartyId == partyId)
                .Select(p => new BillingProfile(p.RegisteredName, p.TaxId, p.Address, p.Email, p.Locale))
                .FirstOrDefaultAsync(ct)
            : null;

    public async Task<Outcome<BillingProfile>> SaveAsync(BillingProfile profile, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        var clean = new BillingProfile(
            profile.RegisteredName?.Trim() ?? "",
            profile.TaxId?.Trim() ?? "",
            profile.Address?.ReplaceLineEndings("\n").Trim() ?? "",
            profile.Email?.Trim() ?? "",
            profile.Locale ?? ""
        );
        List<FieldError> wrong = [.. Wrong(clean)];
        if (wrong.Count > 0)
            return Problem.Invalid(wrong);
        string party = actor.Current.PartyId;
        DateTimeOffset now = time.GetUtcNow();
        return await db.InTransactionAsync<Outcome<BillingProfile>>(
            async t =>
            {
                await db.Database.ExecuteSqlAsync(
                    $"""
                    insert into billing.billing_profile (party_id, registered_name, tax_id, address, email, locale, updated_at)
                    values ({party}, {clean.RegisteredName}, {clean.TaxId}, {clean.Address}, {clean.Email}, {clean.Locale}, {now})
                    on conflict (party_id) do update set registered_name = excluded.registered_name, tax_id = excluded.tax_id,
                        address = excluded.address, email = excluded.email, locale = excluded.locale, updated_at = excluded.updated_at
                    """,
                    t
                );
                db.Audit("billing-profile.changed", "organisation", party, clean.RegisteredName);
                return clean;
            },
            ct
        );
    }

    /// <summary>How the party is named on a document that is made now.</summary>
    public async Task<BilledParty> BuyerAsync(string partyId, CancellationToken ct) =>
        await FindAsync(partyId, ct) is { } profile
            ? new BilledParty(profile.RegisteredName, profile.Address, profile.TaxId)
            : new BilledParty(await names.NameAsync(partyId, ct) ?? partyId, "", "");

    /// <summary>The language of the party's documents.</summary>
    public async Task<string> LocaleAsync(string partyId, CancellationToken ct) => (await FindAsync(partyId, ct))?.Locale ?? English;

    private static IEnumerable<FieldError> Wrong(BillingProfile p)
    {
        if (p.RegisteredName.Length is < 1 or > 200)
            yield return new FieldError(
                "/registeredName",
                "The registered name must be 1 to 200 characters.",
                "Enter the name as it is registered."
            );
        if (p.TaxId.Length > 60)
            yield return new FieldError("/taxId", "The tax number is longer than 60 characters.", "Enter the number alone.");
        if (p.Address.Length > 500)
            yield return new FieldError("/address", "The address is longer than 500 characters.", "Shorten it.");
        if (p.Email.Length > 254 || (p.Email.Length > 0 && !IsAddress(p.Email)))
            yield return new FieldError("/email", "This is no mail address.", "Enter one like billing@example.com, or leave it empty.");
        if (!Locales.Contains(p.Locale, StringComparer.Ordinal))
            yield return new FieldError("/locale", $"'{p.Locale}' is no language of invoices.", "Use en or zh-Hans.");
    }

    private static bool IsAddress(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at < text.Length - 1 && text.LastIndexOf('@') == at && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
    }
}
