using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Identity.People;

/// <summary>What a person may change about themselves.</summary>
internal sealed class Profile(MarketplaceDbContext db, IStringLocalizer<IdentityText> text)
{
    private static readonly string[] Locales = ["en", "zh-Hans"];
    private static readonly string[] Themes = ["system", "light", "dark"];

    public Task<Outcome<Done>> ChangeAsync(string personId, string name, string locale, string theme, CancellationToken ct) =>
        db.InTransactionAsync<Outcome<Done>>(
            async token =>
            {
                List<FieldError> errors = [];
                if (string.IsNullOrWhiteSpace(name))
                    errors.Add(new("/name", text["Name.Missing"], text["Name.Missing.Fix"]));
                else if (name.Trim().Length > 80)
                    errors.Add(new("/name", text["Name.TooLong"], text["Name.TooLong.Fix"]));
                if (!Locales.Contains(locale, StringComparer.Ordinal))
                    errors.Add(new("/locale", text["Locale.Wrong"], text["Locale.Wrong.Fix"]));
                if (!Themes.Contains(theme, StringComparer.Ordinal))
                    errors.Add(new("/theme", text["Theme.Wrong"], text["Theme.Wrong.Fix"]));
                if (errors.Count > 0)
                    return Problem.Invalid(errors);
                Person person = await db.Set<Person>().AsTracking().SingleAsync(p => p.Id == personId, token);
                (person.Name, person.Locale, person.Theme) = (name.Trim(), locale, theme);
                return Done.Value;
            },
            ct,
            outcome => outcome.IsOk
        );
}
