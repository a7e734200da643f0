namespace Marketplace.Provisioning.Contracts;

/// <summary>Whose a site is. Orders implements it: sites live in the market, which this room does not know.</summary>
public interface ISiteDirectory
{
    /// <returns>null when there is no such site.</returns>
    Task<string?> CenterOfAsync(string siteId, CancellationToken ct);
}
