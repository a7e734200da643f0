namespace Marketplace.Provisioning.Contracts;

/// <summary>How nodes are called: by a name inside their cluster, and by an id across the whole market.</summary>
public static class NodeIds
{
    /// <summary>A node's id across the whole market.</summary>
    public static string Of(string clusterId, string? name) => $"{clusterId}/{name}";

    /// <summary>The name inside its cluster; null for a node of another one.</summary>
    public static string? NameIn(string clusterId, string nodeId) =>
        nodeId.StartsWith(clusterId + "/", StringComparison.Ordinal) ? nodeId[(clusterId.Length + 1)..] : null;
}
