using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Mail;

/// <summary>
/// The portal's own address, for mails and as the token issuer. Never taken from a request: whoever sends a forged Host header would
/// otherwise choose where a reset link leads.
/// </summary>
internal sealed class PublicLinks(IOptions<IdentityOptions> options, IServer server)
{
    /// <summary>Without a trailing slash.</summary>
    public string Origin => (options.Value.PublicUrl?.ToString() ?? Listening()).TrimEnd('/');

    public string To(string path, string token) => $"{Origin}{path}?token={Uri.EscapeDataString(token)}";

    private string Listening()
    {
        string? address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (address is null)
            return "http://localhost";
        // Bound to every interface is no address one can open.
        return address
            .Replace("://[::]", "://localhost", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://localhost", StringComparison.Ordinal)
            .Replace("://*", "://localhost", StringComparison.Ordinal)
            .Replace("://+", "://localhost", StringComparison.Ordinal);
    }
}
