using Marketplace.Orders.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Components.Features.Customers.Configure;

/// <summary>The orders of use that the form offers; the API takes any.</summary>
public enum FirstUse
{
    /// <summary>No policy: own machines go first by themselves.</summary>
    Default,
    OwnOnly,
    Edge,
    Cloud,
    Chosen,

    /// <summary>What an earlier request said in its own way.</summary>
    Kept,
}

/// <summary>Between the form's words and a policy.</summary>
internal static class OrderOfUse
{
    private static readonly IReadOnlyList<SiteTier> Near = [SiteTier.Edge, SiteTier.Terminal];
    private static readonly IReadOnlyList<SiteTier> Far = [SiteTier.Cloud];

    /// <param name="own">The customer's own organisation.</param>
    /// <param name="sellers">For <see cref="FirstUse.Chosen"/>; with none chosen there is no policy.</param>
    public static PolicyRequest? Policy(FirstUse first, string own, IReadOnlyList<string> sellers, PolicyRequest? kept) =>
        first switch
        {
            FirstUse.OwnOnly => new PolicyRequest([new PolicyTierRequest { Suppliers = [own] }]),
            FirstUse.Edge => ThenAll(new PolicyTierRequest { SiteTiers = Near }),
            FirstUse.Cloud => ThenAll(new PolicyTierRequest { SiteTiers = Far }),
            FirstUse.Chosen when sellers.Count > 0 => ThenAll(new PolicyTierRequest { Suppliers = sellers }),
            FirstUse.Kept => kept,
            _ => null,
        };

    /// <summary>The form's word for a policy.</summary>
    public static FirstUse Of(PolicyRequest? policy, string own) =>
        policy switch
        {
            null => FirstUse.Default,
            { Tiers: [{ Clusters.Count: 0, SiteTiers.Count: 0, Suppliers: [var only] }] } when only == own => FirstUse.OwnOnly,
            { Tiers: [var first, { Suppliers.Count: 0, Clusters.Count: 0, SiteTiers.Count: 0 }] } when first.Clusters.Count == 0 => OfTwo(
                first
            ),
            _ => FirstUse.Kept,
        };

    private static FirstUse OfTwo(PolicyTierRequest first) =>
        first switch
        {
            { Suppliers.Count: > 0, SiteTiers.Count: 0 } => FirstUse.Chosen,
            { Suppliers.Count: 0 } when first.SiteTiers.SequenceEqual(Near) => FirstUse.Edge,
            { Suppliers.Count: 0 } when first.SiteTiers.SequenceEqual(Far) => FirstUse.Cloud,
            _ => FirstUse.Kept,
        };

    private static PolicyRequest ThenAll(PolicyTierRequest first) => new([first, new PolicyTierRequest()]);
}
