using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.Setup;

namespace Marketplace.Web.Hosting;

/// <summary>What an installation without a network desk does at its start: makes the configured one, or says where to set one up.</summary>
internal static class FirstStart
{
    /// <returns>The address to print and its end; null when there is nothing to set up here.</returns>
    /// <exception cref="OptionsException">The configured desk cannot be made; the message names the key.</exception>
    public static async Task<(string Address, DateTimeOffset ExpiresAt)?> PrepareAsync(
        IServiceProvider services,
        HostSettings settings,
        CancellationToken ct
    )
    {
        // The demo network brings its own desk.
        if (settings.Demo)
            return null;
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        if (await scopes.ActAsync<FirstDesk, Problem?>(Actor.System, desk => desk.EnsureConfiguredAsync(ct)) is { } wrong)
            throw new OptionsException(Explain(wrong));
        // A worker has no page to lead to.
        if (!settings.IsWeb)
            return null;
        var offer = await scopes.ActAsync<FirstDesk, (string Secret, DateTimeOffset ExpiresAt)?>(Actor.System, desk => desk.OfferAsync(ct));
        return offer is { } made ? (services.GetRequiredService<PublicLinks>().To(FirstDesk.Path, made.Secret), made.ExpiresAt) : null;
    }

    private static string Explain(Problem problem) =>
        string.Join(
            ' ',
            problem.Errors.Select(e => $"{KeyOf(e.Pointer)}: {e.Message} {e.Fix}").DefaultIfEmpty($"Setup:Desk: {problem.Detail}")
        );

    private static string KeyOf(string pointer) =>
        "Setup:Desk:"
        + pointer switch
        {
            "/email" => "Email",
            "/password" => "Password",
            "/name" => "Name",
            "/organization" => "Organization",
            "/country" => "Country",
            "/currency" => "Currency",
            _ => pointer,
        };
}
