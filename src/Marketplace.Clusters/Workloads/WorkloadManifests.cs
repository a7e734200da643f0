using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Reconciling;

namespace Marketplace.Clusters.Workloads;

/// <summary>Turns a product into Kubernetes objects. Pure and deterministic: the same contract gives the same bytes.</summary>
public sealed class WorkloadManifests(AcceleratorCatalogue catalogue, ClusterRanges? ranges = null)
{
    private const int MostReplicas = 10_000;

    private readonly ClusterRanges ranges = ranges ?? new ClusterRanges();

    /// <summary>The bundle of a contract.</summary>
    /// <param name="spec">The product.</param>
    /// <param name="generation">The generation of the desired state.</param>
    /// <returns>The bundle, or what is wrong with the product: field and fix.</returns>
    public ClusterResult<DesiredBundle> Build(WorkloadSpec spec, long generation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (SpecRules.Check(spec, MostReplicas) is { } problem)
        {
            return problem;
        }

        var ns = NamespaceOf(spec);
        ClusterResult<IReadOnlyList<JsonObject>> own = spec switch
        {
            BatchJobSpec job => JobManifests.Batch(job, ns, catalogue),
            GangJobSpec gang => JobManifests.Gang(gang, ns, catalogue),
            EndpointSpec endpoint => EndpointManifests.Build(endpoint, ns, catalogue),
            DedicatedNamespaceSpec dedicated => NamespaceManifests.Dedicated(dedicated, ns, catalogue),
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.GetType().Name, "Not a product."),
        };
        if (!own.IsOk)
        {
            return own.Error;
        }

        if (own.Value.SelectMany(TenantGuard.Check).FirstOrDefault() is { } refused)
        {
            return refused;
        }

        var shared =
            spec is DedicatedNamespaceSpec
                ? TenantBaseline.NetworkPolicies(spec, ns, ranges, shared: false)
                : TenantBaseline.Shared(spec, ns, ranges);
        // The namespace first: nothing else can be made without it.
        var objects =
            spec is DedicatedNamespaceSpec ? own.Value.Take(1).Concat(shared).Concat(own.Value.Skip(1)) : shared.Concat(own.Value);
        return DesiredBundle.Create(spec.ContractId, generation, ns, objects, spec.NotAfter);
    }

    /// <summary>Where a product's workload lives.</summary>
    public static string NamespaceOf(WorkloadSpec spec) =>
        spec is DedicatedNamespaceSpec ? WorkloadNames.DedicatedNamespaceOf(spec.ContractId) : WorkloadNames.NamespaceOf(spec.TenantId);
}
