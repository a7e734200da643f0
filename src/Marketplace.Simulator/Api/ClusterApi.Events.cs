using Marketplace.Simulator.Controllers;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Api;

internal sealed partial class ClusterApi
{
    /// <summary>Tells an event about an object. In a namespace that is going away nobody is left to read it, so a refusal is fine.</summary>
    public void Record(StoredObject about, string type, string reason, string message, string component)
    {
        var told = Events.About(about.Open(), type, reason, message, component, time.GetUtcNow());
        Create(Caller.System, ResourceCatalog.Events, about.Namespace.Length > 0 ? about.Namespace : "default", told);
    }
}
