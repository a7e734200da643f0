using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.Setup;

namespace Marketplace.Web.Hosting;

/// <summary>What an installation without a network desk does at its start: makes the configured one, or says where to set one up.</summary>
internal static class FirstStart
{
    /// <summary>Makes the configured desk. Before anything runs, so that a wrong setting stops the start and nothing else.</summary>
    /// <exception cref="OptionsException">The configured desk cannot be made; the message names the key.</exception>
    public static async Task EnsureAsync(IServiceProvider services, HostSettings settings, CancellationToken ct)
    {
        // The demo network brings its own desk.
        if (settings.Demo)
            return;
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        if (await scopes.ActAsync<FirstDesk, Problem?>(Actor.System, desk => desk.EnsureConfiguredAsync(ct)) is { } wrong)
            throw new OptionsException(Explain(wrong));
    }

    /// <summary>Offers an address; once the server listens, because the address may be where it does.</summary>
    /// <returns>The address to print and its end; null when there is nothing to set up here.</returns>
    public static async Task<(string Address, DateTimeOffset ExpiresAt)?> OfferAsync(
        IServiceProvider services,
        HostSettings settings,
        CancellationToken ct
    )
    {
        // A worker has no page to lead to.
        if (settings.Demo || !settings.IsWeb)
            return null;
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
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
