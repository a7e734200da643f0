using Marketplace.Simulator.Api;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>
/// One level-triggered control loop: which objects a commit concerns, and how to bring one of them to what it should be. Reconciling
/// twice does nothing the second time.
/// </summary>
internal abstract class Controller(ClusterApi api)
{
    protected ClusterApi Api { get; } = api;

    protected ClusterStore Store => Api.Store;

    protected DateTimeOffset Now => Api.Time.GetUtcNow();

    /// <summary>What to look at after a start.</summary>
    public abstract IEnumerable<ObjectKey> Everything();

    /// <summary>What to look at after a commit.</summary>
    public abstract IEnumerable<ObjectKey> ConcernedBy(Change change);

    /// <summary>Brings one object in line; returns when to look again although nothing changes, or null.</summary>
    public abstract TimeSpan? Reconcile(ObjectKey key);

    protected IEnumerable<ObjectKey> Keys(Resources.ResourceType type) =>
        Store.List(type, null, Selector.Everything).Items.Select(i => i.Key);
}
