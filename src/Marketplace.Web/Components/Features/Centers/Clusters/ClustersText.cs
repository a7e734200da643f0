namespace Marketplace.Web.Components.Features.Centers.Clusters;

/// <summary>Texts of this folder.</summary>
public sealed class ClustersText;
