using System.Globalization;
using Microsoft.AspNetCore.Localization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Localization;

/// <summary>English and Chinese: the cookie decides, then the browser's Accept-Language, then English.</summary>
internal static class CultureModule
{
    /// <summary>The cultures that have resources. The first is the default.</summary>
    public static readonly IReadOnlyList<string> Cultures = ["en", "zh-Hans"];

    public static void AddPortalLocalization(this IServiceCollection services)
    {
        services.AddTexts();
        services.AddSingleton<IStringLocalizer<ProblemText>, ProblemLocalizer>();
        services.Configure<RequestLocalizationOptions>(options =>
        {
            options.SetDefaultCulture(Cultures[0]).AddSupportedCultures([.. Cultures]).AddSupportedUICultures([.. Cultures]);
            options.ApplyCurrentCultureToResponseHeaders = true;
        });
    }

    /// <summary>Resources with plurals.</summary>
    public static void AddTexts(this IServiceCollection services)
    {
        services.AddLocalization();
        services.AddSingleton<ResourceManagerStringLocalizerFactory>();
        services.Replace(ServiceDescriptor.Singleton<IStringLocalizerFactory, PluralLocalizerFactory>());
    }

    /// <summary><c>GET /culture?set=zh-Hans&amp;returnUrl=/explore</c> remembers the language for a year and goes back to a local page.</summary>
    public static void MapCulture(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/culture",
                (string? set, string? returnUrl, HttpContext http, TimeProvider time) =>
                {
                    var target = IsLocal(returnUrl) ? returnUrl! : "/";
                    if (set is null || !Cultures.Contains(set, StringComparer.Ordinal))
                    {
                        return Results.LocalRedirect(target);
                    }

                    http.Response.Cookies.Append(
                        CookieRequestCultureProvider.DefaultCookieName,
                        CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(set)),
                        new CookieOptions
                        {
                            Expires = time.GetUtcNow().AddYears(1),
                            IsEssential = true,
                            SameSite = SameSiteMode.Lax,
                            HttpOnly = true,
                            Secure = http.Request.IsHttps,
                        }
                    );
                    return Results.LocalRedirect(target);
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();

    /// <summary>The value for <c>&lt;html lang&gt;</c>.</summary>
    public static string HtmlLanguage => CultureInfo.CurrentUICulture.Name is { Length: > 0 } name ? name : Cultures[0];

    /// <summary>True when texts are Chinese: no plural forms, and a space between Chinese and Latin words.</summary>
    public static bool IsChinese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh";

    /// <summary>The one of <see cref="Cultures"/> that texts are in.</summary>
    public static string Language => IsChinese ? "zh-Hans" : "en";

    // "//host" and "/\host" are other hosts to a browser.
    private static bool IsLocal(string? url) =>
        url is ['/', ..] && (url.Length == 1 || (url[1] != '/' && url[1] != '\\')) && !url.Any(char.IsControl);
}
