namespace Marketplace.Clusters.Connections;

/// <summary>Pods that run for a contract nobody wants here.</summary>
/// <param name="Contract">The contract as its pods' label names it.</param>
/// <param name="Pods">Their names, in order.</param>
public sealed record Stray(string Contract, IReadOnlyList<string> Pods);
