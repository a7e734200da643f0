namespace Marketplace.E2E.Hosting;

// Flows wait more than they work: for a worker, a cluster, a clock. Each group has a portal of its own and runs beside the others; inside a group
// one flow follows the other.

/// <summary>What customers do.</summary>
[CollectionDefinition(Name)]
public sealed class CustomerFlows : ICollectionFixture<RunningPortal>
{
    public const string Name = "customers";
}

/// <summary>What centers, operators and the network desk do, and every page of every party.</summary>
[CollectionDefinition(Name)]
public sealed class SellerFlows : ICollectionFixture<RunningPortal>
{
    public const string Name = "sellers and the desk";
}
