using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Api;

/// <summary>Who writes: the user, the field manager to record (null: nobody is recorded) and whether the write is only tried.</summary>
internal sealed record Caller(string User, string? Manager, bool DryRun = false)
{
    /// <summary>The cluster's own controllers and kubelets.</summary>
    public static readonly Caller System = new("system:controller", Manager: null);
}

/// <summary>How to delete, as DeleteOptions says it.</summary>
internal sealed record DeleteWish
{
    public long? GraceSeconds { get; init; }
    public string Propagation { get; init; } = "Background";
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
}

/// <summary>What became of a deletion: gone, or marked and waiting (for its node, its finalizers or its content).</summary>
internal sealed record Deletion(StoredObject Object, bool Gone);
