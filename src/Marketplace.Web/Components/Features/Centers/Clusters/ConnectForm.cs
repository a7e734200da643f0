namespace Marketplace.Web.Components.Features.Centers.Clusters;

/// <summary>What is typed to connect a cluster.</summary>
internal sealed class ConnectForm
{
    public const string NewSite = "new";

    public string? Name { get; set; }
    public string SiteId { get; set; } = "";
    public string? Kubeconfig { get; set; }
    public string? Context { get; set; }
    public SiteForm Site { get; } = new();

    public bool IsNewSite => SiteId == NewSite;
}
