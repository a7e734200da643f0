using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Components.Features.Centers.Clusters;

/// <summary>A new site, typed inside the form that connects a cluster.</summary>
internal sealed class SiteForm
{
    private const string Prefix = "/site";

    public string? Name { get; set; }
    public string? NameZh { get; set; }
    public string? Region { get; set; }
    public string? Country { get; set; } = "CN";
    public SiteTier Tier { get; set; } = SiteTier.Cloud;
    public decimal? Latitude { get; set; }
    public decimal? Longitude { get; set; }

    /// <summary>A place nobody gave is out of range on purpose: the validator asks for it.</summary>
    public CreateSite ToRequest() =>
        new(
            Name ?? "",
            NameZh ?? "",
            Region?.Trim() ?? "",
            Country?.Trim() ?? "",
            Tier,
            (double)(Latitude ?? decimal.MaxValue),
            (double)(Longitude ?? decimal.MaxValue)
        );

    /// <summary>The same problem with its fields moved below the site, because the form around it has a name of its own.</summary>
    public static Problem Inside(Problem problem) =>
        problem with
        {
            Errors = [.. problem.Errors.Select(e => e with { Pointer = Prefix + "/" + e.Pointer.TrimStart('/') })],
        };
}
