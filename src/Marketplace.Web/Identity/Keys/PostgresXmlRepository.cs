using System.Xml.Linq;
using Marketplace.Platform.Data;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Marketplace.Web.Identity.Keys;

/// <summary>Keeps the data-protection keys in PostgreSQL, so that the web tier has no state of its own.</summary>
internal sealed class PostgresXmlRepository(IServiceScopeFactory scopes, TimeProvider time) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        return [.. db.Set<DataProtectionKey>().OrderBy(k => k.Id).Select(k => k.Xml).AsEnumerable().Select(XElement.Parse)];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>();
        db.Add(
            new DataProtectionKey
            {
                FriendlyName = friendlyName,
                Xml = element.ToString(SaveOptions.DisableFormatting),
                CreatedAt = time.GetUtcNow(),
            }
        );
        db.SaveChanges();
    }
}
