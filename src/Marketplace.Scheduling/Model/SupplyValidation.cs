namespace Marketplace.Scheduling.Model;

/// <summary>The checks a supply must pass before anything is decided on it.</summary>
internal static class SupplyValidation
{
    private const int MaxReported = 100;

    public static IReadOnlyList<InputProblem> Check(
        IReadOnlyList<Site> sites,
        IReadOnlyList<Cluster> clusters,
        IReadOnlyList<Node> nodes,
        IReadOnlyList<Offer> offers,
        IReadOnlyList<RegionLatency> latencies,
        IReadOnlyList<EgressPrice> egress
    )
    {
        var found = new ProblemList(MaxReported);
        found.Between("offers.count", offers.Count, 0, InputBounds.MaxOffers);
        found.Between("nodes.count", nodes.Count, 0, InputBounds.MaxNodes);
        found.Between("sites.count", sites.Count, 0, InputBounds.MaxPlaces);
        found.Between("clusters.count", clusters.Count, 0, InputBounds.MaxPlaces);
        found.Between("latencies.count", latencies.Count, 0, InputBounds.MaxPlaces);
        found.Between("egress.count", egress.Count, 0, InputBounds.MaxPlaces);
        if (found.Problems.Count > 0)
        {
            return found.Problems;
        }

        var siteIds = Ids(found, sites, "sites", site => site.Id);
        var clusterIds = Ids(found, clusters, "clusters", cluster => cluster.Id);
        Ids(found, nodes, "nodes", node => node.Id);
        Ids(found, offers, "offers", offer => offer.Id);
        for (var i = 0; i < clusters.Count && !found.Full; i++)
        {
            found.Known($"clusters[{i}].siteId", clusters[i].SiteId, siteIds, "site");
        }

        for (var i = 0; i < sites.Count && !found.Full; i++)
        {
            CheckSite(found, sites[i], i);
        }

        NetworkValidation.Check(found, latencies, egress);

        for (var i = 0; i < nodes.Count && !found.Full; i++)
        {
            CheckNode(found, nodes[i], $"nodes[{i}]", clusterIds);
        }

        for (var i = 0; i < offers.Count && !found.Full; i++)
        {
            CheckOffer(found, offers[i], $"offers[{i}]", clusterIds);
        }

        return found.Problems;
    }

    private static HashSet<string> Ids<T>(ProblemList found, IReadOnlyList<T> items, string field, Func<T, string> id)
    {
        var seen = new HashSet<string>(items.Count, StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var value = id(items[i]);
            if (string.IsNullOrEmpty(value))
            {
                found.Add("missing-id", $"{field}[{i}].id", "The id is empty.", "Give it a unique id.");
            }
            else if (!seen.Add(value))
            {
                found.Add("duplicate-id", $"{field}[{i}].id", $"The id '{value}' is used twice.", "Give each a unique id.");
            }
        }

        return seen;
    }

    private static void CheckSite(ProblemList found, Site site, int at)
    {
        if (!Enum.IsDefined(site.Tier))
        {
            found.Defined($"sites[{at}].tier", site.Tier);
        }

        if (site.Region is null || site.Country is null)
        {
            found.Add("missing-place", $"sites[{at}].region", "A site has a region and a country.", "Name both.");
        }
    }

    private static void CheckNode(ProblemList found, Node node, string at, HashSet<string> clusterIds)
    {
        found.Known($"{at}.clusterId", node.ClusterId, clusterIds, "cluster");
        found.Between($"{at}.cpuMilli", node.CpuMilli, 0, InputBounds.MaxQuantity);
        found.Between($"{at}.memoryMib", node.MemoryMib, 0, InputBounds.MaxQuantity);
        found.Between($"{at}.freeCpuMilli", node.FreeCpuMilli, 0, node.CpuMilli);
        found.Between($"{at}.freeMemoryMib", node.FreeMemoryMib, 0, node.MemoryMib);
        found.Between($"{at}.freePods", node.FreePods ?? 0, 0, InputBounds.MaxQuantity);
        found.Defined($"{at}.architecture", node.Architecture);
        CheckName(found, at, "rack", node.Rack);
        CheckName(found, at, "linkIsland", node.LinkIsland);
        found.Between($"{at}.devices.count", node.Devices.Count, 0, InputBounds.MaxDevicesPerNode);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var d = 0; d < node.Devices.Count && !found.Full; d++)
        {
            var device = node.Devices[d];
            if (string.IsNullOrEmpty(device.Id) || !seen.Add(device.Id))
            {
                found.Add("duplicate-id", $"{at}.devices[{d}].id", $"The id '{device.Id}' is empty or used twice.", "Use unique ids.");
            }

            CheckDevice(found, device, $"{at}.devices[{d}]");
        }
    }

    /// <summary>Names count inside the cluster, so a rack cannot span two; but an empty one would tie strangers together.</summary>
    private static void CheckName(ProblemList found, string at, string field, string? name)
    {
        if (name is "")
        {
            found.Add("missing-name", $"{at}.{field}", "The name is empty.", "Leave it out when it is unknown.");
        }
    }

    private static void CheckDevice(ProblemList found, Device device, string at)
    {
        if (string.IsNullOrEmpty(device.Model))
        {
            found.Add("missing-model", $"{at}.model", "The model is empty.", "Leave devices without a catalogue entry out of the supply.");
        }

        found.Between($"{at}.memoryMib", device.MemoryMib, 0, InputBounds.MaxQuantity);
        found.Between($"{at}.computeMilli", device.ComputeMilli, Device.FullComputeMilli, Device.FullComputeMilli);
        found.Between($"{at}.freeComputeMilli", device.FreeComputeMilli, 0, Device.FullComputeMilli);
        found.Between($"{at}.freeMemoryMib", device.FreeMemoryMib, 0, device.MemoryMib);
        switch (device.Sharing)
        {
            case FractionSharing fraction:
                found.Between($"{at}.sharing.memoryUnitMib", fraction.MemoryUnitMib, 1, InputBounds.MaxQuantity);
                found.Between($"{at}.sharing.computeUnitMilli", fraction.ComputeUnitMilli, 1, Device.FullComputeMilli);
                break;
            case TemplateSharing shared:
                found.Between($"{at}.sharing.templates.count", shared.Templates.Count, 1, InputBounds.MaxTemplates);
                for (var t = 0; t < shared.Templates.Count; t++)
                {
                    found.Between(
                        $"{at}.sharing.templates[{t}].computeMilli",
                        shared.Templates[t].ComputeMilli,
                        1,
                        Device.FullComputeMilli
                    );
                    found.Between($"{at}.sharing.templates[{t}].memoryMib", shared.Templates[t].MemoryMib, 0, device.MemoryMib);
                }

                break;
            case WholeOnly:
                break;
            default:
                found.Add(
                    "unknown-sharing",
                    $"{at}.sharing",
                    "The sharing mode is unknown.",
                    "Use WholeOnly, TemplateSharing or FractionSharing."
                );
                break;
        }
    }

    private static void CheckOffer(ProblemList found, Offer offer, string at, HashSet<string> clusterIds)
    {
        found.Known($"{at}.clusterId", offer.ClusterId, clusterIds, "cluster");
        found.Between($"{at}.pricePerCardHour", offer.PricePerCardHour, 0, InputBounds.MaxPricePerCardHour);
        found.Between($"{at}.availableCards", offer.AvailableCards, 0, InputBounds.MaxCards);
        found.Between($"{at}.availableRemainderMilli", offer.AvailableRemainderMilli, 0, Device.FullComputeMilli - 1);
        found.Between($"{at}.minCards", offer.MinCards, 0, InputBounds.MaxCards);
        found.Between($"{at}.verificationLevel", offer.VerificationLevel, 0, 3);
        found.Between($"{at}.reliabilityMilli", offer.ReliabilityMilli ?? 0, 0, 1000);
        found.Between($"{at}.precedence", offer.Precedence, 0, 255);
        found.Between($"{at}.unitCpuMilli", offer.UnitCpuMilli, 1, InputBounds.MaxQuantity);
        found.Between($"{at}.unitMemoryMib", offer.UnitMemoryMib, 1, InputBounds.MaxQuantity);
        if (offer.DeviceModel is "")
        {
            found.Add("missing-model", $"{at}.deviceModel", "The model is empty.", "Leave it out when processors are sold.");
        }

        if (string.IsNullOrEmpty(offer.Currency))
        {
            found.Add("missing-currency", $"{at}.currency", "The currency is empty.", "Give its ISO 4217 code.");
        }

        foreach (var contractClass in offer.Classes)
        {
            found.Defined($"{at}.classes", contractClass);
        }
    }
}
