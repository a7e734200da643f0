namespace Marketplace.Scheduling.Model;

/// <summary>The checks of distances and prices between regions.</summary>
internal static class NetworkValidation
{
    public static void Check(ProblemList found, IReadOnlyList<RegionLatency> latencies, IReadOnlyList<EgressPrice> egress)
    {
        var distances = new Dictionary<(string From, string To), double>();
        for (var i = 0; i < latencies.Count && !found.Full; i++)
        {
            var latency = latencies[i];
            found.Within($"latencies[{i}].roundTripMs", latency.RoundTripMs, 0, InputBounds.MaxRoundTripMs);
            var pair =
                string.CompareOrdinal(latency.FromRegion, latency.ToRegion) < 0
                    ? (latency.FromRegion, latency.ToRegion)
                    : (latency.ToRegion, latency.FromRegion);
            if (!distances.TryAdd(pair, latency.RoundTripMs) && !distances[pair].Equals(latency.RoundTripMs))
            {
                found.Add(
                    "contradiction",
                    $"latencies[{i}].roundTripMs",
                    $"'{pair.Item1}' and '{pair.Item2}' have two different round trips.",
                    "State each pair once; it counts in both directions."
                );
            }
        }

        var prices = new Dictionary<(string From, string To), EgressPrice>();
        for (var i = 0; i < egress.Count && !found.Full; i++)
        {
            CheckEgress(found, egress[i], $"egress[{i}]", prices);
        }
    }

    private static void CheckEgress(
        ProblemList found,
        EgressPrice price,
        string at,
        Dictionary<(string From, string To), EgressPrice> known
    )
    {
        found.Between($"{at}.pricePerGib", price.PricePerGib, 0, InputBounds.MaxPricePerGib);
        if (string.IsNullOrEmpty(price.Currency))
        {
            found.Add("missing-currency", $"{at}.currency", "The currency is empty.", "Give its ISO 4217 code.");
        }

        if (price.FromRegion == price.ToRegion)
        {
            found.Add("self-edge", $"{at}.toRegion", "Moving data inside one region costs nothing here.", "Name another region.");
        }

        if (!known.TryAdd((price.FromRegion, price.ToRegion), price) && known[(price.FromRegion, price.ToRegion)] != price)
        {
            found.Add(
                "contradiction",
                $"{at}.pricePerGib",
                $"Moving data from '{price.FromRegion}' to '{price.ToRegion}' has two different prices.",
                "State each pair once."
            );
        }
    }
}
